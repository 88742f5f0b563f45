//! Who of several people speaks: the one whose mouth moves while a voice is heard.

use super::track::Track;
use crate::time::Span;

/// Mouths are compared over this many seconds.
const WINDOW: f64 = 1.6;

/// A mouth speaks if it moves so many times as much as every other one.
const LEAD: f64 = 1.3;

/// Least movement that is no noise, in levels of luma.
const LEAST: f64 = 1.0;

/// The camera goes over to somebody who speaks for so long, in seconds: a "yes" in between changes nothing.
const SHORTEST_TURN: f64 = 1.5;

/// Looks this far apart, in seconds.
const STEP: f64 = 0.25;

/// Who speaks in a shot: turns that follow each other without gaps, each with the number of a track. `None` where it cannot
/// be told for most of the time in which a voice is heard.
pub(super) fn turns(tracks: &[Track], shot: Span, speech: &[Span]) -> Option<Vec<(Span, usize)>> {
    let steps = (shot.duration() / STEP).ceil().max(1.0) as usize;
    let time = |step: usize| shot.start + (step as f64 + 0.5) * STEP;
    let voiced = |time: f64| speech.iter().any(|span| span.contains(time));
    let heard: Vec<usize> = (0..steps).filter(|step| voiced(time(*step))).collect();
    let told: Vec<(usize, usize)> =
        heard.iter().filter_map(|step| Some((*step, speaks(tracks, time(*step))?))).collect();
    if told.is_empty() || told.len() * 2 < heard.len() {
        return None;
    }
    // Who spoke last is looked at until somebody else speaks.
    let mut turns: Vec<(f64, usize)> = Vec::new();
    for (step, who) in told {
        if turns.last().is_none_or(|(_, last)| *last != who) {
            turns.push((time(step) - STEP / 2.0, who));
        }
    }
    Some(settled(&turns, shot))
}

/// The track whose mouth moves most around a time, if it is clear.
fn speaks(tracks: &[Track], time: f64) -> Option<usize> {
    let moves = |track: &Track| {
        let near: Vec<f64> =
            track.mouth.iter().filter(|(at, _)| (at - time).abs() <= WINDOW / 2.0).map(|(_, mouth)| *mouth).collect();
        (!near.is_empty()).then(|| near.iter().sum::<f64>() / near.len() as f64)
    };
    let mut moving: Vec<(f64, usize)> =
        tracks.iter().enumerate().map(|(n, track)| (moves(track).unwrap_or(0.0), n)).collect();
    moving.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (most, who) = *moving.first()?;
    let next = moving.get(1).map_or(0.0, |(next, _)| *next);
    (most >= LEAST && most >= LEAD * next).then_some(who)
}

/// Turns that are long enough to look at.
fn settled(turns: &[(f64, usize)], shot: Span) -> Vec<(Span, usize)> {
    let mut kept: Vec<(Span, usize)> = Vec::new();
    for (at, (start, who)) in turns.iter().enumerate() {
        let end = turns.get(at + 1).map_or(shot.end, |next| next.0);
        let long = end - start >= SHORTEST_TURN;
        match kept.last_mut() {
            Some((last, same)) if *same == *who || !long => last.end = end,
            // Whoever speaks first is shown from the start of the shot.
            None if long || at + 1 == turns.len() => kept.push((Span::new(shot.start, end), *who)),
            Some(_) => kept.push((Span::new(*start, end), *who)),
            None => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::subject::{Subject, SubjectKind};
    use super::super::track::{Seen, Sighting, tracks};
    use super::*;

    fn two(mouths: impl Fn(f64) -> [f64; 2]) -> Vec<Track> {
        let face = |x: f64, mouth: f64| Seen {
            subject: Subject { x, y: 0.2, width: 0.1, height: 0.18, score: 1.0, kind: SubjectKind::Face },
            mouth: Some(mouth),
        };
        let sightings: Vec<Sighting> = (0..80)
            .map(|n| f64::from(n) / 4.0)
            .map(|time| {
                let [left, right] = mouths(time);
                Sighting { time, subjects: vec![face(0.1, left), face(0.7, right)] }
            })
            .collect();
        let mut tracks = tracks(&sightings);
        tracks.sort_by(|a, b| a.mean().x.total_cmp(&b.mean().x));
        tracks
    }

    #[test]
    fn the_camera_goes_to_who_speaks_and_stays_through_a_yes() {
        let talk = |t: f64| match t {
            t if t < 6.0 => [6.0, 1.0],
            t if t < 6.8 => [1.0, 6.0],
            t if t < 10.0 => [6.0, 1.0],
            _ => [1.0, 6.0],
        };
        let turns = turns(&two(talk), Span::new(0.0, 20.0), &[Span::new(0.0, 20.0)]).unwrap();
        assert_eq!(turns.iter().map(|turn| turn.1).collect::<Vec<_>>(), [0, 1]);
        assert_eq!((turns[0].0.start, turns[1].0.end), (0.0, 20.0));
        assert!((turns[1].0.start - 10.0).abs() <= 1.0, "{turns:?}");
    }

    #[test]
    fn it_is_not_guessed_who_speaks() {
        let shot = Span::new(0.0, 20.0);
        assert!(turns(&two(|_| [4.0, 4.2]), shot, &[shot]).is_none(), "both move alike");
        assert!(turns(&two(|_| [6.0, 1.0]), shot, &[]).is_none(), "no voice is heard");
    }
}
