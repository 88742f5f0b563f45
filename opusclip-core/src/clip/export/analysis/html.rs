//! The page around the timeline: title, figures, damage, legend, table of shots.

use maud::{Markup, PreEscaped, html};

use super::timeline::{drawing, percent, sign, signed};
use super::words;
use crate::clip::analysis::{Analysis, BoundaryKind, FoundBy};
use crate::page::page as shell;
use crate::time::{Span, clock};

/// Rows of the table of shots, at most; so many can still be read, and the page stays small.
const MOST_ROWS: usize = 500;

/// Styles of the page alone.
const PAGE: &str = "\
:root{color-scheme:light dark}
body{margin:0;background:#fff;color:#1d2127}
main{max-width:1040px;margin:0 auto;padding:24px 20px 48px}
@media (prefers-color-scheme:dark){body{background:#14171b;color:#e3e6ea}}
@media print{main{max-width:none;padding:0}}";

/// Styles of everything else. Colours are of a middle lightness or half transparent, so that they show on light and
/// dark ground: a notebook does not say which it has.
const STYLE: &str = "\
.opusclip-analysis{font:14px/1.5 system-ui,sans-serif;color:inherit;text-align:left}
.opusclip-analysis h1{font-size:20px;line-height:1.3;margin:0 0 2px;overflow-wrap:anywhere}
.opusclip-analysis h2{font-size:15px;margin:22px 0 6px}
.opusclip-analysis p{margin:0 0 12px}
.opusclip-analysis .dim{opacity:.75}
.opusclip-analysis .scroll{overflow-x:auto}
.opusclip-analysis .rows{max-height:440px;overflow:auto;scrollbar-width:thin}
.opusclip-analysis .chart{display:block;min-width:680px}
.opusclip-analysis svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
.opusclip-analysis text{fill:currentColor}
.opusclip-analysis text.d{opacity:.7;font-variant-numeric:tabular-nums}
.opusclip-analysis text.e{text-anchor:end}
.opusclip-analysis text.m{text-anchor:middle}
.opusclip-analysis .g{stroke:currentColor;stroke-opacity:.12}
.opusclip-analysis .base{stroke:currentColor;stroke-opacity:.4}
.opusclip-analysis .led{stroke:currentColor;stroke-opacity:.22;stroke-dasharray:2 3}
.opusclip-analysis .lane{fill:currentColor;fill-opacity:.06}
.opusclip-analysis .momentary{fill:#3f83f8;fill-opacity:.45}
.opusclip-analysis .momentary.high,.opusclip-analysis .motion.high{fill-opacity:.22}
.opusclip-analysis .short{fill:none;stroke:#e8590c;stroke-width:1.6;stroke-linejoin:round}
.opusclip-analysis .whole{stroke:currentColor;stroke-opacity:.65;stroke-dasharray:6 4}
.opusclip-analysis .speech{fill:#12a150}
.opusclip-analysis .music{fill:#9b5de5}
.opusclip-analysis .silence{fill:#8a919c}
.opusclip-analysis .black{fill:#5d6675}
.opusclip-analysis .frozen{fill:#1aa3c4}
.opusclip-analysis .bars{fill:#b0873d}
.opusclip-analysis .shot{fill:#7f8b9d;fill-opacity:.3}
.opusclip-analysis .shot.odd{fill-opacity:.52}
.opusclip-analysis .motion{fill:#12a19a;fill-opacity:.5}
.opusclip-analysis .damage{fill:#e02d3c}
.opusclip-analysis .cut{fill:none;stroke:currentColor;stroke-width:1.4}
.opusclip-analysis .dissolve{fill:#9b5de5;stroke:#9b5de5}
.opusclip-analysis .fade{fill:#d9900b;stroke:#d9900b}
.opusclip-analysis .wipe{fill:#e0447c;stroke:#e0447c}
.opusclip-analysis path.of{stroke:none}
.opusclip-analysis .cut.of{fill:currentColor;fill-opacity:.55}
.opusclip-analysis .legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:6px 0 0;padding:0;list-style:none;font-size:12px}
.opusclip-analysis .legend li{display:flex;align-items:center;gap:6px;margin:0}
.opusclip-analysis .legend svg{width:20px;height:14px;flex:none}
.opusclip-analysis dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:0}
.opusclip-analysis dt{opacity:.75;margin:0;font-weight:400}
.opusclip-analysis dd{margin:0;overflow-wrap:anywhere}
.opusclip-analysis table{border-collapse:collapse;font-size:inherit;font-variant-numeric:tabular-nums;background:none}
.opusclip-analysis th,.opusclip-analysis td{padding:3px 18px 3px 0;text-align:right;white-space:nowrap;background:none;\
border:0;border-bottom:1px solid rgba(128,128,128,.25)}
.opusclip-analysis th{opacity:.75;font-weight:400}
.opusclip-analysis .w{text-align:left}
.opusclip-analysis ul{margin:4px 0;padding-left:18px}";

pub(super) fn page(analysis: &Analysis, title: &str) -> String {
    let shown = if title.is_empty() { "Analysis" } else { title };
    shell(shown, &[PAGE, "\n", STYLE].concat(), "opusclip-analysis", &content(analysis, shown))
}

pub(super) fn fragment(analysis: &Analysis, title: &str) -> String {
    let fragment = html! {
        style { (PreEscaped(STYLE)) }
        div.opusclip-analysis { (content(analysis, title)) }
    };
    fragment.into_string()
}

fn content(analysis: &Analysis, title: &str) -> Markup {
    let summary = summary(analysis);
    html! {
        @if !title.is_empty() { h1 { (title) } }
        p.dim { (summary) }
        @if let Some(drawing) = drawing(analysis, &summary) {
            div.scroll { div.chart { (drawing) } }
            @if analysis.loudness.is_some() || !analysis.boundaries.is_empty() { (legend(analysis)) }
        }
        h2 { "Figures" }
        dl {
            @for (name, value) in figures(analysis) { dt { (name) } dd { (value) } }
        }
        (damage(analysis))
        (shots(analysis))
    }
}

/// What is in it, in a sentence or two.
fn summary(analysis: &Analysis) -> String {
    let mut parts = vec![clock(analysis.span.duration())];
    if !analysis.shots.is_empty() {
        parts.push(words::count(analysis.shots.len(), "shot"));
    }
    let kinds = words::kinds(&analysis.boundaries);
    parts.extend(Some(kinds).filter(|kinds| !kinds.is_empty()));
    match &analysis.loudness {
        Some(loudness) => {
            parts.extend(loudness.integrated.map(|value| format!("{} LUFS", signed(value, 1))));
            parts.push(format!("speech {}", share(&analysis.speech, analysis.span)));
        }
        None => parts.push("no sound".to_owned()),
    }
    let level = words::name(&analysis.level);
    format!("{}; level {level}.", parts.join(", "))
}

fn share(spans: &[Span], of: Span) -> String {
    let total: f64 = spans.iter().map(|span| span.duration()).sum();
    percent(if of.duration() > 0.0 { total / of.duration() } else { 0.0 })
}

fn figures(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let mut rows = vec![("length", clock(analysis.duration))];
    if analysis.span != Span::new(0.0, analysis.duration) {
        rows.push(("analysed", words::range(analysis.span.start, analysis.span.end)));
    }
    if let Some(loudness) = &analysis.loudness {
        let integrated = loudness.integrated.map_or("silence".to_owned(), |v| format!("{} LUFS", signed(v, 1)));
        let peak = loudness.true_peak.map_or(String::new(), |v| format!(", true peak {} dBTP", signed(v, 1)));
        rows.push(("loudness", format!("{integrated}, range {:.1} LU{peak}", loudness.range)));
        let pauses = words::count(analysis.pauses.len(), "pause");
        let spoken = share(&analysis.speech, analysis.span);
        rows.push(("speech", format!("{}, {spoken}, {pauses}", words::stretches(&analysis.speech))));
    }
    if !analysis.shots.is_empty() {
        let mean = analysis.shots.iter().map(|shot| shot.end - shot.start).sum::<f64>() / analysis.shots.len() as f64;
        rows.push(("shots", format!("{}, {mean:.1} s on average", analysis.shots.len())));
        let kinds = words::kinds(&analysis.boundaries);
        rows.push(("boundaries", if kinds.is_empty() { "none".to_owned() } else { kinds }));
    }
    for (name, spans) in [
        ("music", &analysis.music),
        ("silence", &analysis.silence),
        ("black", &analysis.black),
        ("frozen", &analysis.frozen),
    ] {
        if !spans.is_empty() {
            rows.push((name, words::stretches(spans)));
        }
    }
    for border in &analysis.borders {
        rows.push(("bars", format!("{}: {}", words::range(border.start, border.end), words::bars(border))));
    }
    let damage = &analysis.damage;
    let errors = words::count(usize::try_from(damage.errors).unwrap_or(usize::MAX), "error");
    let cut_off = if damage.truncated { ", ends before its header says" } else { "" };
    rows.push(("packets", format!("{}, {errors}{cut_off}", damage.packets)));
    rows
}

fn damage(analysis: &Analysis) -> Markup {
    let damage = &analysis.damage;
    html! {
        @if !damage.findings.is_empty() || !damage.notes.is_empty() {
            h2 { "Not as it should be" }
        }
        @if !damage.findings.is_empty() {
            div.scroll { table {
                thead { tr { th.w scope="col" { "what" } th scope="col" { "times" } th.w scope="col" { "first at" } } }
                tbody {
                    @for finding in &damage.findings {
                        tr {
                            td.w { (words::in_words(&finding.kind)) }
                            td { (finding.count) }
                            td.w { (first_times(&finding.times)) }
                        }
                    }
                }
            } }
        }
        @if !damage.notes.is_empty() {
            ul { @for note in &damage.notes { li { (note) } } }
        }
    }
}

/// The first few moments; the rest is in the data.
fn first_times(times: &[f64]) -> String {
    const SHOWN: usize = 8;
    let shown = times.iter().take(SHOWN).map(|time| clock(*time)).collect::<Vec<_>>().join(", ");
    if times.len() > SHOWN { format!("{shown} …") } else { shown }
}

fn legend(analysis: &Analysis) -> Markup {
    let curve = |class: &str, text: &str| {
        html! { li { svg viewBox="0 0 20 14" aria-hidden="true" { path class=(class) d="M0 7H20" {} } (text) } }
    };
    let patch = |class: &str, text: &str| {
        html! { li { svg viewBox="0 0 20 14" aria-hidden="true" { path class=(class) d="M0 2H20V12H0z" {} } (text) } }
    };
    html! {
        ul.legend {
            @if let Some(loudness) = &analysis.loudness {
                (patch("momentary", "momentary loudness"))
                (curve("short", "short-term loudness"))
                @if loudness.integrated.is_some() { (curve("whole", "integrated loudness")) }
            }
            @for kind in words::KINDS {
                @let found = analysis.boundaries.iter().filter(|boundary| boundary.kind == kind).count();
                @if found > 0 { (kind_of_boundary(kind, found)) }
            }
        }
    }
}

fn kind_of_boundary(kind: BoundaryKind, found: usize) -> Markup {
    let name = words::name(&kind);
    html! {
        li {
            svg viewBox="0 0 20 14" aria-hidden="true" { path class=(name) d=(sign(kind, 4.0, 16.0, 1.0, 13.0)) {} }
            (name) " (" (found) ")"
        }
    }
}

fn shots(analysis: &Analysis) -> Markup {
    let shots = &analysis.shots;
    let shown = shots.len().min(MOST_ROWS);
    html! {
        @if !shots.is_empty() {
            h2 { "Shots" }
            @if shown < shots.len() {
                p.dim { "The first " (shown) " of " (shots.len()) "; the CSV table has all of them." }
            }
            div.rows tabindex="0" role="region" aria-label="Table of shots" {
                table {
                    thead { tr {
                        @for title in ["shot", "start", "end", "length"] { th scope="col" { (title) } }
                        @for title in ["begins with", "told by"] { th.w scope="col" { (title) } }
                        th scope="col" { "sure" }
                    } }
                    tbody {
                        @for (place, shot) in shots.iter().take(shown).enumerate() { (row(analysis, place, shot.start, shot.end)) }
                    }
                }
            }
        }
    }
}

fn row(analysis: &Analysis, place: usize, start: f64, end: f64) -> Markup {
    let boundary = words::beginning(analysis, place);
    html! {
        tr {
            td { (place + 1) }
            td { (words::exact(start)) }
            td { (words::exact(end)) }
            td { (format!("{:.2} s", end - start)) }
            @if let Some(boundary) = boundary {
                td.w {
                    (words::name(&boundary.kind))
                    @if boundary.end > boundary.start { " " (words::when(boundary)) }
                }
                td.w { @if boundary.found_by == FoundBy::Frames { "frames" } @else { "keyframes" } }
                td { (percent(boundary.confidence)) }
            } @else {
                td.w { "start" } td {} td {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::full;
    use super::*;

    #[test]
    fn texts_are_escaped_and_nothing_is_loaded() {
        let mut analysis = full(60.0, 5.0);
        analysis.damage.notes = vec!["a <b> & \"c\"".to_owned()];
        let page = analysis.to_html("<script>alert(1)</script>");
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
        assert!(page.contains("a &lt;b&gt; &amp; &quot;c&quot;"));
        for loading in ["http", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(loading), "{loading}");
        }
    }

    #[test]
    fn two_hours_of_many_shots_stay_small() {
        let page = full(7200.0, 2.0).to_html("two hours");
        assert!(page.len() < 300_000, "{} bytes", page.len());
        assert!(page.contains("The first 500 of 3600"));
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let page = Analysis::of_nothing(5.0).to_html("still");
        assert!(page.contains("no sound") && !page.contains("LUFS") && !page.contains(">speech<"));
        let mut empty = Analysis::of_nothing(0.0);
        empty.shots.clear();
        assert!(!empty.to_html("").contains("viewBox"));
    }

    #[test]
    fn a_fragment_is_a_part_of_a_page() {
        let fragment = full(10.0, 2.0).to_html_fragment("");
        assert!(fragment.starts_with("<style>") && fragment.ends_with("</div>"));
        assert!(!fragment.contains("<h1") && !fragment.contains("<body"));
    }

    #[test]
    fn numbers_that_are_none_do_no_harm() {
        let mut analysis = full(60.0, 5.0);
        if let Some(loudness) = &mut analysis.loudness {
            loudness.momentary.values[3] = f32::NAN;
            loudness.short_term.step = 0.0;
            loudness.integrated = Some(f64::NAN);
        }
        analysis.boundaries[0].start = f64::NAN;
        analysis.speech[0].end = f64::INFINITY;
        let page = analysis.to_html("");
        let drawn = &page[page.find("<svg").unwrap()..page.rfind("</svg>").unwrap()];
        assert!(!drawn.contains(" d=\"MNaN") && !drawn.contains("x=\"NaN"), "{drawn}");
    }
}
