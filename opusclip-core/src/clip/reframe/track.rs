//! Who is on screen when: what was found in single pictures, put together over a shot.

use super::Crop;
use super::subject::{Subject, SubjectKind};

/// A subject that was not found for this long, in seconds, may still be the same one.
const LONGEST_GAP: f64 = 2.0;

/// A subject moves at most this many of its own widths from one picture to the next, beyond what it would in a second.
const MOST_STEP: f64 = 0.6;
const MOST_SPEED: f64 = 2.5;

/// What was found in one picture.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    pub(super) time: f64,
    pub(super) subjects: Vec<Seen>,
}

/// A subject in a picture, and how much its mouth moves, in levels of luma a pixel; `None` where that was not looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) subject: Subject,
    pub(super) mouth: Option<f64>,
}

/// One subject over time.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) kind: SubjectKind,
    /// When and where, in order of time, without jitter.
    pub(super) places: Vec<(f64, Crop)>,
    pub(super) mouth: Vec<(f64, f64)>,
    /// Sum of the scores.
    weight: f64,
}

impl Track {
    fn begin(time: f64, seen: &Seen) -> Self {
        let mut track = Self { kind: seen.subject.kind, places: Vec::new(), mouth: Vec::new(), weight: 0.0 };
        track.push(time, seen);
        track
    }

    fn push(&mut self, time: f64, seen: &Seen) {
        self.places.push((time, seen.subject.area()));
        self.mouth.extend(seen.mouth.map(|mouth| (time, mouth)));
        self.weight += seen.subject.score;
    }

    /// Mean place and size.
    pub(super) fn mean(&self) -> Crop {
        let count = self.places.len().max(1) as f64;
        let mean = |part: fn(&Crop) -> f64| self.places.iter().map(|(_, place)| part(place)).sum::<f64>() / count;
        Crop { x: mean(|c| c.x), y: mean(|c| c.y), width: mean(|c| c.width), height: mean(|c| c.height) }
    }

    /// The smallest part of the picture that always holds it.
    pub(super) fn extent(&self) -> Crop {
        let mut places = self.places.iter().map(|(_, place)| *place);
        let first = places.next().unwrap_or(Crop::WHOLE);
        places.fold(first, |all, place| all.union(&place))
    }

    /// How long it was seen, from the first to the last time, in seconds.
    pub(super) fn duration(&self) -> f64 {
        match (self.places.first(), self.places.last()) {
            (Some(first), Some(last)) => last.0 - first.0,
            _ => 0.0,
        }
    }

    /// How much of it there is: seconds times size, so that a passer-by in the distance counts less.
    pub(super) fn importance(&self) -> f64 {
        let mean = self.mean();
        self.weight * (mean.width * mean.height).sqrt()
    }

    /// How far a subject is from where this one should be by now, in its own widths; `None` where it cannot be the same.
    fn distance(&self, time: f64, seen: &Seen) -> Option<f64> {
        let (before, place) = self.places.last()?;
        let gap = time - before;
        let found = seen.subject.area();
        let size = place.width.max(place.height).max(found.width.max(found.height));
        let ((x, y), (u, v)) = (place.centre(), found.centre());
        let distance = (x - u).hypot(y - v) / size.max(f64::MIN_POSITIVE);
        let alike = (0.5..2.0).contains(&(found.height / place.height.max(f64::MIN_POSITIVE)));
        let same = seen.subject.kind == self.kind && gap <= LONGEST_GAP && alike;
        (same && distance <= MOST_STEP + MOST_SPEED * gap).then_some(distance)
    }

    /// Each coordinate by the median of three: one picture in which the box is off counts for nothing.
    fn without_jitter(mut self) -> Self {
        let places = self.places.clone();
        let median = |at: usize, part: fn(&Crop) -> f64| {
            let mut around: Vec<f64> = places[at - 1..=at + 1].iter().map(|(_, place)| part(place)).collect();
            around.sort_by(f64::total_cmp);
            around[1]
        };
        for at in 1..places.len().saturating_sub(1) {
            let centre = |part: fn(&Crop) -> f64| median(at, part);
            let (width, height) = (centre(|c| c.width), centre(|c| c.height));
            let (x, y) = (centre(|c| c.x + c.width / 2.0), centre(|c| c.y + c.height / 2.0));
            self.places[at].1 = Crop { x: x - width / 2.0, y: y - height / 2.0, width, height };
        }
        self
    }
}

/// The tracks of a shot, the most important first.
pub(super) fn tracks(sightings: &[Sighting]) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for sighting in sightings {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (at, seen) in sighting.subjects.iter().enumerate() {
            let near = tracks.iter().enumerate().filter_map(|(n, t)| Some((t.distance(sighting.time, seen)?, n, at)));
            pairs.extend(near);
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut taken, mut placed) = (vec![false; tracks.len()], vec![false; sighting.subjects.len()]);
        for (_, track, at) in pairs {
            if !taken[track] && !placed[at] {
                (taken[track], placed[at]) = (true, true);
                tracks[track].push(sighting.time, &sighting.subjects[at]);
            }
        }
        let new = sighting.subjects.iter().zip(placed).filter(|(_, placed)| !placed);
        tracks.extend(new.map(|(seen, _)| Track::begin(sighting.time, seen)));
    }
    let certain = |track: &Track| real(track, sightings.len());
    let mut tracks: Vec<Track> = tracks.into_iter().filter(certain).map(Track::without_jitter).collect();
    tracks.sort_by(|a, b| b.importance().total_cmp(&a.importance()));
    tracks
}

/// What was seen once in many pictures is a mistake, unless the detector was sure.
fn real(track: &Track, pictures: usize) -> bool {
    let seen = track.places.len();
    let certainty = track.weight / seen.max(1) as f64;
    match pictures {
        0..=3 => certainty >= 0.3,
        _ => seen >= 3 || (seen == 2 && certainty >= 0.6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(x: f64, score: f64) -> Seen {
        Seen { subject: Subject { x, y: 0.2, width: 0.1, height: 0.18, score, kind: SubjectKind::Face }, mouth: None }
    }

    fn sightings(subjects: impl Fn(f64) -> Vec<Seen>) -> Vec<Sighting> {
        (0..20).map(|n| f64::from(n) / 4.0).map(|time| Sighting { time, subjects: subjects(time) }).collect()
    }

    #[test]
    fn two_people_who_pass_by_each_other_in_order_stay_two() {
        let found = tracks(&sightings(|t| vec![seen(0.1 + 0.02 * t, 0.9), seen(0.7 - 0.02 * t, 0.8)]));
        assert_eq!(found.iter().map(|track| track.places.len()).collect::<Vec<_>>(), [20, 20]);
        assert!((found[0].places[19].1.x - 0.195).abs() < 0.011 && found[1].places[19].1.x > 0.55);
    }

    #[test]
    fn a_face_that_is_missed_for_a_second_is_the_same_one() {
        let found = tracks(&sightings(|t| if (2.0..3.0).contains(&t) { Vec::new() } else { vec![seen(0.4, 0.7)] }));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].duration(), 4.75);
    }

    #[test]
    fn what_is_seen_once_is_a_mistake_and_one_odd_box_counts_for_nothing() {
        let found = tracks(&sightings(|t| {
            let odd = (t - 2.5).abs() < 0.1;
            let steady = seen(if odd { 0.46 } else { 0.4 }, 0.9);
            if odd { vec![steady, seen(0.8, 0.3)] } else { vec![steady] }
        }));
        assert_eq!(found.len(), 1);
        assert!(found[0].places.iter().all(|(_, place)| (place.x - 0.4).abs() < 1e-9));
    }
}
