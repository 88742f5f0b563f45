//! The timeline: loudness, voices, shots and motion under one another over the same scale of time, as inline SVG.
//!
//! Its size does not grow with the media: curves become few points, and stretches that would touch become one.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::axis::{Axis, Point};
use super::words;
use crate::clip::analysis::{Analysis, Boundary, BoundaryKind, Curve, Loudness};
use crate::time::clock;

// The drawing's own units, which are pixels where there is room for its whole width.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 44.0;
const RIGHT_EDGE: f64 = WIDTH - RIGHT;
const TOP: f64 = 10.0;
const GAP: f64 = 12.0;
const BASE: f64 = 30.0;
const LOUDNESS: f64 = 120.0;
const MOTION: f64 = 44.0;
const LANE: f64 = 14.0;
const SHOTS: f64 = 30.0;
/// How far the mark of a boundary stands out of the shots.
const MARK: f64 = 4.0;

/// The scale of loudness in LUFS.
const LOUDEST: f64 = 0.0;
const SOFTEST: f64 = -60.0;
/// The narrowest stretch and the narrowest transition that can be seen.
const NARROWEST: f64 = 0.8;
const NARROWEST_TRANSITION: f64 = 3.0;
/// Up to so many, things are drawn one by one and say what they are under the pointer.
const SINGLY: usize = 150;
/// Columns in which boundaries are counted where there are more of them, and their height.
const COLUMNS: usize = 180;
const CHANGES: f64 = 36.0;
/// Up to so many boundaries, faint lines lead from them through the curves.
const LED_THROUGH: usize = 60;
/// Marks and blocks nearer to one another than this are drawn as one.
const TOUCHING: f64 = 0.5;

/// The drawing; `None` where nothing takes any time. `description` is what is read out instead.
pub(super) fn drawing(analysis: &Analysis, description: &str) -> Option<Markup> {
    let axis = Axis::new(analysis.span, LEFT, RIGHT_EDGE - LEFT)?;
    let mut rows = Rows { axis, y: TOP, drawn: Vec::new(), curves: Vec::new() };
    if let Some(loudness) = &analysis.loudness {
        rows.loudness(loudness);
    }
    let spans = |name: &'static str, spans: &[crate::time::Span]| {
        (name, spans.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>())
    };
    for (name, found) in
        [spans("speech", &analysis.speech), spans("music", &analysis.music), spans("silence", &analysis.silence)]
    {
        rows.lane(name, &found);
    }
    if !analysis.shots.is_empty() {
        rows.shots(analysis);
    }
    if analysis.boundaries.len() > SINGLY {
        rows.changes(&analysis.boundaries);
    }
    for (name, found) in [
        spans("black", &analysis.black),
        spans("frozen", &analysis.frozen),
        ("bars", analysis.borders.iter().map(|border| (border.start, border.end)).collect()),
    ] {
        rows.lane(name, &found);
    }
    if let Some(motion) = &analysis.motion {
        rows.motion(motion);
    }
    rows.damage(analysis);
    Some(rows.finish(&analysis.boundaries, description))
}

struct Rows {
    axis: Axis,
    y: f64,
    drawn: Vec<Markup>,
    /// From where to where curves are drawn.
    curves: Vec<(f64, f64)>,
}

impl Rows {
    fn add(&mut self, height: f64, row: Markup) {
        self.drawn.push(row);
        self.y += height + GAP;
    }

    fn loudness(&mut self, loudness: &Loudness) {
        let (top, bottom) = (self.y, self.y + LOUDNESS);
        let y = |value: f64| bottom - LOUDNESS * share(value, SOFTEST, LOUDEST);
        let row = html! {
            (name("loudness", top + 12.0))
            text.d x="0" y=(n(top + 27.0)) { "LUFS" }
            @for value in [0, -20, -40, -60] {
                line.g x1=(LEFT) x2=(RIGHT_EDGE) y1=(n(y(f64::from(value)))) y2=(n(y(f64::from(value)))) {}
                text.d.e x=(LEFT - 6.0) y=(n(y(f64::from(value)) + 4.0)) { (signed(f64::from(value), 0)) }
            }
            (area("momentary", &self.axis.points(&loudness.momentary), bottom, y))
            path.short d=(line(&self.axis.points(&loudness.short_term), y)) {}
            @if let Some(integrated) = loudness.integrated {
                line.whole x1=(LEFT) x2=(RIGHT_EDGE) y1=(n(y(integrated))) y2=(n(y(integrated))) {}
                text.d x=(RIGHT_EDGE + 5.0) y=(n(y(integrated) + 4.0)) { (signed(integrated, 1)) }
            }
        };
        self.curves.push((top, bottom));
        self.add(LOUDNESS, row);
    }

