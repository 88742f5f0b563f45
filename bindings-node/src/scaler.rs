//! The scaling engine for JavaScript. `scaling.js` stands before it: callbacks, their time limits and their retries are
//! awaited there; what became of them is the core's to judge.
#![allow(clippy::needless_pass_by_value, reason = "arguments of JavaScript are handed over by value")]

use std::collections::BTreeMap;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Object, Unknown};
use napi_derive::napi;
use opusclip_core::joint::{self, JointOptions};
use opusclip_core::scaling::recommend::{RecommendOptions, recommend};
use opusclip_core::scaling::simulate::{self, ComparisonOptions, ScalingComparison, Trace, TraceOptions};
use opusclip_core::scaling::{ResourceMetrics, ScalingDecision, ScalingEngine, cases, keda};
use opusclip_core::{Control, Error, ErrorCode, Result, config};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::convert::{self, Names};
use crate::options::Options;
use crate::{errors, job};

/// The core's engine.
#[napi]
pub struct NativeScaler {
    core: ScalingEngine,
}

#[napi]
impl NativeScaler {
    /// An engine, or one that goes on where a saved one was.
    #[napi(constructor)]
    pub fn new(env: &Env, config: Unknown<'_>, saved: Option<String>) -> napi::Result<Self> {
        let made = || {
            let config = read(config, "")?;
            match &saved {
                Some(saved) => ScalingEngine::restore(config, saved),
                None => ScalingEngine::new(config),
            }
        };
        made().map(|core| Self { core }).map_err(|error| errors::thrown(env, error, None))
    }

    /// The options with every default.
    #[napi]
    pub fn config(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.config()))
    }

    /// How many instances there should be; names of metrics of the user's own are nobody's to change.
    #[napi]
    pub fn evaluate(
        &mut self,
        env: &Env,
        metrics: Unknown<'_>,
        custom: Option<BTreeMap<String, f64>>,
        now: f64,
    ) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || {
            let mut metrics: ResourceMetrics = read(metrics, "metrics")?;
            metrics.custom = custom.unwrap_or_default();
            self.core.evaluate(&metrics, now)
        })
    }

    /// What the host is to do for a decision.
    #[napi]
    pub fn begin(&mut self, env: &Env, decision: Unknown<'_>, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || {
            let decision: ScalingDecision = read(decision, "decision")?;
            self.core.begin(&decision, now)
        })
    }

    /// A try that is to be made now.
    #[napi]
    pub fn due(&mut self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.due(now))
    }

    /// The host has done it.
    #[napi]
    pub fn succeeded(&mut self, env: &Env, token: String, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.succeeded(&token, now))
    }

    /// A try has failed.
    #[napi]
    pub fn failed(&mut self, env: &Env, token: String, error: String, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.failed(&token, &error, now))
    }

    /// So many instances work.
    #[napi]
    pub fn ready(&mut self, env: &Env, instances: Unknown<'_>, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.ready(convert::read(instances, "instances")?, now))
    }

    /// The count that was decided.
    #[napi]
    pub fn wanted_instances(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.wanted_instances(now))
    }

    /// The count that was decided, for Prometheus; names of labels are nobody's to change.
    #[napi]
    pub fn prometheus_text(&self, env: &Env, labels: Unknown<'_>, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || {
            let labels = convert::read_named(labels, "labels")?.into_iter().collect();
            self.core.prometheus_text(&labels, now)
        })
    }

    /// The count that was decided, for KEDA.
    #[napi]
    pub fn keda_json(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || self.core.keda_json(now))
    }

    /// The answer to a request of KEDA's.
    #[napi]
    pub fn answer_keda(&self, env: &Env, method: String, request: Buffer, now: f64) -> napi::Result<Buffer> {
        let answer = keda::Method::of(&method).and_then(|method| self.core.answer_keda(method, &request, now));
        answer.map(Buffer::from).map_err(|error| errors::thrown(env, error, None))
    }

    /// The latest actions.
    #[napi]
    pub fn actions(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.actions()))
    }

    /// The latest decisions.
    #[napi]
    pub fn history(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || Ok(self.core.history()))
    }

    /// Where it stands.
    #[napi]
    pub fn status(&self, env: &Env, now: f64) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Camel, || self.core.status(now))
    }

    /// Everything that the next decision depends on.
    #[napi]
    pub fn save(&self, env: &Env) -> napi::Result<Unknown<'static>> {
        job::at_once(env, Names::Kept, || self.core.save())
    }
}

