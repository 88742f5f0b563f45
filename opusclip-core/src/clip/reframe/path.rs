//! The way of a camera along one axis: the calmest one that keeps the subject in the frame.
//!
//! A linear program, after Grundmann, Kwatra and Essa, "Auto-directed video stabilization with robust L1 optimal camera
//! paths" (CVPR 2011). The sums of absolute velocity, acceleration and jerk are made small, which gives what a person at a
//! tripod does: stand, pan evenly, or go over smoothly from one to the other. A follower that reacts (a critically damped
//! spring) would come too late, and never stand; here the whole shot is known, so the camera begins to move before its
//! subject has left. Bounds on velocity and acceleration are constraints, not wishes.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus};

/// Seconds between the points that are solved for.
pub(super) const STEP: f64 = 0.1;

/// Highest velocity, in widths (or heights) of the picture a second: 1 % of it a frame at 30 frames a second.
pub(super) const MOST_VELOCITY: f64 = 0.3;

/// Highest acceleration, in widths a second and second.
pub(super) const MOST_ACCELERATION: f64 = 0.9;

/// Weights of velocity, acceleration and jerk, each summed over steps as absolute differences.
const CALM: [f64; 3] = [1.0, 3.0, 6.0];

/// Cost of a step for being off the middle by a width, beyond what is free. Being off for two seconds costs as much as
/// going there.
const OFF_CENTRE: f64 = CALM[0] * STEP / 2.0;

/// Cost of a step for cutting a width off the subject.
const CUT_OFF: f64 = 20.0;

/// How far from the middle a subject may be for nothing, in shares of the frame on either side.
pub(super) const FREE: f64 = 0.15;

/// Where a subject is at a time, along one axis of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    pub(super) time: f64,
    /// The place that should stand in the middle of the frame.
    pub(super) centre: f64,
    /// What must not be cut off: from here
    pub(super) low: f64,
    /// to here.
    pub(super) high: f64,
}

/// Where the frame may be along an axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Width of the frame.
    pub(super) frame: f64,
}

impl Room {
    fn clamp(&self, place: f64) -> f64 {
        place.min(self.to - self.frame).max(self.from)
    }
}

/// Places of the frame's edge over time, in a straight line from one to the next; one place where it stands still.
pub(super) fn follow(wanted: &[Wanted], span: (f64, f64), room: Room) -> Vec<(f64, f64)> {
    let Some(first) = wanted.first() else {
        return vec![(span.0, room.clamp((room.from + room.to - room.frame) / 2.0))];
    };
    if let Some(place) = still(wanted, room) {
        return vec![(span.0, place)];
    }
    let knots = ((span.1 - span.0) / STEP).ceil().max(1.0) as usize + 3;
    // A point before and two behind: the curve below looks as far.
    let times: Vec<f64> = (0..knots).map(|knot| span.0 + (knot as f64 - 1.0) * STEP).collect();
    let steps: Vec<Step> = times.iter().map(|time| Step::new(at(wanted, *time).unwrap_or(*first), room)).collect();
    let places = solve(&steps, room).unwrap_or_else(|| average(&steps));
    simplified(&smooth(&places, &times, span))
}

/// The one place from which everything can be seen, if there is one.
fn still(wanted: &[Wanted], room: Room) -> Option<f64> {
    let low = wanted.iter().map(|wanted| wanted.low).fold(f64::INFINITY, f64::min);
    let high = wanted.iter().map(|wanted| wanted.high).fold(f64::NEG_INFINITY, f64::max);
    let mut centres: Vec<f64> = wanted.iter().map(|wanted| wanted.centre).collect();
    centres.sort_by(f64::total_cmp);
    let (least, most) = (centres.first()?, centres.last()?);
    let middle = centres.get(centres.len() / 2)? - room.frame / 2.0;
    if high - low <= room.frame {
        // As near to the usual place as it can be without cutting anything off.
        return Some(room.clamp(middle.min(low).max(high - room.frame)));
    }
    // A subject that is wider than the frame is cut off wherever the camera is; then only its middle counts.
    let wide = wanted.iter().all(|wanted| wanted.high - wanted.low > room.frame);
    (wide && most - least <= 2.0 * FREE * room.frame).then(|| room.clamp((least + most) / 2.0 - room.frame / 2.0))
}

/// What is wanted at a time between two looks.
fn at(wanted: &[Wanted], time: f64) -> Option<Wanted> {
    let after = wanted.partition_point(|wanted| wanted.time <= time);
    let before = after.checked_sub(1).and_then(|before| wanted.get(before));
    let (Some(a), Some(b)) = (before, wanted.get(after)) else { return before.or(wanted.get(after)).copied() };
    let share = (time - a.time) / (b.time - a.time).max(f64::MIN_POSITIVE);
    let between = |a: f64, b: f64| a + (b - a) * share;
    Some(Wanted {
        time,
        centre: between(a.centre, b.centre),
        low: between(a.low, b.low),
        high: between(a.high, b.high),
    })
}

