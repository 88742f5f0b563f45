//! Charts of several series over one axis, as inline SVG: no script, nothing from outside, readable on light and dark ground.
//!
//! Sizes are the drawing's own units, which are pixels where there is room for its whole width.

use std::fmt::Write as _;

use maud::{Markup, html};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 986.0;
const TOP: f64 = 10.0;
/// Below the plot: numbers of the axis, and what they are.
const BELOW: f64 = 40.0;
/// Ticks that an axis should have, about: up and along.
const TICKS: f64 = 5.0;
const TICKS_ALONG: f64 = 12.0;
/// Colours that there are; further series begin again.
const COLOURS: usize = 8;

/// Styles of charts within an element of this class. Colours are of a middle lightness, so that they show on light and dark.
pub(crate) fn style(class: &str) -> String {
    let colours = ["#3f83f8", "#e8590c", "#12a150", "#9b5de5", "#d9900b", "#1aa3c4", "#e0447c", "#7f8b9d"];
    let mut style = RULES.replace('@', class);
    for (at, colour) in colours.iter().enumerate() {
        // Writing into memory does not fail.
        let _ = writeln!(style, ".{class} .c{at}{{--series:{colour}}}");
    }
    style
}

const RULES: &str = "\
.@ .scroll{overflow-x:auto;margin-bottom:6px}
.@ svg{display:block;width:100%;min-width:620px;height:auto;font:12px system-ui,sans-serif}
.@ text{fill:currentColor;opacity:.75;font-variant-numeric:tabular-nums}
.@ text.e{text-anchor:end}
.@ text.m{text-anchor:middle}
.@ .g{stroke:currentColor;stroke-opacity:.12}
.@ .base{stroke:currentColor;stroke-opacity:.4}
.@ .ground{fill:currentColor;fill-opacity:.17}
.@ .line{fill:none;stroke:var(--series);stroke-width:1.7;stroke-linejoin:round}
.@ .dot{fill:var(--series)}
.@ .legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:2px 0 4px;padding:0;list-style:none;font-size:12px}
.@ .legend li{display:flex;align-items:center;gap:6px;margin:0}
.@ .legend svg{width:20px;min-width:0;height:12px;flex:none}
";

/// From where to where, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// From 0 to what is needed.
    pub(crate) fn to(values: impl Iterator<Item = f64>) -> Self {
        let high = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let high = if high > 0.0 { high } else { 1.0 };
        let step = step(high, TICKS);
        Self { low: 0.0, high: (high / step).ceil() * step, logarithmic: false }
    }

    /// From a bound to another.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 }, logarithmic: false }
    }

    /// Round bounds around values, not from 0.
    pub(crate) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        let step = step(((high - low) * 1.2).max(high.abs() * 0.01), TICKS);
        Self::between((low / step).floor() * step, (high / step).ceil() * step)
    }

    /// Powers of ten around values above 0.
    pub(crate) fn decades(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values.filter(|value| *value > 0.0));
        let (low, high) = (10_f64.powf(low.log10().floor()), 10_f64.powf(high.log10().ceil()));
        Self { low, high: if high > low { high } else { low * 10.0 }, logarithmic: true }
    }

    /// How far a value lies between the bounds, 0 to 1.
    fn share(self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Values that are written at the axis.
    fn ticks(self, about: f64) -> Vec<f64> {
        if self.logarithmic {
            let decades = (self.high / self.low).log10().round() as i32;
            return (0..=decades).map(|decade| self.low * 10_f64.powi(decade)).collect();
        }
        let step = step(self.high - self.low, about);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|at| at as f64 * step).collect()
    }
}

/// The least and the greatest; 1 and 1 where there are none.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (1.0, 1.0) }
}

/// A round step: 1, 2 or 5 by a power of ten.
fn step(span: f64, ticks: f64) -> f64 {
    let rough = span / ticks;
    let power = 10_f64.powf(rough.log10().floor());
    let rest = rough / power;
    let round = if rest <= 1.0 {
        1.0
    } else if rest <= 2.0 {
        2.0
    } else if rest <= 5.0 {
        5.0
    } else {
        10.0
    };
    round * power
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From point to point.
    Line,
    /// Each value holds since the point before.
    Steps,
    /// A ground that others are compared with.
    Ground,
    /// Dots on a line.
    Dots,
}

/// One series.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which of the colours.
    pub(crate) colour: usize,
    pub(crate) kind: Kind,
    pub(crate) points: Vec<(f64, f64)>,
    /// What each point says under the pointer; may be shorter.
    pub(crate) notes: Vec<String>,
}

/// A chart.
#[derive(Debug)]
pub(crate) struct Chart {
    /// What is read out in its place.
    pub(crate) description: String,
    pub(crate) height: f64,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    /// What stands below its numbers.
    pub(crate) x_label: String,
    pub(crate) series: Vec<Series>,
}

