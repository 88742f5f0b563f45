//! Who decides how many instances run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::others::{CountSeasons, DayAgo, Forecasting, Steps, Tracking};
use super::plant::Plant;
use super::recorded::Recorded;
use super::trace::Trace;
use crate::config::within;
use crate::error::Result;
use crate::scaling::config::count;
use crate::scaling::kpa::{Kpa, KpaOptions, Observation};
use crate::scaling::{
    Compatibility, PredictionOptions, ResourceMetrics, ScalingConfig, ScalingEngine, ScalingRules, ScalingStrategy,
    StartUp,
};

/// A policy that is compared. Targets are the share of its capacity that an instance should have to do, 0.05 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SimulatedPolicy {
    /// An engine with these options; the bounds are those of the plant.
    Engine(Box<ScalingConfig>),
    /// The strategy `predictive` with the options of [`SimulatedPolicy::predictive`].
    Predictive {
        /// By requests.
        target: f64,
    },
    /// The HorizontalPodAutoscaler with its defaults.
    Hpa {
        /// By requests.
        target: f64,
    },
    /// The same, by CPU usage.
    HpaCpu {
        /// By CPU usage.
        target: f64,
    },
    /// The Knative Pod Autoscaler with its defaults.
    Kpa {
        /// By requests.
        target: f64,
    },
    /// Target tracking as on AWS: out after three minutes above the target, in after fifteen below nine tenths of it, with
    /// 300 s between two steps in. That shape of its alarms is widely seen, but not written in its documents.
    TargetTracking {
        /// By requests.
        target: f64,
    },
    /// Predictive scaling beside target tracking, as on AWS: each hour by the same hour of the last fourteen days, five
    /// minutes before it begins; nothing is removed for a forecast. How AWS forecasts is not published.
    AwsPredictive {
        /// By requests.
        target: f64,
    },
    /// Steps as in the example of AWS: a tenth more from ten points above the target on, three tenths from twenty on; as
    /// much less from thirty and forty points below.
    Step {
        /// By CPU usage.
        target: f64,
    },
    /// The PredictiveHorizontalPodAutoscaler: counts of the HorizontalPodAutoscaler, forecast by Holt and Winters' method
    /// with a season of a day.
    Phpa {
        /// By requests.
        target: f64,
    },
    /// What demand was a day ago, or is now, whichever is more.
    SeasonalNaive {
        /// By requests.
        target: f64,
    },
    /// Always the same.
    Fixed {
        /// So many.
        instances: u32,
    },
    /// Knows the trace, and starts what will be needed just in time. No policy has that: it says how much there is to gain.
    Oracle {
        /// By requests.
        target: f64,
    },
}

impl SimulatedPolicy {
    /// The engine's own policy for a service: forecasts of requests, and nothing that holds back what follows from them.
    pub fn predictive(plant: &Plant, target: f64) -> ScalingConfig {
        ScalingConfig {
            min_instances: plant.min_instances,
            max_instances: plant.max_instances,
            strategy: ScalingStrategy::Predictive,
            target_request_rate: Some(target * plant.capacity),
            target_cpu_usage: target * 100.0,
            tolerance_up: Some(0.1),
            cooldown_period: 0.0,
            evaluation_period: plant.scrape_interval,
            start_up: StartUp { seconds: Some(plant.start_up), ..StartUp::default() },
            scale_up: ScalingRules::unlimited(),
            scale_down: ScalingRules::unlimited(),
            prediction: PredictionOptions::default(),
            ..ScalingConfig::default()
        }
    }

    /// The engine by what is measured now: a quick hand to grow, five minutes to shrink.
    pub(in crate::scaling) fn reactive(plant: &Plant, strategy: ScalingStrategy, target: f64) -> ScalingConfig {
        ScalingConfig {
            strategy,
            tolerance_down: Some(0.1),
            scale_down: ScalingRules { stabilization_window: 300.0, ..ScalingRules::unlimited() },
            ..Self::predictive(plant, target)
        }
    }

    /// As many as the rate takes that a trace stays below for a share of the time; 1 is the peak.
    pub(in crate::scaling) fn fixed_for(trace: &Trace, share: f64, plant: &Plant, target: f64) -> Self {
        let enough = (trace.quantile(share) / (target * plant.capacity)).ceil() as u32;
        Self::Fixed { instances: enough.clamp(plant.min_instances, plant.max_instances) }
    }

    pub(in crate::scaling) fn hpa(plant: &Plant, strategy: ScalingStrategy, target: f64) -> ScalingConfig {
        ScalingConfig {
            min_instances: plant.min_instances,
            max_instances: plant.max_instances,
            strategy,
            compatibility: Compatibility::Hpa,
            target_cpu_usage: (target * 100.0).round(),
            target_request_rate: Some(target * plant.capacity),
            evaluation_period: 15.0,
            ..ScalingConfig::default()
        }
    }

