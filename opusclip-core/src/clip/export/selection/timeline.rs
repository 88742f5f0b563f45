//! The drawing: topics, clips and candidates over the time of the source, higher where they score more.

use maud::{Markup, html};

use super::super::analysis::Axis;
use crate::clip::select::Selection;
use crate::time::{Span, clock};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 8.0;
/// Height of the scores, and of the row of topics below them.
const SCORES: f64 = 130.0;
const TOPICS: f64 = 22.0;
const GAP: f64 = 8.0;
/// A letter of a label is about so wide.
const LETTER: f64 = 6.6;

/// `None` for a source without length.
pub(super) fn drawing(selection: &Selection) -> Option<Markup> {
    let axis = Axis::new(Span::new(0.0, selection.duration), LEFT, WIDTH - LEFT - 6.0)?;
    let foot = TOP + SCORES;
    let topics = foot + GAP;
    let below = if selection.topics.len() > 1 { topics + TOPICS } else { foot };
    let height = below + 22.0;
    let y = |score: f64| foot - SCORES * score.clamp(0.0, 1.0);
    Some(html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label="Clips and candidates over time" {
            @for score in [0.0, 0.25, 0.5, 0.75, 1.0] {
                line.g x1=(LEFT) x2=(WIDTH - 6.0) y1=(px(y(score))) y2=(px(y(score))) {}
                text.d.e x=(LEFT - 6.0) y=(px(y(score) + 4.0)) { (format!("{score:.2}")) }
            }
            @for (x, name) in axis.ticks() {
                line.g x1=(px(x)) x2=(px(x)) y1=(TOP) y2=(px(below)) {}
                text.d.m x=(px(x)) y=(px(below + 16.0)) { (name) }
            }
            @for near in &selection.nearly {
                (bar(axis, near.start, near.end, y(near.score), foot, "near", None, &near.text))
            }
            @for (at, clip) in selection.clips.iter().enumerate() {
                @for range in &clip.ranges {
                    (bar(axis, range.start, range.end, y(clip.score), foot, "clip", Some(at + 1), &clip.text))
                }
            }
            @if selection.topics.len() > 1 {
                @for (at, topic) in selection.topics.iter().enumerate() {
                    (topic_box(axis, (topic.start, topic.end), topics, at, &topic.keywords))
                }
            }
        }
    })
}

#[allow(clippy::too_many_arguments, reason = "a rectangle and what is written on it")]
fn bar(axis: Axis, start: f64, end: f64, top: f64, foot: f64, kind: &str, number: Option<usize>, text: &str) -> Markup {
    let Some((from, to)) = axis.stretch(start, end, 3.0) else { return html! {} };
    let what = format!("{} to {}: {}", clock(start), clock(end), shortened(text, 160));
    html! {
        rect class=(kind) x=(px(from)) width=(px(to - from)) y=(px(top)) height=(px(foot - top)) rx="2" {
            title { (what) }
        }
        @if let Some(number) = number {
            text.n x=(px((from + to) / 2.0)) y=(px(top + 16.0)) { (number) }
        }
    }
}

fn topic_box(axis: Axis, (start, end): (f64, f64), top: f64, at: usize, keywords: &[String]) -> Markup {
    let Some((from, to)) = axis.stretch(start, end, 2.0) else { return html! {} };
    let letters = ((to - from - 8.0) / LETTER).max(0.0) as usize;
    let mut label = String::new();
    for keyword in keywords {
        let longer = if label.is_empty() { keyword.clone() } else { format!("{label}, {keyword}") };
        if longer.chars().count() > letters {
            break;
        }
        label = longer;
    }
    let what = format!("{} to {}: {}", clock(start), clock(end), keywords.join(", "));
    html! {
        rect class=(if at.is_multiple_of(2) { "topic" } else { "topic odd" }) x=(px(from)) width=(px(to - from)) y=(px(top))
            height=(TOPICS) { title { (what) } }
        @if !label.is_empty() { text x=(px(from + 4.0)) y=(px(top + 15.0)) { (label) } }
    }
}

/// A length of the drawing, short.
fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// The beginning of a text, whole words of it.
pub(super) fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let cut: String = text.chars().take(letters).collect();
    let whole = cut.rfind(char::is_whitespace).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{whole} …")
}
