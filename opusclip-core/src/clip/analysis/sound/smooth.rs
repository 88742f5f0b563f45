//! Values smoothed over what lies on either side of them, and the stretches that they make.

use std::collections::VecDeque;

use crate::time::Span;

/// Means over `reach` values on either side and the value itself; at the ends over those that there are.
pub(super) fn means(values: &[f32], reach: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0f64;
    sums.push(sum);
    for value in values {
        sum += f64::from(*value);
        sums.push(sum);
    }
    (0..values.len())
        .map(|at| {
            let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(values.len()));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect()
}

/// The lowest value of as many as [`means`] takes.
pub(super) fn lowest(values: &[f32], reach: usize) -> Vec<f32> {
    extremes(values, reach, |new, old| new <= old)
}

/// The highest value of as many as [`means`] takes.
pub(super) fn highest(values: &[f32], reach: usize) -> Vec<f32> {
    extremes(values, reach, |new, old| new >= old)
}

/// `wins` says whether a value makes an older one needless.
fn extremes(values: &[f32], reach: usize, wins: impl Fn(f32, f32) -> bool) -> Vec<f32> {
    let mut best: VecDeque<(usize, f32)> = VecDeque::new();
    let mut coming = values.iter().copied().enumerate();
    (0..values.len())
        .map(|at| {
            let missing = (at + reach + 1).min(values.len()) - best.back().map_or(0, |(last, _)| last + 1);
            for (place, value) in coming.by_ref().take(missing) {
                while best.back().is_some_and(|(_, old)| wins(value, *old)) {
                    best.pop_back();
                }
                best.push_back((place, value));
            }
            while best.front().is_some_and(|(place, _)| place + reach < at) {
                best.pop_front();
            }
            best.front().map_or(0.0, |(_, value)| *value)
        })
        .collect()
}

/// Values moved to the front by `count`; the last one stands for those that are missing.
pub(super) fn earlier<T: Copy>(values: &[T], count: usize) -> impl Iterator<Item = T> {
    values.iter().skip(count).chain(values.last().into_iter().cycle()).take(values.len()).copied()
}

/// Stretches that begin with a value of at least `begin` and end before one of less than `end`; `time` says when a value
/// begins. Those less than `rest` seconds apart are one.
pub(super) fn stretches(
    values: impl IntoIterator<Item = f32>,
    (begin, end): (f32, f32),
    rest: f64,
    time: impl Fn(usize) -> f64,
) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut begun: Option<f64> = None;
    for (place, value) in values.into_iter().chain([f32::NEG_INFINITY]).enumerate() {
        match begun {
            None if value >= begin => begun = Some(time(place)),
            Some(start) if value < end => {
                match found.last_mut() {
                    Some(last) if start - last.end < rest => last.end = time(place),
                    _ => found.push(Span::new(start, time(place))),
                }
                begun = None;
            }
            _ => {}
        }
    }
    found
}

/// What is left of `span` between stretches, where it lasts at least `shortest` seconds.
pub(super) fn between(stretches: &[Span], span: Span, shortest: f64) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = span.start;
    let within = stretches.iter().filter(|stretch| stretch.end > span.start && stretch.start < span.end);
    for stretch in within.copied().chain([Span::new(span.end, span.end)]) {
        if stretch.start - from >= shortest {
            left.push(Span::new(from, stretch.start));
        }
        from = from.max(stretch.end);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_begin_surely_and_end_late() {
        let values = [0.0, 0.9, 0.4, 0.9, 0.1, 0.9, 0.0, 0.0, 0.6];
        let found = |rest| stretches(values, (0.8, 0.3), rest, |place| place as f64);
        assert_eq!(found(0.0), [Span::new(1.0, 4.0), Span::new(5.0, 6.0)]);
        assert_eq!(found(1.5), [Span::new(1.0, 6.0)]);
        assert_eq!(stretches([1.0; 3], (0.5, 0.5), 0.0, |place| place as f64), [Span::new(0.0, 3.0)], "up to the end");
    }

    #[test]
    fn what_lies_between_stretches_covers_the_rest() {
        let taken = [Span::new(0.0, 1.0), Span::new(2.0, 3.0), Span::new(3.1, 9.0)];
        assert_eq!(between(&taken, Span::new(0.5, 8.0), 0.5), [Span::new(1.0, 2.0)]);
        assert_eq!(between(&taken, Span::new(0.5, 8.0), 0.05), [Span::new(1.0, 2.0), Span::new(3.0, 3.1)]);
        assert_eq!(between(&[], Span::new(2.0, 5.0), 0.2), [Span::new(2.0, 5.0)]);
    }

    #[test]
    fn windows_are_cut_at_the_ends() {
        let values = [4.0, 2.0, 6.0, 0.0, 8.0];
        assert_eq!(means(&values, 1), [3.0, 4.0, 8.0 / 3.0, 14.0 / 3.0, 4.0]);
        assert_eq!(lowest(&values, 1), [2.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(highest(&values, 1), [4.0, 6.0, 6.0, 8.0, 8.0]);
        assert_eq!((means(&values, 9), lowest(&values, 9)), (vec![4.0; 5], vec![0.0; 5]));
        assert_eq!(means(&[], 1), [0.0; 0]);
        assert_eq!(highest(&[], 3), [0.0; 0]);
        assert_eq!(earlier(&values, 2).collect::<Vec<_>>(), [6.0, 0.0, 8.0, 8.0, 8.0]);
        assert_eq!(earlier(&values, 7).collect::<Vec<_>>(), [8.0; 5]);
        assert_eq!(earlier(&[0.0; 0], 2).count(), 0);
    }

    #[test]
    fn extremes_are_those_of_each_window() {
        let values: Vec<f32> = (0..200u32).map(|n| (n * n % 37) as f32).collect();
        for reach in [0, 1, 5, 40] {
            let window = |at: usize| &values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())];
            let low: Vec<f32> = (0..200).map(|at| window(at).iter().copied().fold(f32::MAX, f32::min)).collect();
            let high: Vec<f32> = (0..200).map(|at| window(at).iter().copied().fold(0.0, f32::max)).collect();
            assert_eq!((lowest(&values, reach), highest(&values, reach)), (low, high));
        }
    }
}