/// What one point of the path has to respect.
struct Step {
    /// The frame's edge with the subject in the middle.
    middle: f64,
    /// Least and highest place of the frame's edge that cuts nothing off.
    least: f64,
    most: f64,
}

impl Step {
    fn new(wanted: Wanted, room: Room) -> Self {
        let middle = room.clamp(wanted.centre - room.frame / 2.0);
        let (least, most) = (room.clamp(wanted.high - room.frame), room.clamp(wanted.low));
        let (least, most) = if least <= most { (least, most) } else { (middle, middle) };
        Self { middle: middle.clamp(least, most), least, most }
    }
}

/// Rows of `A x <= b`, built entry by entry.
#[derive(Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    limit: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: &[(usize, f64)], limit: f64) {
        for (column, value) in terms {
            self.row.push(self.limit.len());
            self.column.push(*column);
            self.value.push(*value);
        }
        self.limit.push(limit);
    }

    /// `|terms - middle| <= slack + free`
    fn push_absolute(&mut self, terms: &[(usize, f64)], middle: f64, slack: usize, free: f64) {
        for sign in [1.0, -1.0] {
            let mut row: Vec<(usize, f64)> = terms.iter().map(|(column, value)| (*column, value * sign)).collect();
            row.push((slack, -1.0));
            self.push(&row, free + sign * middle);
        }
    }
}

/// Binomial coefficients with alternating signs: what differences of the first to third order are made of.
const DIFFERENCES: [&[f64]; 3] = [&[-1.0, 1.0], &[1.0, -2.0, 1.0], &[-1.0, 3.0, -3.0, 1.0]];

/// `None` where the solver finds nothing.
fn solve(steps: &[Step], room: Room) -> Option<Vec<f64>> {
    let count = steps.len();
    let mut rows = Rows::default();
    let mut cost = vec![0.0; count];
    let mut variable = |weight: f64| {
        cost.push(weight);
        cost.len() - 1
    };
    let bounds = [Some(MOST_VELOCITY * STEP), Some(MOST_ACCELERATION * STEP * STEP), None];
    for ((difference, weight), bound) in DIFFERENCES.into_iter().zip(CALM).zip(bounds) {
        for first in 0..count.saturating_sub(difference.len() - 1) {
            let terms: Vec<(usize, f64)> = difference.iter().enumerate().map(|(k, v)| (first + k, *v)).collect();
            let slack = variable(weight);
            rows.push_absolute(&terms, 0.0, slack, 0.0);
            if let Some(bound) = bound {
                rows.push(&[(slack, 1.0)], bound);
            }
        }
    }
    for (at, step) in steps.iter().enumerate() {
        rows.push(&[(at, -1.0)], -room.from);
        rows.push(&[(at, 1.0)], room.to - room.frame);
        let off = variable(OFF_CENTRE);
        rows.push_absolute(&[(at, 1.0)], step.middle, off, FREE * room.frame);
        rows.push(&[(off, -1.0)], 0.0);
        let cut = variable(CUT_OFF);
        rows.push(&[(at, -1.0), (cut, -1.0)], -step.least);
        rows.push(&[(at, 1.0), (cut, -1.0)], step.most);
        rows.push(&[(cut, -1.0)], 0.0);
    }
    let (height, width) = (rows.limit.len(), cost.len());
    let matrix = CscMatrix::new_from_triplets(height, width, rows.row, rows.column, rows.value);
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let cones = [NonnegativeConeT(height)];
    let mut solver =
        DefaultSolver::new(&CscMatrix::zeros((width, width)), &cost, &matrix, &rows.limit, &cones, settings).ok()?;
    solver.solve();
    let solved = matches!(solver.solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved);
    solved.then(|| solver.solution.x.iter().take(count).map(|place| room.clamp(*place)).collect())
}

/// Where there is no solution, the camera stands where it is right most often.
fn average(steps: &[Step]) -> Vec<f64> {
    let mean = steps.iter().map(|step| step.middle).sum::<f64>() / steps.len().max(1) as f64;
    vec![mean; steps.len()]
}

/// Seconds between the points of the finished path.
const FINE: f64 = 1.0 / 60.0;

/// A quadratic B-spline over the points: its velocity has no jumps, and its velocity and acceleration are nowhere higher
/// than differences of the points allow.
fn smooth(places: &[f64], times: &[f64], span: (f64, f64)) -> Vec<(f64, f64)> {
    let start = times.first().copied().unwrap_or(span.0);
    let count = ((span.1 - span.0) / FINE).ceil().max(1.0) as usize;
    let value = |time: f64| {
        let place = (time - start) / STEP;
        let knot = (place.round().max(1.0) as usize).min(places.len().saturating_sub(2));
        let (a, b, c) = (places[knot - 1], places[knot], places[knot + 1]);
        let t = (place - knot as f64 + 0.5).clamp(0.0, 1.0);
        0.5 * ((1.0 - t).powi(2) * a + (1.0 + 2.0 * t * (1.0 - t)) * b + t * t * c)
    };
    (0..=count).map(|n| (span.0 + n as f64 * FINE).min(span.1)).map(|time| (time, value(time))).collect()
}

