//! Policies side by side on one trace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::course::{ScalingCourse, Sketch};
use super::plant::Plant;
use super::policy::SimulatedPolicy;
use super::requests::{self, Even, RequestFigures, RequestOptions, Routing};
use super::run::{Moment, ScalingSimulation, play};
use super::trace::Trace;
use crate::config::{alternatives, optional_number, within};
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::ScalingConfig;
use crate::scaling::config::{contradiction, count};

/// Names of policies. `engine` is one with a configuration of the caller's own.
pub const POLICIES: [&str; 13] = [
    "predictive",
    "hpa",
    "hpa_cpu",
    "kpa",
    "target_tracking",
    "aws_predictive",
    "step",
    "phpa",
    "seasonal_naive",
    "fixed",
    "fixed_p999",
    "oracle",
    "engine",
];

/// Points that a course may have.
const MOST_POINTS: u32 = 100_000;
/// Runs of one comparison.
const MOST_RUNS: usize = 10_000;

/// What is compared on a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComparisonOptions {
    /// The service.
    pub plant: Plant,
    /// Names of policies: `predictive`, `hpa`, `hpa_cpu`, `kpa`, `target_tracking`, `aws_predictive`, `step`, `phpa`,
    /// `seasonal_naive`, `fixed` (enough for the peak of the trace), `fixed_p999` (for all but a thousandth), `oracle`,
    /// which knows the future, and `engine` for `config`; all of them, `engine` where there is a `config`, where none is
    /// named.
    pub policies: Vec<String>,
    /// Targets that each is run with, as the share of its capacity that an instance should have to do, 0.05 to 1.
    /// `engine` has its own.
    pub targets: Vec<f64>,
    /// Where chance begins, a run each.
    pub seeds: Vec<u64>,
    /// Options of the policy `engine`; its bounds are those of the plant.
    pub config: Option<ScalingConfig>,
    /// Requests a second that the trace is brought to on average; as it is where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub mean_rate: Option<f64>,
    /// Counts that are averaged over before: a small count is chance, and should not be scaled up as it is. Not at all
    /// where it is not given.
    #[serde(deserialize_with = "optional_number")]
    pub smoothing: Option<f64>,
    /// Play requests one by one, as these options say; as a fluid where they are not given.
    pub requests: Option<RequestOptions>,
    /// Points of the course that each run keeps, at most 100,000; 0 keeps none.
    pub points: u32,
}

impl Default for ComparisonOptions {
    fn default() -> Self {
        Self {
            plant: Plant::default(),
            policies: Vec::new(),
            targets: vec![0.7],
            seeds: vec![1],
            config: None,
            mean_rate: None,
            smoothing: None,
            requests: None,
            points: 0,
        }
    }
}

/// One run of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRun {
    /// The name of the policy.
    pub policy: String,
    /// Who spread the requests, where they were played one by one: `random`, `fewest`, or a strategy of balancing.
    pub balancer: Option<String>,
    /// Its target; none for `engine`.
    pub target: Option<f64>,
    /// Where chance began.
    pub seed: u64,
    /// What came of it.
    pub result: ScalingSimulation,
    /// What came of the requests, where they were played one by one.
    pub requests: Option<RequestFigures>,
    /// What it was like, where points were asked for.
    pub course: Option<ScalingCourse>,
}

/// What came of a trace with several policies, targets and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingComparison {
    /// The service.
    pub plant: Plant,
    /// Length of the trace in seconds.
    pub duration: f64,
    /// Its mean in requests a second, as it was played.
    pub mean_rate: f64,
    /// Its highest rate.
    pub peak_rate: f64,
    /// Steps of it that were missing.
    pub filled: u64,
    /// Every policy with every target and every seed, in their order.
    pub runs: Vec<ScalingRun>,
}