    /// Fails for a target that is none.
    pub(super) fn decider(&self, plant: &Plant) -> Result<Decider> {
        let target = |target: f64| within("target", target, 0.05, 1.0);
        let engine = |config: ScalingConfig| Ok(Decider::Engine(Box::new(ScalingEngine::new(config)?)));
        match self {
            Self::Engine(config) => engine(ScalingConfig {
                min_instances: plant.min_instances,
                max_instances: plant.max_instances,
                ..(**config).clone()
            }),
            Self::Predictive { target: share } => engine(Self::predictive(plant, target(*share)?)),
            Self::Hpa { target: share } => engine(Self::hpa(plant, ScalingStrategy::Request, target(*share)?)),
            Self::HpaCpu { target: share } => engine(Self::hpa(plant, ScalingStrategy::Cpu, target(*share)?)),
            Self::Kpa { target: share } => {
                let options = KpaOptions { target: target(*share)? * plant.capacity, ..KpaOptions::default() };
                Ok(Decider::Kpa(Kpa::new(options, plant.min_instances, 0.0)?))
            }
            Self::TargetTracking { target: share } => {
                Ok(Decider::Tracking(Tracking::new(target(*share)? * plant.capacity)))
            }
            Self::AwsPredictive { target: share } => {
                Ok(Decider::Forecasting(Forecasting::new(target(*share)? * plant.capacity)))
            }
            Self::Step { target: share } => Ok(Decider::Steps(Steps::new(target(*share)?))),
            Self::Phpa { target: share } => {
                let hpa = ScalingEngine::new(Self::hpa(plant, ScalingStrategy::Request, target(*share)?))?;
                Ok(Decider::CountSeasons(Box::new(hpa), CountSeasons::default()))
            }
            Self::SeasonalNaive { target: share } => {
                Ok(Decider::DayAgo(DayAgo::new(target(*share)? * plant.capacity, plant.start_up)))
            }
            Self::Fixed { instances } => {
                count("instances", *instances, 1, plant.max_instances)?;
                Ok(Decider::Fixed(*instances))
            }
            Self::Oracle { target: share } => {
                // Nearly all starts take less than two standard deviations more than the median.
                let ahead = plant.start_up * (2.0 * plant.start_up_spread).exp() + 2.0;
                Ok(Decider::Oracle { rate: target(*share)? * plant.capacity, ahead: ahead.ceil() })
            }
        }
    }
}

/// A policy at work.
#[derive(Debug)]
pub(super) enum Decider {
    Engine(Box<ScalingEngine>),
    Kpa(Kpa),
    Tracking(Tracking),
    Forecasting(Forecasting),
    Steps(Steps),
    CountSeasons(Box<ScalingEngine>, CountSeasons),
    DayAgo(DayAgo),
    Fixed(u32),
    Oracle { rate: f64, ahead: f64 },
}

impl Decider {
    /// Seconds between two decisions.
    pub(super) fn period(&self) -> usize {
        match self {
            Self::Engine(engine) | Self::CountSeasons(engine, _) => {
                engine.config().evaluation_period.round().max(1.0) as usize
            }
            Self::Kpa(_) => 2,
            Self::Tracking(_) | Self::Forecasting(_) | Self::Steps(_) => 60,
            Self::DayAgo(_) => 15,
            Self::Fixed(_) => 3600,
            Self::Oracle { .. } => 5,
        }
    }

    /// How many instances there should be. `None` where nothing is seen yet.
    pub(super) fn decide(&mut self, instances: u32, seen: &Recorded, trace: &Trace, now: f64) -> Result<Option<u32>> {
        match self {
            Self::Fixed(count) => Ok(Some(*count)),
            Self::Engine(engine) => evaluated(engine, instances, seen, trace, now),
            Self::CountSeasons(engine, seasons) => {
                let count = evaluated(engine, instances, seen, trace, now)?;
                Ok(count.map(|count| seasons.decide(count, now)))
            }
            Self::Kpa(kpa) => {
                let Some((stable, panic)) = seen.window(60.0, now).zip(seen.window(6.0, now)) else { return Ok(None) };
                let seen = Observation { ready: stable.ready, stable: stable.rate, panic: panic.rate };
                kpa.scale(&seen, now).map(Some)
            }
            Self::Tracking(tracking) => Ok(tracking.decide(instances, seen, now)),
            Self::Forecasting(forecasting) => Ok(forecasting.decide(instances, seen, now)),
            Self::Steps(steps) => Ok(steps.decide(instances, seen, now)),
            Self::DayAgo(day_ago) => Ok(day_ago.decide(seen, now)),
            Self::Oracle { rate, ahead } => {
                let steps = (*ahead / 5.0).ceil() as u32;
                let peak = (0..=steps).map(|at| trace.rate_at(now + f64::from(at) * 5.0)).fold(0.0, f64::max);
                Ok(Some((peak / *rate).ceil() as u32))
            }
        }
    }
}

/// What an engine makes of the last measurement that can be seen.
fn evaluated(
    engine: &mut ScalingEngine,
    instances: u32,
    seen: &Recorded,
    trace: &Trace,
    now: f64,
) -> Result<Option<u32>> {
    let Some(seen) = seen.scraped(now) else { return Ok(None) };
    let metrics = ResourceMetrics {
        cpu_usage: Some(seen.usage * 100.0),
        request_rate: Some(seen.rate),
        ready_instances: Some(seen.ready.min(instances)),
        timestamp: Some(trace.start + seen.time),
        ..ResourceMetrics::default().of(instances)
    };
    Ok(Some(engine.evaluate(&metrics, trace.start + now)?.target_instances))
}
