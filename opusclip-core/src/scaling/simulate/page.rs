//! A comparison as a page: the table, load and capacity, instances and violations over time, costs by violations.

use maud::{Markup, PreEscaped, html};

use super::compare::{ComparisonRow, ScalingComparison, ScalingRun};
use super::course::ScalingCourse;
use crate::chart::{Chart, Kind, Scale, Series, style};
use crate::page::page;

const CLASS: &str = "opusclip-scaling";
/// Runs that are drawn over time, at most: more cannot be told apart.
const MOST_DRAWN: usize = 6;
/// Violations below this are drawn as this: a logarithm needs an end. In percent.
const NONE: f64 = 1e-4;
/// Policies that cost more than so many times the least at every target are not among the costs that are drawn.
const MOST_TIMES: f64 = 2.0;

const PAGE: &str = "\
:root{color-scheme:light dark}
body{margin:0;background:#fff;color:#1d2127}
main{max-width:1120px;margin:0 auto;padding:24px 20px 48px}
@media (prefers-color-scheme:dark){body{background:#14171b;color:#e3e6ea}}
@media print{main{max-width:none;padding:0}}
";

const STYLE: &str = "\
.opusclip-scaling{font:14px/1.5 system-ui,sans-serif;color:inherit;text-align:left}
.opusclip-scaling h1{font-size:20px;line-height:1.3;margin:0 0 2px;overflow-wrap:anywhere}
.opusclip-scaling h2{font-size:15px;margin:24px 0 2px}
.opusclip-scaling h3{font-size:13px;font-weight:600;margin:8px 0 0}
.opusclip-scaling p{margin:0 0 10px}
.opusclip-scaling .dim{opacity:.75}
.opusclip-scaling table{border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums;background:none}
.opusclip-scaling th,.opusclip-scaling td{padding:4px 0 4px 12px;text-align:right;white-space:nowrap;background:none;\
border:0;border-bottom:1px solid rgba(128,128,128,.25)}
.opusclip-scaling th{opacity:.75;font-weight:400}
.opusclip-scaling .m{text-align:center}
.opusclip-scaling .w{text-align:left;padding-left:0;padding-right:8px}
";

impl ScalingComparison {
    /// A page that loads nothing and runs no script. Courses are drawn where the runs have kept theirs
    /// ([`ComparisonOptions::points`](super::ComparisonOptions::points)), costs by violations where there are several
    /// targets.
    pub fn to_html(&self, title: &str) -> String {
        let shown = if title.is_empty() { "Scaling, simulated" } else { title };
        page(shown, &[PAGE, STYLE, &style(CLASS)].concat(), CLASS, &self.content(shown))
    }

    /// The same as a part of a page, as notebooks show it.
    pub fn to_html_fragment(&self, title: &str) -> String {
        let fragment = html! {
            style { (PreEscaped(STYLE)) (PreEscaped(style(CLASS))) }
            div class=(CLASS) { (self.content(title)) }
        };
        fragment.into_string()
    }

    fn content(&self, title: &str) -> Markup {
        let drawn = self.drawn();
        html! {
            @if !title.is_empty() { h1 { (title) } }
            p.dim { (self.summary()) }
            (self.table())
            (self.square())
            @if let Some(first) = drawn.first() {
                (self.over_time(&drawn, &first.1.times))
            }
            (self.fronts())
        }
    }

    fn summary(&self) -> String {
        let seeds = self.rows().first().map_or(0, |row| self.runs_of(row).count());
        let runs = if seeds == 1 { "one run each".to_owned() } else { format!("the median of {seeds} runs each") };
        format!(
            "{:.2} days of {:.1} requests/s on average, {:.1} at most; an instance does {} requests/s; {} ms are the \
             objective; costs in {}; {runs}.",
            self.duration / 86_400.0,
            self.mean_rate,
            self.peak_rate,
            self.plant.capacity,
            self.plant.objective,
            self.plant.price.currency,
        )
    }

    fn table(&self) -> Markup {
        let (figures, rows) = (self.figures(), self.rows());
        let balanced = rows.iter().any(|row| row.balancer.is_some());
        html! {
            div.scroll {
                table {
                    tr {
                        th.w { "policy" }
                        @if balanced { th.w { "requests go by" } }
                        th { "target" }
                        @for figure in &figures { th { (figure.title) } }
                    }
                    @for row in &rows {
                        tr {
                            td.w { (row.policy) }
                            @if balanced { td.w { (row.balancer.unwrap_or_default()) } }
                            td { @if let Some(target) = row.target { (target) } }
                            @for figure in &figures {
                                td { (told(self.middle(row, figure.of), figure.digits)) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Scalers by balancers, at the first target.
    fn square(&self) -> Markup {
        let rows = self.rows();
        let target = |policy: &str| rows.iter().find(|row| row.policy == policy).and_then(|row| row.target);
        let mut policies: Vec<&str> = rows.iter().map(|row| row.policy).collect();
        policies.dedup();
        let mut balancers: Vec<&str> = Vec::new();
        for name in rows.iter().filter_map(|row| row.balancer) {
            if !balancers.contains(&name) {
                balancers.push(name);
            }
        }
        if balancers.len() < 2 || policies.len() < 2 {
            return html! {};
        }
        let parts = ["violations %", "burst %", "p99 ms", "cost"];
        let figures = self.figures();
        let parts: Vec<_> = figures.iter().filter(|figure| parts.contains(&figure.title)).collect();
        html! {
            h2 { "Scalers by balancers" }
            p.dim { "burst: requests over the objective while new instances are young, the mean of all such times." }
            div.scroll {
                table {
                    tr {
                        th.w {}
                        @for balancer in &balancers { th.m colspan=(parts.len()) { (balancer) } }
                    }
                    tr {
                        th.w {}
                        @for _ in &balancers {
                            @for figure in &parts { th { (figure.title) } }
                        }
                    }
                    @for policy in &policies {
                        tr {
                            td.w { (policy) }
                            @for balancer in &balancers {
                                @let row = ComparisonRow { policy, balancer: Some(balancer), target: target(policy) };
                                @for figure in &parts { td { (told(self.middle(&row, figure.of), figure.digits)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The runs that are drawn over time: of each policy and balancer the middle target and the first seed.
    fn drawn(&self) -> Vec<(&ScalingRun, &ScalingCourse)> {
        let mut kinds: Vec<(&str, Option<&str>)> = Vec::new();
        for row in self.rows() {
            if !kinds.contains(&(row.policy, row.balancer)) {
                kinds.push((row.policy, row.balancer));
            }
        }
        let middle = |(policy, balancer): (&str, Option<&str>)| {
            let rows: Vec<_> =
                self.rows().into_iter().filter(|row| (row.policy, row.balancer) == (policy, balancer)).collect();
            let run = self.runs_of(rows.get(rows.len() / 2)?).next()?;
            run.course.as_ref().map(|course| (run, course))
        };
        kinds.into_iter().filter_map(middle).collect()
    }

    fn over_time(&self, all: &[(&ScalingRun, &ScalingCourse)], times: &[f64]) -> Markup {
        let drawn = all.get(..MOST_DRAWN).unwrap_or(all);
        let start = times.first().copied().unwrap_or(0.0);
        let seconds = times.last().copied().unwrap_or(0.0) - start;
        let (unit, label) = if seconds > 3.0 * 86_400.0 {
            (86_400.0, "days from the beginning")
        } else if seconds > 2.0 * 3600.0 {
            (3600.0, "hours from the beginning")
        } else {
            (60.0, "minutes from the beginning")
        };
        let over = |values: &[f64]| -> Vec<(f64, f64)> {
            times.iter().map(|time| (time - start) / unit).zip(values.iter().copied()).collect()
        };
        let series = |colour: usize, name: String, kind: Kind, points: Vec<(f64, f64)>| Series {
            name,
            colour,
            kind,
            points,
            notes: Vec::new(),
        };
        let chart = |description: String, height: f64, y: Scale, series: Vec<Series>| Chart {
            description,
            height,
            x: Scale::between(0.0, seconds / unit),
            y,
            x_label: label.to_owned(),
            series,
        };
        let able = |course: &ScalingCourse| -> Vec<f64> {
            course.ready.iter().map(|ready| ready * self.plant.capacity).collect()
        };
        let most = drawn.iter().flat_map(|(_, course)| able(course).into_iter().chain(course.rates.clone()));
        let rates = Scale::to(most);
        let capacity = drawn.iter().enumerate().map(|(at, (run, course))| {
            let load = series(7, "load".to_owned(), Kind::Ground, over(&course.rates));
            let able = series(at, "capacity of the instances that work".to_owned(), Kind::Steps, over(&able(course)));
            (named(run), chart(format!("Load and capacity of {}", named(run)), 110.0, rates, vec![load, able]))
        });
        let capacity: Vec<_> = capacity.collect();
        let lines = |values: fn(&ScalingCourse) -> Vec<f64>, kind: Kind| -> Vec<Series> {
            let line = |(at, (run, course)): (usize, &(&ScalingRun, &ScalingCourse))| {
                series(at, named(run), kind, over(&values(course)))
            };
            drawn.iter().enumerate().map(line).collect()
        };
        let scale = |lines: &[Series]| Scale::to(lines.iter().flat_map(|line| &line.points).map(|point| point.1));
        let counts = lines(|course| course.instances.clone(), Kind::Steps);
        let counts = chart("Instances over time".to_owned(), 200.0, scale(&counts), counts);
        let bad = lines(|course| course.violations.iter().map(|share| share * 100.0).collect(), Kind::Line);
        let bad = chart("Violations over time".to_owned(), 160.0, scale(&bad), bad);
        html! {
            h2 { "Load and capacity, requests/s" }
            @if let Some((_, first)) = capacity.first() { (first.legend()) }
            @for (name, chart) in &capacity { h3 { (name) } (chart.drawing()) }
            @if all.len() > drawn.len() { p.dim { "and " (all.len() - drawn.len()) " more in the table" } }
            h2 { "Instances, those that are starting among them" }
            (counts.legend()) (counts.drawing())
            h2 { "Requests over the objective or given up, %" }
            (bad.legend()) (bad.drawing())
        }
    }

    /// Costs by violations, a line for each policy, where there are several targets.
    fn fronts(&self) -> Markup {
        let rows = self.rows();
        let mut lines: Vec<Series> = Vec::new();
        for row in rows.iter().filter(|row| row.target.is_some()) {
            let name = kind_of(row);
            let violations = (self.middle(row, |run| run.result.violations) * 100.0).max(NONE);
            let cost = self.middle(row, |run| run.result.cost_micros as f64 / 1e6);
            let target = row.target.map(|target| format!("target {target}: ")).unwrap_or_default();
            let note = format!("{name}, {target}{violations:.4} %, {cost:.2}");
            match lines.iter_mut().find(|line| line.name == name) {
                Some(line) => {
                    line.points.push((violations, cost));
                    line.notes.push(note);
                }
                None => lines.push(Series {
                    colour: lines.len(),
                    name,
                    kind: Kind::Dots,
                    points: vec![(violations, cost)],
                    notes: vec![note],
                }),
            }
        }
        if lines.iter().all(|line| line.points.len() < 2) {
            return html! {};
        }
        // The others could not be told apart beside a fleet for the peak.
        let least = lines.iter().flat_map(|line| &line.points).map(|point| point.1).fold(f64::INFINITY, f64::min);
        let all = lines.len();
        lines.retain(|line| line.points.iter().any(|point| point.1 <= MOST_TIMES * least));
        let left_out = lines.len() < all;
        let values =
            |of: fn(&(f64, f64)) -> f64| lines.iter().flat_map(|line| &line.points).map(of).collect::<Vec<_>>();
        let (x, y) = (values(|point| point.0).into_iter(), values(|point| point.1).into_iter());
        let chart = Chart {
            description: "Cost by violations".to_owned(),
            height: 300.0,
            x: Scale::decades(x),
            y: Scale::around(y),
            x_label: "requests over the objective or given up, %".to_owned(),
            series: lines,
        };
        html! {
            h2 { "Cost, " (self.plant.price.currency) ", by violations" }
            p.dim {
                "A dot for each target; lower and further left is better. None at all is drawn at " (NONE) " %."
                @if left_out { " Policies that always cost over twice the least are left out." }
            }
            (chart.legend()) (chart.drawing())
        }
    }
}

fn told(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}").replace('-', "\u{2212}") } else { String::new() }
}

fn kind_of(row: &ComparisonRow<'_>) -> String {
    let balancer = row.balancer.map(|name| format!(" with {name}")).unwrap_or_default();
    format!("{}{balancer}", row.policy)
}

fn named(run: &ScalingRun) -> String {
    let target = run.target.map(|target| format!(" at {target}")).unwrap_or_default();
    format!("{}{target}", kind_of(&run.row()))
}