/// Play a trace against several policies.
///
/// ```
/// use opusclip_core::scaling::simulate::{ComparisonOptions, Trace, compare};
/// let day = (0..1440).map(|minute| 150.0 - 100.0 * (f64::from(minute) / 1440.0 * std::f64::consts::TAU).cos());
/// let policies = ["fixed", "hpa"].map(str::to_owned).to_vec();
/// let report = compare(&Trace::new(day.collect(), 60.0)?, &ComparisonOptions { policies, ..Default::default() })?;
/// let hours = |policy| report.median(policy, Some(0.7), |result| result.instance_hours);
/// assert!(hours("hpa") < hours("fixed"));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// As [`simulate`](super::simulate), and [`ErrorCode::ConfigInvalid`] for a policy that there is none of.
pub fn compare(trace: &Trace, options: &ComparisonOptions) -> Result<ScalingComparison> {
    if let Some(wanted) = &options.requests {
        let spread = wanted.spread;
        let make = Box::new(move |seed| Ok(Box::new(Even::new(spread, seed)) as Box<dyn Routing>));
        return compare_routed(trace, options, &[NamedRouting { name: spread.as_str().to_owned(), make }]);
    }
    let trace = prepared(trace, options.smoothing, options.mean_rate)?;
    let fluid = |policy: &SimulatedPolicy, seed: u64, watch: &mut dyn FnMut(Moment)| {
        let watch = |moment| {
            watch(moment);
            Ok(())
        };
        play(&trace, &options.plant, policy, seed, watch).map(|result| (result, None))
    };
    options.run(&trace, &[(None, &fluid)])
}

/// Somebody who spreads requests, made anew for each run from its seed.
pub struct NamedRouting<'a> {
    /// What it is called.
    pub name: String,
    /// Makes one.
    pub make: Box<dyn Fn(u64) -> Result<Box<dyn Routing>> + 'a>,
}