/// What a path may differ from the finer one by, in widths: a twentieth of a pixel of 1920.
const TOLERANCE: f64 = 2.5e-5;

/// The same path without the points that lie on a straight line (Douglas and Peucker 1973, with the distance along the
/// axis).
fn simplified(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = vec![false; points.len()];
    let mut open = vec![(0, points.len().saturating_sub(1))];
    while let Some((from, to)) = open.pop() {
        kept[from] = true;
        kept[to] = true;
        let (a, b) = (points[from], points[to]);
        let off = |at: usize| {
            let share = (points[at].0 - a.0) / (b.0 - a.0).max(f64::MIN_POSITIVE);
            (points[at].1 - a.1 - (b.1 - a.1) * share).abs()
        };
        if let Some(worst) = (from + 1..to).max_by(|x, y| off(*x).total_cmp(&off(*y)))
            && off(worst) > TOLERANCE
        {
            open.extend([(from, worst), (worst, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: Room = Room { from: 0.0, to: 1.0, frame: 0.3164 };

    fn wanted(place: impl Fn(f64) -> f64, seconds: f64, width: f64) -> Vec<Wanted> {
        let looks = (seconds * 4.0) as usize;
        let look = |n: usize| {
            let time = n as f64 / 4.0;
            let centre = place(time);
            Wanted { time, centre, low: centre - width / 2.0, high: centre + width / 2.0 }
        };
        (0..=looks).map(look).collect()
    }

    fn value(path: &[(f64, f64)], time: f64) -> f64 {
        let after = path.partition_point(|point| point.0 <= time).clamp(1, path.len().max(2) - 1);
        if path.len() < 2 {
            return path[0].1;
        }
        let (a, b) = (path[after - 1], path[after]);
        a.1 + (b.1 - a.1) * ((time - a.0) / (b.0 - a.0)).clamp(0.0, 1.0)
    }

    #[test]
    fn a_subject_that_fits_from_one_place_is_shown_from_there() {
        let path = follow(&wanted(|t| 0.5 + 0.08 * (t * 3.0).sin(), 20.0, 0.12), (0.0, 20.0), ROOM);
        assert_eq!(path.len(), 1);
        assert!((path[0].1 - (0.5 - 0.3164 / 2.0)).abs() < 0.03, "{path:?}");
    }

    #[test]
    fn who_walks_is_kept_in_the_frame_and_who_stands_stays_in_its_middle() {
        // Stands for 5 s, walks half the width in 4 s, stands for 11 s.
        let place = |t: f64| 0.25 + 0.5 * ((t - 5.0) / 4.0).clamp(0.0, 1.0);
        let path = follow(&wanted(place, 20.0, 0.12), (0.0, 20.0), ROOM);
        let mut moving = 0;
        for frame in 0..600 {
            let time = frame as f64 / 30.0;
            let left = value(&path, time);
            assert!(left <= place(time) - 0.06 + 1e-3 && left + 0.3164 >= place(time) + 0.06 - 1e-3, "{time}: {left}");
            moving += usize::from((value(&path, time + 1.0 / 30.0) - left).abs() > 1e-5);
        }
        assert!(moving < 30 * 6, "it moves in {moving} frames");
        assert!((value(&path, 18.0) + 0.3164 / 2.0 - 0.75).abs() <= FREE * 0.3164 + 1e-3);
    }

    #[test]
    fn a_subject_wider_than_the_frame_is_shown_by_its_middle() {
        let path = follow(&wanted(|_| 0.5, 4.0, 0.5), (0.0, 4.0), ROOM);
        assert_eq!(path.len(), 1);
        assert!((path[0].1 - (0.5 - 0.3164 / 2.0)).abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever the subject does, the camera is as calm as promised and stays inside of the picture.
        #[test]
        fn velocity_and_acceleration_stay_bounded(places in proptest::collection::vec(0.0f64..1.0, 2..40), width in 0.02f64..0.5) {
            let seconds = (places.len() - 1) as f64 / 4.0;
            let looks: Vec<Wanted> = places.iter().enumerate().map(|(n, centre)| Wanted {
                time: n as f64 / 4.0, centre: *centre, low: centre - width / 2.0, high: centre + width / 2.0,
            }).collect();
            let path = follow(&looks, (0.0, seconds), ROOM);
            let frames: Vec<f64> = (0..=(seconds * 30.0) as usize).map(|n| value(&path, n as f64 / 30.0)).collect();
            prop_assert!(frames.iter().all(|left| (0.0..=1.0 - ROOM.frame + 1e-9).contains(left)));
            let velocity = frames.windows(2).map(|w| (w[1] - w[0]).abs() * 30.0).fold(0.0, f64::max);
            let acceleration = frames.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs() * 900.0).fold(0.0, f64::max);
            prop_assert!(velocity <= MOST_VELOCITY * 1.01, "{velocity}");
            // Points are rounded to a twentieth of a pixel, which second differences at 30 frames a second magnify.
            prop_assert!(acceleration <= MOST_ACCELERATION + 4.0 * TOLERANCE * 900.0, "{acceleration}");
        }
    }
}