    fn motion(&mut self, motion: &Curve) {
        let (top, bottom) = (self.y, self.y + MOTION);
        let y = |value: f64| bottom - MOTION * share(value, 0.0, 1.0);
        let row = html! {
            (name("motion", top + 12.0))
            @for value in ["0", "1"] {
                @let at = if value == "0" { bottom } else { top };
                line.g x1=(LEFT) x2=(RIGHT_EDGE) y1=(n(at)) y2=(n(at)) {}
                text.d.e x=(LEFT - 6.0) y=(n(at + 4.0)) { (value) }
            }
            (area("motion", &self.axis.points(motion), bottom, y))
        };
        self.curves.push((top, bottom));
        self.add(MOTION, row);
    }

    /// Stretches of one kind; nothing where there are none.
    fn lane(&mut self, kind: &str, spans: &[(f64, f64)]) {
        if spans.is_empty() {
            return;
        }
        let (top, axis) = (self.y, self.axis);
        let row = html! {
            (name(kind, top + LANE - 3.0))
            rect.lane x=(LEFT) y=(n(top)) width=(RIGHT_EDGE - LEFT) height=(LANE) {}
            @if spans.len() <= SINGLY {
                @for (start, end) in spans {
                    @if let Some(place) = axis.stretch(*start, *end, NARROWEST) {
                        (block(kind, place, top, LANE, &format!("{kind} {}", words::range(*start, *end))))
                    }
                }
            } @else {
                path class=(kind) d=(covered(spans, axis, top + LANE)) {}
            }
        };
        self.add(LANE, row);
    }

    fn shots(&mut self, analysis: &Analysis) {
        self.y += MARK;
        let (top, axis) = (self.y, self.axis);
        let shots = &analysis.shots;
        let row = html! {
            (name("shots", top + SHOTS / 2.0 + 4.0))
            @if shots.len() <= SINGLY {
                @for (place, shot) in shots.iter().enumerate() {
                    @if let Some(at) = axis.stretch(shot.start, shot.end, NARROWEST) {
                        @let length = format!("{:.1} s", shot.end - shot.start);
                        @let text = format!("shot {}: {}, {length}", place + 1, words::range(shot.start, shot.end));
                        (block(if place % 2 == 0 { "shot" } else { "shot odd" }, at, top, SHOTS, &text))
                    }
                }
            } @else {
                @for odd in [0, 1] {
                    @let spans = shots.iter().skip(odd).step_by(2).map(|shot| (shot.start, shot.end));
                    path class=(if odd == 0 { "shot" } else { "shot odd" }) d=(blocks(spans, axis, top, SHOTS)) {}
                }
            }
            @if analysis.boundaries.len() <= SINGLY { (marks(&analysis.boundaries, axis, top)) }
        };
        self.add(SHOTS + MARK, row);
    }

    /// How many boundaries there are in each stretch, where they stand too close to be told apart.
    fn changes(&mut self, boundaries: &[Boundary]) {
        let (top, bottom) = (self.y, self.y + CHANGES);
        let width = (RIGHT_EDGE - LEFT) / COLUMNS as f64;
        let mut counts = [[0u32; words::KINDS.len()]; COLUMNS];
        for boundary in boundaries.iter().filter(|boundary| boundary.middle().is_finite()) {
            let column = ((self.axis.x(boundary.middle()) - LEFT) / width) as usize;
            let kind = words::KINDS.iter().position(|kind| *kind == boundary.kind).unwrap_or_default();
            counts[column.min(COLUMNS - 1)][kind] += 1;
        }
        let most = counts.iter().map(|kinds| kinds.iter().sum::<u32>()).max().unwrap_or_default().max(1);
        let y = |count: u32| bottom - CHANGES * f64::from(count) / f64::from(most);
        let per_minute = f64::from(most) * COLUMNS as f64 * 60.0 / self.axis.length();
        let paths = words::KINDS.iter().enumerate().map(|(kind, name)| {
            let columns = counts.iter().enumerate().filter(|(_, kinds)| kinds[kind] > 0).map(|(column, kinds)| {
                let below = kinds[..kind].iter().sum::<u32>();
                let (x, from, to) = (LEFT + column as f64 * width, n(y(below)), n(y(below + kinds[kind])));
                format!("M{} {from}V{to}h{}V{from}z", n(x), n(width - 1.0))
            });
            (name, columns.collect::<String>())
        });
        let paths: Vec<_> = paths.collect();
        let row = html! {
            (name("changes", top + 12.0))
            text.d x="0" y=(n(top + 27.0)) { "a minute" }
            text.d.e x=(LEFT - 6.0) y=(n(top + 9.0)) { (format!("{per_minute:.0}")) }
            text.d.e x=(LEFT - 6.0) y=(n(bottom + 4.0)) { "0" }
            @for (kind, path) in &paths {
                @if !path.is_empty() { path class={ (words::name(kind)) " of" } d=(path) {} }
            }
        };
        self.add(CHANGES, row);
    }

