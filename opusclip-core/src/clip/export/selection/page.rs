//! The page around the timeline.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::SelectionPage;
use super::timeline::{drawing, shortened};
use crate::clip::select::{ClipPlan, Feature, Near, Selection};
use crate::time::{Span, clock};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:rgba(128,128,128,.3)}
body{margin:0;background:#fff;color:#1d2127;font:14px/1.5 system-ui,sans-serif}
@media (prefers-color-scheme:dark){body{background:#14171b;color:#e3e6ea}}
main{max-width:1040px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:20px;line-height:1.3;margin:0 0 2px;overflow-wrap:anywhere}
h2{font-size:16px;margin:28px 0 8px}
h3{font-size:15px;line-height:1.35;margin:0}
p{margin:0 0 8px}
.dim{opacity:.72}
.scroll{overflow-x:auto}
svg{display:block;width:100%;min-width:680px;height:auto;font:11.5px system-ui,sans-serif}
text{fill:currentColor}
text.d{opacity:.65;font-variant-numeric:tabular-nums}
text.e{text-anchor:end}
text.m,text.n{text-anchor:middle}
text.n{font-weight:700;fill:#fff}
.g{stroke:currentColor;stroke-opacity:.12}
.clip{fill:#2f6fed}
.near{fill:currentColor;fill-opacity:.1;stroke:currentColor;stroke-opacity:.3}
.topic{fill:#12a19a;fill-opacity:.22}
.topic.odd{fill:#d9900b;fill-opacity:.2}
article{display:grid;grid-template-columns:minmax(220px,320px) 1fr;gap:6px 20px;padding:16px 0;\
border-top:1px solid var(--line)}
article .media{grid-row:span 3}
article video,article img{display:block;width:100%;max-height:420px;border-radius:6px;background:rgba(128,128,128,.15);\
object-fit:contain}
.head{display:flex;gap:12px;align-items:baseline;flex-wrap:wrap;font-variant-numeric:tabular-nums}
.head b{font-size:18px}
.bars{display:grid;grid-template-columns:max-content minmax(60px,1fr) max-content;gap:1px 10px;align-items:center;\
font-size:12px;max-width:460px}
.track{height:7px;border-radius:4px;background:rgba(128,128,128,.22);overflow:hidden}
.track i{display:block;height:100%;background:#2f6fed}
.num{text-align:right;opacity:.72;font-variant-numeric:tabular-nums}
details{margin:6px 0}
summary{cursor:pointer}
.tags{opacity:.85}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-top:1px solid var(--line)}
th{font-weight:400;opacity:.72;border:0}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
td img,td video{display:block;height:64px;max-width:120px;border-radius:4px;background:rgba(128,128,128,.15)}
ul{margin:4px 0;padding-left:18px}
@media (max-width:640px){article{grid-template-columns:1fr}}";

pub(super) fn page(selection: &Selection, page: &SelectionPage<'_>, stills: &[Option<Vec<u8>>]) -> String {
    let title = if page.title.is_empty() { "Clips" } else { page.title };
    let still = |at: usize| stills.get(at).and_then(Option::as_deref);
    let content = html! {
        h1 { (title) }
        p.dim { (summary(selection)) }
        @if let Some(drawing) = drawing(selection) { div.scroll { (drawing) } }
        @for (at, plan) in selection.clips.iter().enumerate() {
            (clip(at, plan, selection, page, still(at)))
        }
        @if !selection.nearly.is_empty() {
            h2 { "Nearly chosen" }
            table {
                tr { th { "" } th { "when" } th { "score" } th { "why not" } th { "what is said" } }
                @for (at, near) in selection.nearly.iter().enumerate() {
                    (nearly(near, page, still(selection.clips.len() + at)))
                }
            }
        }
        @if selection.topics.len() > 1 {
            h2 { "Topics" }
            table {
                @for topic in &selection.topics {
                    tr { td.t { (clock(topic.start)) " – " (clock(topic.end)) } td { (topic.keywords.join(", ")) } }
                }
            }
        }
        @if !selection.notes.is_empty() {
            h2 { "Notes" }
            ul { @for note in &selection.notes { li { (note) } } }
        }
    };
    crate::page::page(title, STYLE, "clips", &content)
}

fn summary(selection: &Selection) -> String {
    let clips = match selection.clips.len() {
        0 => "no clip".to_owned(),
        1 => "1 clip".to_owned(),
        count => format!("{count} clips"),
    };
    let language = selection.language.as_ref().map_or(String::new(), |code| format!(" · language {code}"));
    format!("{clips} of {} candidates · {}{language}", selection.candidates, clock(selection.duration))
}

fn clip(at: usize, plan: &ClipPlan, selection: &Selection, page: &SelectionPage<'_>, still: Option<&[u8]>) -> Markup {
    let span = Span::new(plan.ranges.first().map_or(0.0, |r| r.start), plan.ranges.last().map_or(0.0, |r| r.end));
    let lasts: f64 = plan.ranges.iter().map(|range| range.duration()).sum();
    let rendered = page.clips.get(at).map(String::as_str);
    let topic = plan.topic.and_then(|topic| selection.topics.get(topic)).filter(|_| selection.topics.len() > 1);
    html! {
        article {
            div.media { (player(rendered, page.media, span, still, &plan.text)) }
            div {
                div.head {
                    b { (at + 1) }
                    span { (clock(span.start)) " – " (clock(span.end)) }
                    span.dim { (format!("{lasts:.1} s")) }
                    span { "score " (format!("{:.2}", plan.score)) }
                }
                @if !plan.post.title.is_empty() { h3 { (plan.post.title) } }
                p { (plan.reason) }
                @if let Some(topic) = topic { p.dim { "Topic: " (topic.keywords.join(", ")) } }
                @if !plan.post.hashtags.is_empty() { p.tags { (plan.post.hashtags.join(" ")) } }
            }
            (bars(&plan.features))
            div {
                @if !plan.text.is_empty() { details { summary { "What is said" } p { (plan.text) } } }
                @if !plan.nearly.is_empty() {
                    details {
                        summary { "Instead of" }
                        ul {
                            @for near in &plan.nearly {
                                li { (clock(near.start)) " – " (clock(near.end)) ": " (near.reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn bars(features: &[Feature]) -> Markup {
    html! {
        div.bars {
            @for Feature { name, value, weight } in features {
                span { (name) }
                div.track { i style=(format!("width:{:.0}%", value.clamp(0.0, 1.0) * 100.0)) {} }
                span.num { (format!("{value:.2} × {weight:.2}")) }
            }
        }
    }
}

fn nearly(near: &Near, page: &SelectionPage<'_>, still: Option<&[u8]>) -> Markup {
    html! {
        tr {
            td { (player(None, page.media, Span::new(near.start, near.end), still, &near.text)) }
            td.t { (clock(near.start)) " – " (clock(near.end)) }
            td.t { (format!("{:.2}", near.score)) }
            td { (near.reason) }
            td { (shortened(&near.text, 180)) }
        }
    }
}

/// A player of the moment where there is something to play, else its picture.
fn player(rendered: Option<&str>, media: Option<&str>, span: Span, still: Option<&[u8]>, text: &str) -> Markup {
    // A media fragment plays one stretch of a source: https://www.w3.org/TR/media-frags/#naming-time
    let moment = media.map(|media| format!("{media}#t={:.3},{:.3}", span.start, span.end));
    let poster = still.map(|jpeg| format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)));
    html! {
        @if let Some(source) = rendered.map(str::to_owned).or(moment) {
            video controls preload="none" poster=[poster] src=(source) {}
        } @else if let Some(poster) = poster {
            img src=(poster) alt=(shortened(text, 120));
        }
    }
}