impl std::fmt::Debug for NamedRouting<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NamedRouting").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Play a trace request by request, each policy with each of those who spread requests.
///
/// # Errors
/// As [`compare`], and those of who spreads.
pub fn compare_routed(
    trace: &Trace,
    options: &ComparisonOptions,
    routings: &[NamedRouting<'_>],
) -> Result<ScalingComparison> {
    let trace = prepared(trace, options.smoothing, options.mean_rate)?;
    let wanted = options.requests.clone().unwrap_or_default();
    let (trace, plant, wanted) = (&trace, &options.plant, &wanted);
    let players = routings.iter().map(|routing| {
        move |policy: &SimulatedPolicy, seed: u64, watch: &mut dyn FnMut(Moment)| {
            let mut router = (routing.make)(seed)?;
            let (result, figures) = requests::play((trace, plant), wanted, policy, seed, router.as_mut(), watch)?;
            Ok((result, Some(figures)))
        }
    });
    let players: Vec<_> = players.collect();
    let named =
        routings.iter().zip(&players).map(|(routing, player)| (Some(routing.name.as_str()), player as &Player<'_>));
    options.run(trace, &named.collect::<Vec<_>>())
}

/// Plays one run.
type Player<'a> =
    dyn Fn(&SimulatedPolicy, u64, &mut dyn FnMut(Moment)) -> Result<(ScalingSimulation, Option<RequestFigures>)> + 'a;

/// A trace as it is played.
pub(in crate::scaling) fn prepared(trace: &Trace, smoothing: Option<f64>, mean_rate: Option<f64>) -> Result<Trace> {
    let checked = Trace::new(trace.rates.clone(), trace.step)?;
    let mut trace = Trace { start: crate::config::finite("start", trace.start)?, filled: trace.filled, ..checked };
    if let Some(counts) = smoothing {
        trace = trace.smoothed(within("smoothing", counts, 1.0, 1e9)?);
    }
    if let Some(mean) = mean_rate {
        trace = trace.scaled_to(within("mean_rate", mean, 1e-6, 1e9)?);
    }
    Ok(trace)
}

impl ComparisonOptions {
    /// Each policy with each player and each seed.
    fn run(&self, trace: &Trace, players: &[(Option<&str>, &Player<'_>)]) -> Result<ScalingComparison> {
        self.plant.check()?;
        let policies = self.policies(trace)?;
        if self.seeds.is_empty() || policies.len() * players.len() * self.seeds.len() > MOST_RUNS {
            let message =
                format!("{} policies and targets by {} seeds are no comparison", policies.len(), self.seeds.len());
            return Err(contradiction("seeds", message, "give at least one seed, and at most 10,000 runs"));
        }
        let mut runs = Vec::new();
        for (name, target, policy) in &policies {
            for (balancer, player) in players {
                for seed in &self.seeds {
                    let mut course = Sketch::new(trace, self.points);
                    let (result, requests) = player(policy, *seed, &mut |moment| course.add(moment))?;
                    let (policy, balancer) = ((*name).to_owned(), balancer.map(str::to_owned));
                    let course = course.finish();
                    runs.push(ScalingRun { policy, balancer, target: *target, seed: *seed, result, requests, course });
                }
            }
        }
        Ok(ScalingComparison {
            plant: self.plant.clone(),
            duration: trace.duration(),
            mean_rate: trace.mean(),
            peak_rate: trace.peak(),
            filled: trace.filled,
            runs,
        })
    }

    /// The policies with their names and targets.
    fn policies(&self, trace: &Trace) -> Result<Vec<(&str, Option<f64>, SimulatedPolicy)>> {
        count("points", self.points, 0, MOST_POINTS)?;
        let all = POLICIES.iter().copied().filter(|name| *name != "engine" || self.config.is_some());
        let names: Vec<&str> =
            if self.policies.is_empty() { all.collect() } else { self.policies.iter().map(String::as_str).collect() };
        let mut found = Vec::new();
        for name in names {
            if name == "engine" {
                found.push((name, None, self.engine()?));
                continue;
            }
            if self.targets.is_empty() {
                return Err(contradiction("targets", "there is no target".to_owned(), "give one from 0.05 to 1"));
            }
            for target in &self.targets {
                within("targets", *target, 0.05, 1.0)?;
                found.push((name, Some(*target), self.named(name, *target, trace)?));
            }
        }
        Ok(found)
    }

    fn engine(&self) -> Result<SimulatedPolicy> {
        let config = self.config.clone().ok_or_else(|| {
            Error::new(ErrorCode::ConfigInvalid, "the policy \"engine\" has no config").field("config")
        })?;
        Ok(SimulatedPolicy::Engine(Box::new(config)))
    }

    fn named(&self, name: &str, target: f64, trace: &Trace) -> Result<SimulatedPolicy> {
        Ok(match name {
            "predictive" => SimulatedPolicy::Predictive { target },
            "hpa" => SimulatedPolicy::Hpa { target },
            "hpa_cpu" => SimulatedPolicy::HpaCpu { target },
            "kpa" => SimulatedPolicy::Kpa { target },
            "target_tracking" => SimulatedPolicy::TargetTracking { target },
            "fixed" => SimulatedPolicy::fixed_for(trace, 1.0, &self.plant, target),
            "fixed_p999" => SimulatedPolicy::fixed_for(trace, 0.999, &self.plant, target),
            "aws_predictive" => SimulatedPolicy::AwsPredictive { target },
            "step" => SimulatedPolicy::Step { target },
            "phpa" => SimulatedPolicy::Phpa { target },
            "seasonal_naive" => SimulatedPolicy::SeasonalNaive { target },
            "oracle" => SimulatedPolicy::Oracle { target },
            _ => {
                return Err(Error::new(ErrorCode::ConfigInvalid, format!("there is no policy {name:?}"))
                    .field("policies")
                    .hint(alternatives(name, &POLICIES, POLICIES.len())));
            }
        })
    }
}

/// What runs that differ in their seed alone have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRow<'a> {
    /// The policy.
    pub policy: &'a str,
    /// Who spread the requests.
    pub balancer: Option<&'a str>,
    /// The target.
    pub target: Option<f64>,
}

impl ScalingComparison {
    /// Policies with their targets, in their order.
    pub fn policies(&self) -> Vec<(&str, Option<f64>)> {
        let mut found: Vec<_> = self.runs.iter().map(|run| (run.policy.as_str(), run.target)).collect();
        found.dedup();
        found
    }

    /// Policies with their targets and those who spread the requests, in their order.
    pub fn rows(&self) -> Vec<ComparisonRow<'_>> {
        let mut found: Vec<_> = self.runs.iter().map(ScalingRun::row).collect();
        found.dedup();
        found
    }

    /// The runs of a row, one for each seed.
    pub fn runs_of<'a>(&'a self, row: &ComparisonRow<'_>) -> impl Iterator<Item = &'a ScalingRun> {
        self.runs.iter().filter(move |run| run.row() == *row)
    }

    /// The median over all seeds of what a row has come to; of two in the middle the lower one, NaN without any.
    pub fn middle(&self, row: &ComparisonRow<'_>, figure: impl Fn(&ScalingRun) -> f64) -> f64 {
        lower_median(self.runs_of(row).map(figure).collect())
    }

    /// The median over all seeds of what a policy has come to; of two in the middle the lower one, NaN without any.
    pub fn median(&self, policy: &str, target: Option<f64>, figure: impl Fn(&ScalingSimulation) -> f64) -> f64 {
        let runs = self.runs.iter().filter(|run| run.policy == policy && run.target == target);
        lower_median(runs.map(|run| figure(&run.result)).collect())
    }
}

fn lower_median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

impl ScalingRun {
    /// The row that it belongs to.
    pub fn row(&self) -> ComparisonRow<'_> {
        ComparisonRow { policy: &self.policy, balancer: self.balancer.as_deref(), target: self.target }
    }
}