    /// Where damage was met.
    fn damage(&mut self, analysis: &Analysis) {
        let span = analysis.span;
        let met: Vec<(f64, String)> = analysis
            .damage
            .findings
            .iter()
            .flat_map(|finding| finding.times.iter().map(|time| (*time, words::in_words(&finding.kind))))
            .filter(|(time, _)| (span.start..=span.end).contains(time))
            .collect();
        if met.is_empty() {
            return;
        }
        let (top, axis) = (self.y, self.axis);
        let row = html! {
            (name("damage", top + LANE - 3.0))
            rect.lane x=(LEFT) y=(n(top)) width=(RIGHT_EDGE - LEFT) height=(LANE) {}
            @for (time, what) in &met {
                @let x = axis.x(*time);
                path.damage d={ "M" (n(x - 5.0)) " " (n(top + 13.0)) "h10L" (n(x)) " " (n(top + 1.0)) "z" } {
                    title { (what) " " (clock(*time)) }
                }
            }
        };
        self.add(LANE, row);
    }

    fn finish(self, boundaries: &[Boundary], description: &str) -> Markup {
        let bottom = self.y - GAP / 2.0;
        let ticks = self.axis.ticks();
        let led = if boundaries.len() <= LED_THROUGH { boundaries } else { &[] };
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (n(bottom + BASE)) } role="img" aria-label=(description) {
                title { "Timeline" }
                desc { (description) }
                @for (x, moment) in &ticks {
                    line.g x1=(n(*x)) x2=(n(*x)) y1=(n(TOP)) y2=(n(bottom)) {}
                    text.d.m x=(n(*x)) y=(n(bottom + 16.0)) { (moment) }
                }
                @for boundary in led {
                    @for (from, to) in &self.curves {
                        @let x = n(self.axis.x(boundary.middle()));
                        line.led x1=(x) x2=(x) y1=(n(*from)) y2=(n(*to)) {}
                    }
                }
                @for row in &self.drawn { (row) }
                line.base x1=(LEFT) x2=(RIGHT_EDGE) y1=(n(bottom)) y2=(n(bottom)) {}
            }
        }
    }
}

/// A line for each cut, a sign of its kind for each gradual transition.
fn marks(boundaries: &[Boundary], axis: Axis, top: f64) -> Markup {
    html! {
        @for boundary in boundaries {
            @if let Some(d) = mark(boundary, axis, top) {
                @let class = words::name(&boundary.kind);
                path class=(class) d=(d) {
                    title { (class) " " (words::when(boundary)) ", " (percent(boundary.confidence)) " sure" }
                }
            }
        }
    }
}

fn mark(boundary: &Boundary, axis: Axis, top: f64) -> Option<String> {
    let bottom = top + SHOTS;
    if boundary.kind == BoundaryKind::Cut {
        let (x, _) = axis.stretch(boundary.start, boundary.start, 0.0)?;
        return Some(format!("M{} {}V{}", n(x), n(top - MARK), n(bottom + MARK)));
    }
    let (from, to) = axis.stretch(boundary.start, boundary.end, NARROWEST_TRANSITION)?;
    Some(sign(boundary.kind, from, to, top, bottom))
}

