//! What the page and the command say alike.

use serde::Serialize;
use serde_json::Value;

use crate::clip::analysis::{Analysis, Border, Boundary, BoundaryKind};
use crate::time::{Span, clock};

/// All kinds of boundaries, in the order in which they are named.
pub(crate) const KINDS: [BoundaryKind; 4] =
    [BoundaryKind::Cut, BoundaryKind::Dissolve, BoundaryKind::Fade, BoundaryKind::Wipe];

/// The name of a kind, as it stands in JSON.
pub(crate) fn name(kind: &impl Serialize) -> String {
    match serde_json::to_value(kind) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The name of a kind in words: `damaged packet`.
pub(crate) fn in_words(kind: &impl Serialize) -> String {
    name(kind).replace('_', " ")
}

/// How the shot at this place begins; `None` for the first one.
pub(crate) fn beginning(analysis: &Analysis, place: usize) -> Option<&Boundary> {
    analysis.boundaries.get(place.checked_sub(1)?)
}

/// `1 shot`, `2 shots`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `3 cuts, 1 fade`; empty without boundaries.
pub(crate) fn kinds(boundaries: &[Boundary]) -> String {
    let named = KINDS.iter().filter_map(|kind| {
        let found = boundaries.iter().filter(|boundary| boundary.kind == *kind).count();
        (found > 0).then(|| count(found, &name(kind)))
    });
    named.collect::<Vec<_>>().join(", ")
}

/// `0:03.5 in 2 stretches`.
pub(crate) fn stretches(spans: &[Span]) -> String {
    let total: f64 = spans.iter().map(|span| span.duration()).sum();
    let noun = if spans.len() == 1 { "stretch" } else { "stretches" };
    format!("{} in {} {noun}", clock(total), spans.len())
}

/// `0:01.0 – 0:02.5`.
pub(crate) fn range(start: f64, end: f64) -> String {
    format!("{} – {}", clock(start), clock(end))
}

/// `1:02:03.457`: close enough to tell frames apart.
pub(crate) fn exact(seconds: f64) -> String {
    let thousandths = (seconds.max(0.0) * 1000.0).round() as u64;
    let (whole, rest) = (thousandths / 1000 * 1000, thousandths % 1000);
    let clock = clock(whole as f64 / 1000.0);
    format!("{}.{rest:03}", clock.strip_suffix(".0").unwrap_or(&clock))
}

/// When a boundary is: its moment or its stretch.
pub(crate) fn when(boundary: &Boundary) -> String {
    let Boundary { start, end, .. } = *boundary;
    if end > start { format!("{} – {}", exact(start), exact(end)) } else { exact(start) }
}

/// `138 px above, 138 px below`.
pub(crate) fn bars(border: &Border) -> String {
    let sides = [(border.top, "above"), (border.bottom, "below"), (border.left, "left"), (border.right, "right")];
    let named = sides.iter().filter(|(size, _)| *size > 0).map(|(size, side)| format!("{size} px {side}"));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_read_well() {
        let analysis = super::super::fixtures::full(60.0, 5.0);
        assert_eq!(kinds(&analysis.boundaries), "5 cuts, 2 dissolves, 2 fades, 2 wipes");
        assert_eq!(kinds(&[]), "");
        assert_eq!(in_words(&analysis.damage.findings[0].kind), "damaged packet");
        assert_eq!(when(&analysis.boundaries[0]), "0:05.000");
        assert_eq!(when(&analysis.boundaries[1]), "0:10.000 – 0:11.000");
        assert_eq!(exact(3723.4567), "1:02:03.457");
        assert_eq!(exact(59.9996), "1:00.000");
        let border = Border { start: 0.0, end: 1.0, left: 0, top: 138, right: 0, bottom: 140 };
        assert_eq!(bars(&border), "138 px above, 140 px below");
    }
}