/// An object, of which every field may be left out.
fn read<T: DeserializeOwned>(object: Unknown<'_>, field: &str) -> Result<T> {
    let object = convert::from_js(object, field)?.unwrap_or_else(|| Value::Object(Map::default()));
    config::from_json(object)
}

/// Read recorded traffic of a CSV file with a header: counts of requests by time.
///
/// @example
/// readTrace('traffic.csv', { column: 'requests' }).rates.length
#[napi(ts_args_type = "path: string, options?: TraceOptions", ts_return_type = "Trace")]
pub fn read_trace(env: &Env, path: String, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || Trace::read(&path, &read::<TraceOptions>(options, "options")?))
}

/// Play recorded traffic against policies of scaling: whom each would have kept waiting, and what it would have cost.
///
/// @example
/// simulateScaling(readTrace('traffic.csv'), { policies: ['predictive', 'hpa'], targets: [0.6, 0.7] }).runs
#[napi(ts_args_type = "trace: Trace, options?: ComparisonOptions", ts_return_type = "ScalingComparison")]
pub fn simulate_scaling(env: &Env, trace: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let trace: Trace = read(trace, "trace")?;
        simulate::compare(&trace, &read::<ComparisonOptions>(options, "options")?)
    })
}

/// Play recorded traffic with scaling and load balancing together, each policy with each balancer.
///
/// @example
/// simulateJoint(readTrace('traffic.csv'), { targets: [0.7] }, { balancers: ['least_response_time', 'round_robin'] }).runs
#[napi(
    ts_args_type = "trace: Trace, options?: ComparisonOptions, balancing?: JointOptions",
    ts_return_type = "ScalingComparison"
)]
pub fn simulate_joint(
    env: &Env,
    trace: Unknown<'_>,
    options: Unknown<'_>,
    balancing: Unknown<'_>,
) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Camel, || {
        let trace: Trace = read(trace, "trace")?;
        let options: ComparisonOptions = read(options, "options")?;
        joint::simulate(&trace, &options, &read::<JointOptions>(balancing, "balancing")?)
    })
}

/// Options of [`scaling_to_html`].
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PageOptions {
    title: String,
    fragment: bool,
}

/// A comparison as a page with the table and charts. It loads nothing and runs no script.
#[napi(ts_args_type = "comparison: ScalingComparison, options?: PageOptions", ts_return_type = "string")]
pub fn scaling_to_html(env: &Env, comparison: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Unknown<'static>> {
    job::at_once(env, Names::Kept, || {
        let comparison: ScalingComparison = read(comparison, "comparison")?;
        let PageOptions { title, fragment } = read(options, "options")?;
        Ok(if fragment { comparison.to_html_fragment(&title) } else { comparison.to_html(&title) })
    })
}

/// Find the settings that hold a service level at the least cost, by recorded traffic: the first part of it is searched
/// (`plant.warmUp`), and the rest judges.
///
/// @example
/// const { config, expected } = await recommendScaling(readTrace('traffic.csv'), { objective: 500, violations: 0.005 })
#[napi(ts_args_type = "trace: Trace, options?: RecommendCall", ts_return_type = "Promise<ScalingRecommendation>")]
pub fn recommend_scaling<'env>(env: &'env Env, trace: Unknown<'_>, options: Unknown<'_>) -> napi::Result<Object<'env>> {
    job::start(env, || {
        let (trace, mut options): (Trace, Options<'_>) = (read(trace, "trace")?, Options::read(options)?);
        let wanted: RecommendOptions = options.rest()?;
        Ok((options, move |control: &Control| recommend(&trace, &wanted, control)))
    })
}

/// Put cases with known results through the scaling engine: the text of a file of them.
///
/// @example
/// runScalingCases(await readFile('hpa_cases.json', 'utf8')).filter(({ passed }) => !passed)
#[napi(ts_args_type = "text: string", ts_return_type = "CaseResult[]")]
pub fn run_scaling_cases(env: &Env, text: String) -> napi::Result<Unknown<'static>> {
    let read = |error: serde_json::Error| Error::new(ErrorCode::DataInvalid, error.to_string()).field("text");
    job::at_once(env, Names::Camel, || cases::run(&serde_json::from_str(&text).map_err(read)?))
}
