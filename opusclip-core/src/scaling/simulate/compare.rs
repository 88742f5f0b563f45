//! Policies side by side on one trace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plant::Plant;
use super::policy::SimulatedPolicy;
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
    /// `seasonal_naive`, `fixed` (enough for the peak of the trace), `fixed_p999` (for all but a thousandth), `oracle`, which knows the future, and `engine` for `config`; all of them, `engine` where there is a
    /// `config`, where none is named.
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
            points: 0,
        }
    }
}

/// What a run was like, from its beginning: each point stands for the time since the one before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingCourse {
    /// Ends of the stretches, in Unix seconds.
    pub times: Vec<f64>,
    /// Requests a second.
    pub rates: Vec<f64>,
    /// Instances at the end of each stretch, those that are starting among them.
    pub instances: Vec<f64>,
    /// Those of them that work.
    pub ready: Vec<f64>,
    /// The longest response time, in milliseconds.
    pub response_times: Vec<f64>,
}

/// One run of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRun {
    /// The name of the policy.
    pub policy: String,
    /// Its target; none for `engine`.
    pub target: Option<f64>,
    /// Where chance began.
    pub seed: u64,
    /// What came of it.
    pub result: ScalingSimulation,
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
    let trace = prepared(trace, options.smoothing, options.mean_rate)?;
    options.plant.check()?;
    let policies = options.policies(&trace)?;
    let seeds = &options.seeds;
    if seeds.is_empty() || policies.len() * seeds.len() > MOST_RUNS {
        let message = format!("{} policies and targets by {} seeds are no comparison", policies.len(), seeds.len());
        return Err(contradiction("seeds", message, "give at least one seed, and at most 10,000 runs"));
    }
    let mut runs = Vec::new();
    for (name, target, policy) in &policies {
        for seed in seeds {
            let mut course = Sketch::new(&trace, options.points);
            let result = play(&trace, &options.plant, policy, *seed, |moment| {
                course.add(moment);
                Ok(())
            })?;
            let course = course.finish();
            runs.push(ScalingRun { policy: (*name).to_owned(), target: *target, seed: *seed, result, course });
        }
    }
    Ok(ScalingComparison {
        plant: options.plant.clone(),
        duration: trace.duration(),
        mean_rate: trace.mean(),
        peak_rate: trace.peak(),
        filled: trace.filled,
        runs,
    })
}

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

impl ScalingComparison {
    /// Policies with their targets, in their order.
    pub fn policies(&self) -> Vec<(&str, Option<f64>)> {
        let mut found: Vec<_> = self.runs.iter().map(|run| (run.policy.as_str(), run.target)).collect();
        found.dedup();
        found
    }

    /// The median over all seeds of what a policy has come to; of two in the middle the lower one, NaN without any.
    pub fn median(&self, policy: &str, target: Option<f64>, figure: impl Fn(&ScalingSimulation) -> f64) -> f64 {
        let runs = self.runs.iter().filter(|run| run.policy == policy && run.target == target);
        let mut figures: Vec<f64> = runs.map(|run| figure(&run.result)).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
    }
}

/// A course in the making.
#[derive(Debug)]
struct Sketch {
    course: ScalingCourse,
    start: f64,
    /// Seconds of a stretch; 0 keeps nothing.
    stretch: usize,
    arrived: f64,
    seconds: usize,
    longest: f64,
}

impl Sketch {
    fn new(trace: &Trace, points: u32) -> Self {
        let stretch = if points == 0 { 0 } else { (trace.duration() / f64::from(points)).ceil().max(1.0) as usize };
        Self { course: ScalingCourse::default(), start: trace.start, stretch, arrived: 0.0, seconds: 0, longest: 0.0 }
    }

    fn add(&mut self, moment: Moment) {
        if self.stretch == 0 {
            return;
        }
        self.arrived += moment.arrived;
        self.seconds += 1;
        self.longest = self.longest.max(moment.response_time);
        if self.seconds < self.stretch {
            return;
        }
        self.course.times.push(self.start + (moment.second + 1) as f64);
        self.course.rates.push(self.arrived / self.seconds as f64);
        self.course.instances.push(f64::from(moment.instances));
        self.course.ready.push(f64::from(moment.ready));
        self.course.response_times.push(self.longest);
        (self.arrived, self.seconds, self.longest) = (0.0, 0, 0.0);
    }

    fn finish(self) -> Option<ScalingCourse> {
        (self.stretch > 0).then_some(self.course)
    }
}