/// The sign of a kind in a box, which the legend shows too: one picture through the other, down and up, across.
pub(super) fn sign(kind: BoundaryKind, from: f64, to: f64, top: f64, bottom: f64) -> String {
    let (from, to, middle, top, bottom) = (n(from), n(to), n((from + to) / 2.0), n(top), n(bottom));
    match kind {
        BoundaryKind::Cut => format!("M{middle} {top}V{bottom}"),
        BoundaryKind::Dissolve => format!("M{from} {top}V{bottom}L{to} {top}V{bottom}z"),
        BoundaryKind::Fade => format!("M{from} {top}H{to}L{middle} {bottom}z"),
        BoundaryKind::Wipe => format!("M{from} {bottom}H{to}V{top}z"),
    }
}

fn name(text: &str, y: f64) -> Markup {
    html! { text x="0" y=(n(y)) { (text) } }
}

fn block(class: &str, (from, to): (f64, f64), y: f64, height: f64, text: &str) -> Markup {
    html! {
        rect class=(class) x=(n(from)) y=(n(y)) width=(n(to - from)) height=(height) { title { (text) } }
    }
}

/// Many stretches as one path.
fn blocks(spans: impl Iterator<Item = (f64, f64)>, axis: Axis, y: f64, height: f64) -> String {
    let mut path = String::new();
    let mut held: Option<(f64, f64)> = None;
    let mut put = |(from, to): (f64, f64)| {
        let width = n(to - from);
        // Writing into memory does not fail.
        let _ = write!(path, "M{} {}h{width}v{height}h-{width}z", n(from), n(y));
    };
    for (from, to) in spans.filter_map(|(start, end)| axis.stretch(start, end, NARROWEST)) {
        held = match held {
            Some((first, last)) if from - last < TOUCHING => Some((first, last.max(to))),
            before => {
                before.map(&mut put);
                Some((from, to))
            }
        };
    }
    held.map(&mut put);
    path
}

/// How much of each column is covered by stretches, as bars: the narrower the gaps, the fuller.
fn covered(spans: &[(f64, f64)], axis: Axis, bottom: f64) -> String {
    const WIDE: f64 = 2.0;
    let count = ((RIGHT_EDGE - LEFT) / WIDE) as usize;
    let mut shares = vec![0.0; count];
    for (from, to) in spans.iter().filter_map(|(start, end)| axis.stretch(*start, *end, 0.0)) {
        let (from, to) = ((from - LEFT) / WIDE, (to - LEFT) / WIDE);
        for (column, share) in shares.iter_mut().enumerate().take(to.ceil() as usize).skip(from as usize) {
            *share += (to.min(column as f64 + 1.0) - from.max(column as f64)).max(0.0);
        }
    }
    let bars = shares.iter().enumerate().filter(|(_, share)| **share > 0.0).map(|(column, share): (usize, &f64)| {
        let (x, top) = (LEFT + column as f64 * WIDE, bottom - LANE * share.min(1.0));
        format!("M{} {}V{}h{WIDE}V{}z", n(x), n(bottom), n(top), n(bottom))
    });
    bars.collect()
}

/// The means of a curve as an area down to the base, and its peaks behind it where they differ.
fn area(class: &str, points: &[Point], base: f64, y: impl Fn(f64) -> f64) -> Markup {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return html! {} };
    let closed = |of: &dyn Fn(&Point) -> f64| {
        let top = polyline(points.iter().map(|point| (point.x, y(of(point)))));
        format!("{top}L{} {}H{}z", n(last.x), n(base), n(first.x))
    };
    html! {
        @if points.iter().any(|point| point.high != point.mean) {
            path class={ (class) " high" } d=(closed(&|point| point.high)) {}
        }
        path class=(class) d=(closed(&|point| point.mean)) {}
    }
}

fn line(points: &[Point], y: impl Fn(f64) -> f64) -> String {
    polyline(points.iter().map(|point| (point.x, y(point.mean))))
}

fn polyline(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (place, (x, y)) in points.enumerate() {
        let _ = write!(path, "{}{} {}", if place == 0 { "M" } else { "L" }, n(x), n(y));
    }
    path
}

/// How far a value lies between two, 0 to 1; what is no number is 0.
fn share(value: f64, low: f64, high: f64) -> f64 {
    let share = (value - low) / (high - low);
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}

/// A coordinate, to a tenth.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// With a minus as it is printed.
pub(super) fn signed(value: f64, digits: usize) -> String {
    format!("{value:.digits$}").replace('-', "−")
}

/// `98 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
