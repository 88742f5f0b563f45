//! The scale of time: where a moment lies, which moments are named, and how curves become few points.

use crate::clip::analysis::Curve;
use crate::time::Span;

/// Distances between two named moments in seconds, from close to wide.
const STEPS: [f64; 20] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
    7200.0,
];
/// Moments that are named, at most.
const NAMED: f64 = 10.0;
/// Points of a curve, at most: about one for each unit of the drawing's width.
const POINTS: usize = 900;

/// From seconds to the drawing's horizontal units.
#[derive(Debug, Clone, Copy)]
pub(in crate::clip::export) struct Axis {
    span: Span,
    left: f64,
    width: f64,
}

/// A point of a curve: where it stands, and the values behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) mean: f64,
    pub(super) high: f64,
}

impl Axis {
    /// `None` for a span that has no length.
    pub(in crate::clip::export) fn new(span: Span, left: f64, width: f64) -> Option<Self> {
        let has_length = span.start.is_finite() && span.end.is_finite() && span.duration() > 0.0;
        has_length.then_some(Self { span, left, width })
    }

    /// Seconds from end to end.
    pub(super) fn length(self) -> f64 {
        self.span.duration()
    }

    /// Where a moment lies; one outside of the span lies at its end.
    pub(super) fn x(self, time: f64) -> f64 {
        let share = (time - self.span.start) / self.span.duration();
        self.left + self.width * if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Both ends of a stretch, at least `least` apart; `None` where it lies outside.
    pub(in crate::clip::export) fn stretch(self, start: f64, end: f64, least: f64) -> Option<(f64, f64)> {
        let inside = start <= self.span.end && end >= self.span.start;
        let (from, to) = (self.x(start), self.x(end));
        let middle = (from + to) / 2.0;
        let half = ((to - from) / 2.0).max(least / 2.0);
        inside.then_some((middle - half, middle + half))
    }

    /// Moments to name, and how.
    pub(in crate::clip::export) fn ticks(self) -> Vec<(f64, String)> {
        let wanted = self.span.duration() / NAMED;
        let step = STEPS.iter().copied().find(|step| *step >= wanted).unwrap_or_else(|| {
            let longest = STEPS[STEPS.len() - 1];
            (wanted / longest).ceil() * longest
        });
        let first = (self.span.start / step).ceil();
        (0..=NAMED as u32)
            .map(|n| (first + f64::from(n)) * step)
            // The last moment is named too where rounding puts it behind the end.
            .filter(|time| *time <= self.span.end + step * 1e-6)
            .map(|time| (self.x(time), moment(time, step)))
            .collect()
    }

    /// The curve within the span, in at most [`POINTS`] points.
    pub(super) fn points(self, curve: &Curve) -> Vec<Point> {
        let usable = curve.step.is_finite() && curve.step > 0.0 && curve.start.is_finite();
        let within = if usable { curve.within(self.span) } else { 0..0 };
        let per_point = within.len().div_ceil(POINTS).max(1);
        let x = |place: f64| self.x(curve.start + place * curve.step);
        let (first, last) = (within.start as f64, within.end as f64);
        let mut points: Vec<Point> = curve.values[within]
            .chunks(per_point)
            .enumerate()
            .map(|(place, values)| {
                let mean = values.iter().copied().map(f64::from).sum::<f64>() / values.len() as f64;
                let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let middle = first + (place * per_point) as f64 + values.len() as f64 / 2.0;
                Point { x: x(middle), mean, high: f64::from(high) }
            })
            .collect();
        // A value holds from the beginning of its stretch to the end.
        if let (Some(begin), Some(end)) = (points.first().copied(), points.last().copied()) {
            points.insert(0, Point { x: x(first), ..begin });
            points.push(Point { x: x(last), ..end });
        }
        points
    }
}

/// `0:01.5`, `1:30`, `1:15:00`: as many parts as the step needs.
fn moment(time: f64, step: f64) -> String {
    let hundredths = (time * 100.0).round() as u64;
    let (hours, minutes, seconds) = (hundredths / 360_000, hundredths / 6000 % 60, hundredths / 100 % 60);
    let rest = match step {
        s if s < 0.1 => format!(".{:02}", hundredths % 100),
        s if s < 1.0 => format!(".{}", hundredths / 10 % 10),
        _ => String::new(),
    };
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}{rest}") } else { format!("{minutes}:{seconds:02}{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(start: f64, end: f64) -> Vec<String> {
        let axis = Axis::new(Span::new(start, end), 0.0, 1000.0).unwrap();
        axis.ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn moments_are_round_from_two_seconds_to_days() {
        assert_eq!(named(0.0, 2.0)[..3], ["0:00.0", "0:00.2", "0:00.4"]);
        assert_eq!(named(0.0, 75.0), ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10"]);
        assert_eq!(named(0.0, 7200.0)[4], "1:00:00");
        assert_eq!(named(3601.0, 3700.0)[0], "1:00:10");
        for length in [0.05, 0.3, 2.0, 7.0, 59.0, 61.0, 600.0, 3600.0, 7200.0, 86400.0, 1e7] {
            let count = named(0.0, length).len();
            assert!((4..=11).contains(&count), "{count} for {length} s");
        }
    }

    #[test]
    fn long_curves_become_few_points_that_keep_their_peaks() {
        let mut curve = Curve { start: 0.0, step: 0.1, values: vec![0.25; 72_000] };
        curve.values[31_007] = 1.0;
        let axis = Axis::new(Span::new(0.0, 7200.0), 0.0, 900.0).unwrap();
        let points = axis.points(&curve);
        assert!(points.len() <= POINTS + 2 && points.iter().any(|point| point.high == 1.0));
        assert!(points.windows(2).all(|pair| pair[0].x < pair[1].x));
        curve.step = 0.0;
        assert!(axis.points(&curve).is_empty());
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let axis = Axis::new(Span::new(10.0, 20.0), 100.0, 100.0).unwrap();
        assert_eq!(axis.stretch(12.0, 14.0, 0.0), Some((120.0, 140.0)));
        assert_eq!(axis.stretch(0.0, 5.0, 1.0), None);
        assert_eq!(axis.x(f64::NAN), 100.0);
        assert!(Axis::new(Span::new(5.0, 5.0), 0.0, 1.0).is_none());
    }
}