impl Chart {
    /// The drawing alone.
    pub(crate) fn drawing(&self) -> Markup {
        let bottom = TOP + self.height;
        let x = |value: f64| LEFT + (RIGHT - LEFT) * self.x.share(value);
        let y = |value: f64| bottom - self.height * self.y.share(value);
        html! {
            div.scroll {
                svg viewBox=(format!("0 0 {WIDTH} {}", n(bottom + BELOW))) role="img" aria-label=(self.description) {
                    title { (self.description) }
                    @for tick in self.y.ticks(TICKS) {
                        line.g x1=(LEFT) x2=(RIGHT) y1=(n(y(tick))) y2=(n(y(tick))) {}
                        text.e x=(n(LEFT - 8.0)) y=(n(y(tick) + 4.0)) { (number(tick)) }
                    }
                    @for tick in self.x.ticks(TICKS_ALONG) {
                        line.g x1=(n(x(tick))) x2=(n(x(tick))) y1=(n(TOP)) y2=(n(bottom)) {}
                        text.m x=(n(x(tick))) y=(n(bottom + 16.0)) { (number(tick)) }
                    }
                    text.m x=(n((LEFT + RIGHT) / 2.0)) y=(n(bottom + 34.0)) { (self.x_label) }
                    @for series in &self.series { (drawn(series, &x, &y, bottom)) }
                    line.base x1=(LEFT) x2=(RIGHT) y1=(n(bottom)) y2=(n(bottom)) {}
                }
            }
        }
    }

    /// What each colour stands for.
    pub(crate) fn legend(&self) -> Markup {
        html! {
            ul.legend {
                @for series in &self.series {
                    li {
                        svg class=(colour(series)) viewBox="0 0 20 12" aria-hidden="true" {
                            @match series.kind {
                                Kind::Ground => { rect.ground x="1" y="1" width="18" height="10" {} }
                                Kind::Dots => { path.line d="M1 6H19" {} circle.dot cx="10" cy="6" r="3.5" {} }
                                Kind::Line | Kind::Steps => { path.line d="M1 6H19" {} }
                            }
                        }
                        (series.name)
                    }
                }
            }
        }
    }
}

fn colour(series: &Series) -> String {
    format!("c{}", series.colour % COLOURS)
}

fn drawn(series: &Series, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64, bottom: f64) -> Markup {
    let points: Vec<(f64, f64)> = series.points.iter().map(|(at, value)| (x(*at), y(*value))).collect();
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for (at, height) in &points {
        // Writing into memory does not fail.
        let _ = match (series.kind, before) {
            (_, None) => write!(path, "M{} {}", n(*at), n(*height)),
            (Kind::Steps, Some(level)) if n(level) == n(*height) => write!(path, "H{}", n(*at)),
            (Kind::Steps, Some(_)) => write!(path, "V{}H{}", n(*height), n(*at)),
            _ => write!(path, "L{} {}", n(*at), n(*height)),
        };
        before = Some(*height);
    }
    if let (Kind::Ground, Some(first), Some(last)) = (series.kind, points.first(), points.last()) {
        let _ = write!(path, "V{}H{}z", n(bottom), n(first.0.min(last.0)));
    }
    html! {
        g class=(colour(series)) {
            path class=(if series.kind == Kind::Ground { "ground" } else { "line" }) d=(path) {}
            @if series.kind == Kind::Dots {
                @for (at, (cx, cy)) in points.iter().enumerate() {
                    circle.dot cx=(n(*cx)) cy=(n(*cy)) r="4" {
                        @if let Some(note) = series.notes.get(at) { title { (note) } }
                    }
                }
            }
        }
    }
}

/// A coordinate, to a tenth.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A number at an axis: no more digits than it needs.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = (3.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.digits$}");
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    short.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers_that_hold_all_values() {
        let scale = Scale::to([3.0, 87.0].into_iter());
        assert_eq!(scale.ticks(TICKS), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let scale = Scale::decades([0.02, 7.0, 0.0].into_iter());
        let ticks: Vec<String> = scale.ticks(TICKS).into_iter().map(number).collect();
        assert_eq!(ticks, ["0.01", "0.1", "1", "10"]);
        assert_eq!((scale.share(0.001), scale.share(10.0), scale.share(1e9)), (0.0, 1.0, 1.0));
        for values in [vec![], vec![0.0], vec![f64::NAN], vec![5.0]] {
            for scale in [Scale::to(values.iter().copied()), Scale::around(values.iter().copied())] {
                assert!(scale.ticks(TICKS).len() < 20 && scale.share(1.0).is_finite(), "{values:?} {scale:?}");
            }
        }
    }
}
