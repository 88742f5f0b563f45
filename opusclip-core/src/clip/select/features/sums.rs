//! Running sums over a source, so that every candidate is weighed without looking through the source again.

use crate::time::Span;

/// Amounts at spans in order of time, to be summed over any stretch.
pub(in crate::clip::select) struct Sums {
    spans: Vec<Span>,
    amounts: Vec<f64>,
    /// Sum of the amounts before each span, and of all.
    before: Vec<f64>,
}

impl Sums {
    pub(in crate::clip::select) fn new(parts: impl Iterator<Item = (Span, f64)>) -> Self {
        let (spans, amounts): (Vec<Span>, Vec<f64>) = parts.unzip();
        let mut before = vec![0.0];
        let mut total = 0.0;
        before.extend(amounts.iter().map(|amount| {
            total += amount;
            total
        }));
        Self { spans, amounts, before }
    }

    /// Are there none?
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The amounts of the spans within a stretch; one that sticks out counts by the share that lies within.
    pub(in crate::clip::select) fn within(&self, stretch: Span) -> f64 {
        let first = self.spans.partition_point(|s| s.start < stretch.start);
        let last = self.spans.partition_point(|s| s.end <= stretch.end).max(first);
        let inside = self.before.get(last).zip(self.before.get(first)).map_or(0.0, |(to, from)| to - from);
        let share = |at: usize| {
            let (span, amount) = (self.spans.get(at)?, self.amounts.get(at)?);
            (span.duration() > 0.0).then(|| amount * span.overlap(stretch) / span.duration())
        };
        let edge = |at: Option<usize>| at.and_then(share).unwrap_or(0.0);
        inside + edge(first.checked_sub(1)) + edge(Some(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_count_what_sticks_out_by_its_share() {
        let spans = [(1.0, 2.0), (3.0, 5.0), (6.0, 7.0)];
        let sums = Sums::new(spans.iter().map(|&(a, b)| (Span::new(a, b), b - a)));
        for (stretch, expected) in [
            ((0.0, 10.0), 4.0),
            ((1.5, 4.0), 1.5),
            ((3.5, 4.5), 1.0),
            ((2.0, 3.0), 0.0),
            ((8.0, 9.0), 0.0),
            ((3.0, 5.0), 2.0),
        ] {
            let found = sums.within(Span::new(stretch.0, stretch.1));
            assert!((found - expected).abs() < 1e-12, "{stretch:?}: {found}");
        }
        assert_eq!(Sums::new(std::iter::empty()).within(Span::new(0.0, 1.0)), 0.0);
    }
}
