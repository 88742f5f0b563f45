//! How a way of scaling goes on the part of a history that was not searched.

use super::search::{Found, LOWEST, TIGHTER, run, share};
use super::ways::Way;
use super::{FigureRange, MoneyRange, RecommendOptions, STAGE, ScalingAlternative, ScalingWarning, ScalingWarningKind};
use crate::control::Control;
use crate::error::Result;
use crate::scaling::ScalingConfig;
use crate::scaling::simulate::{Plant, ScalingSimulation, Trace};

/// Room above the largest count that was ever used, as a share of it.
const ROOM: f64 = 0.5;
const DAY: f64 = 86_400.0;

/// A way at a target, with every seed.
#[derive(Debug)]
pub(super) struct Judged {
    policy: &'static str,
    target: f64,
    /// Seconds that counted.
    seconds: f64,
    results: Vec<ScalingSimulation>,
    fewest: u32,
    most: u32,
}

impl Judged {
    pub(super) fn play(
        trace: &Trace,
        options: &RecommendOptions,
        way: &'static Way,
        target: f64,
        control: &Control,
    ) -> Result<Self> {
        Self::play_while(trace, options, way, target, control, |_| true)
    }

    /// With one seed after another, as long as somebody wants to go on.
    fn play_while(
        trace: &Trace,
        options: &RecommendOptions,
        way: &'static Way,
        target: f64,
        control: &Control,
        wanted: impl Fn(&Self) -> bool,
    ) -> Result<Self> {
        let whole = trace.duration().floor();
        let counted = whole - (whole * options.plant.warm_up).floor();
        let mut judged =
            Self { policy: way.name, target, seconds: counted, results: Vec::new(), fewest: u32::MAX, most: 0 };
        for (at, seed) in options.seeds.iter().enumerate() {
            let (mut fewest, mut most) = (judged.fewest, judged.most);
            let result = run(trace, &options.plant, way, target, *seed, control, |instances| {
                fewest = fewest.min(instances);
                most = most.max(instances);
            })?;
            (judged.fewest, judged.most) = (fewest, most);
            judged.results.push(result);
            control.report(STAGE, (at + 1) as f64 / options.seeds.len() as f64);
            if !wanted(&judged) {
                break;
            }
        }
        Ok(judged)
    }

    /// At the target that was found, or the highest lower one that holds the level and costs no more for it.
    pub(super) fn tightened(
        trace: &Trace,
        options: &RecommendOptions,
        way: &'static Way,
        target: f64,
        control: &Control,
    ) -> Result<Self> {
        let mut thousandths = (target * 1000.0).round() as u32;
        let mut missed = None;
        let mut held = loop {
            let last = thousandths <= LOWEST;
            let wanted = |judged: &Self| last || judged.holds(options);
            let judged = Self::play_while(trace, options, way, share(thousandths), control, wanted)?;
            if wanted(&judged) {
                break judged;
            }
            missed = Some(thousandths);
            thousandths = thousandths.saturating_sub(TIGHTER).max(LOWEST);
        };
        while let Some(high) = missed.filter(|high| high - thousandths > 1 && held.holds(options)) {
            let middle = u32::midpoint(thousandths, high);
            let judged = Self::play_while(trace, options, way, share(middle), control, |judged| judged.holds(options))?;
            if judged.holds(options) && judged.cost_per_day().median <= held.cost_per_day().median {
                (thousandths, held) = (middle, judged);
            } else {
                missed = Some(middle);
            }
        }
        Ok(held)
    }

    /// Whether the level is held with every seed so far.
    fn holds(&self, options: &RecommendOptions) -> bool {
        self.results.iter().all(|result| result.violations <= options.violations)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }

    fn range(&self, figure: impl Fn(&ScalingSimulation) -> f64) -> FigureRange {
        let mut figures: Vec<f64> = self.results.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let (low, median, high) = ends(&figures).unwrap_or((f64::NAN, f64::NAN, f64::NAN));
        FigureRange { low, median, high }
    }

    pub(super) fn cost_per_day(&self) -> MoneyRange {
        let millis = i128::from((self.seconds * 1e3) as i64).max(1);
        let day = |result: &ScalingSimulation| {
            let micros = i128::from(result.cost_micros) * (DAY * 1e3) as i128 / millis;
            i64::try_from(micros).unwrap_or(i64::MAX)
        };
        let mut sums: Vec<i64> = self.results.iter().map(day).collect();
        sums.sort_unstable();
        let (low, median, high) = ends(&sums).unwrap_or_default();
        MoneyRange { low, median, high }
    }

    /// As it is shown, beside one that costs so much a day.
    pub(super) fn alternative(&self, options: &RecommendOptions, other_micros: i64) -> ScalingAlternative {
        let cost = self.cost_per_day();
        ScalingAlternative {
            policy: self.policy.to_owned(),
            target: self.target,
            holds: self.holds(options),
            violations: self.range(|result| result.violations),
            cost_per_day_micros: cost,
            instance_hours_per_day: self.range(|result| result.instance_hours * DAY / self.seconds).median,
            usage: self.range(|result| result.usage).median,
            p95: self.range(|result| result.p95).median,
            busy_p95: self.range(|result| result.busy_p95).median,
            reversals_per_day: self.range(|result| result.reversals_per_day).median,
            saved_per_day_micros: cost.median.saturating_sub(other_micros),
        }
    }

    /// Ready to use, with bounds that have not held anything on the history.
    pub(super) fn config(&self, way: &Way, plant: &Plant) -> ScalingConfig {
        let roomy = (f64::from(self.most) * (1.0 + ROOM)).ceil() as u32;
        let bounds = Plant {
            min_instances: self.fewest.clamp(plant.min_instances, plant.max_instances),
            max_instances: roomy.clamp(plant.min_instances, plant.max_instances),
            ..plant.clone()
        };
        way.config(&bounds, self.target)
    }

    /// What became of what the search had found.
    pub(super) fn warnings(&self, found: &Found, options: &RecommendOptions) -> Vec<ScalingWarning> {
        let percent = |share: f64| format!("{:.3} %", share * 100.0);
        let level = percent(options.violations);
        let mut warnings = Vec::new();
        if !self.holds(options) {
            let missed = percent(self.range(|result| result.violations).median);
            let sentence = format!(
                "No settings let only {level} of the requests miss {} ms; these are the nearest, with {missed}. Starts that \
                 take less time, more instances at most or a looser level would help.",
                options.plant.objective
            );
            warnings.push(ScalingWarning::new(ScalingWarningKind::Unreachable, sentence));
        } else if !found.holds {
            let sentence = format!(
                "In the part that was searched no settings held {level}: {} missed it at best. The rest was easier.",
                percent(found.violations)
            );
            warnings.push(ScalingWarning::new(ScalingWarningKind::Unreachable, sentence));
        }
        if self.target < found.target {
            let sentence = format!(
                "The target that the search found, {}, missed the level on the rest of the history and was lowered to {}: \
                 what is expected was chosen with a look at the part that judges.",
                found.target, self.target
            );
            warnings.push(ScalingWarning::new(ScalingWarningKind::Tightened, sentence));
        }
        warnings
    }
}

/// The smallest, the median (of two in the middle the lower one) and the largest of what is in order.
fn ends<T: Copy>(ordered: &[T]) -> Option<(T, T, T)> {
    let median = ordered.get(ordered.len().saturating_sub(1) / 2)?;
    Some((*ordered.first()?, *median, *ordered.last()?))
}
