//! Requests one by one: each goes to one instance, which works on all of its requests at once at equal parts of its speed.
//!
//! ```
//! use opusclip_core::scaling::simulate::{ComparisonOptions, RequestOptions, Trace, compare};
//! let trace = Trace::new(vec![100.0; 60], 60.0)?;
//! let policies = vec!["hpa".to_owned()];
//! let requests = Some(RequestOptions::default());
//! let report = compare(&trace, &ComparisonOptions { policies, requests, ..Default::default() })?;
//! let figures = report.runs[0].requests.as_ref().expect("requests were asked for");
//! assert!(figures.answered > 200_000);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod bursts;
mod fleet;
mod jobs;
mod options;
mod routing;
mod service;

pub(super) use options::check_plant;
pub use options::{RequestFigures, RequestOptions, Spread};
pub(super) use routing::Even;
pub use routing::{Ended, Routing};

use super::plant::Plant;
use super::policy::SimulatedPolicy;
use super::run::{Moment, ScalingSimulation, drive};
use super::trace::Trace;
use crate::error::{Error, ErrorCode, Result};
use service::Requests;

/// Requests that a run may have.
const MOST_REQUESTS: f64 = 2e9;

/// Play a trace request by request.
pub(super) fn play(
    (trace, plant): (&Trace, &Plant),
    options: &RequestOptions,
    policy: &SimulatedPolicy,
    seed: u64,
    routing: &mut dyn Routing,
    mut watch: impl FnMut(Moment),
) -> Result<(ScalingSimulation, RequestFigures)> {
    plant.check()?;
    options.check()?;
    check_plant(plant)?;
    let expected = trace.mean() * trace.duration();
    if expected > MOST_REQUESTS {
        let message = format!("the trace has {expected:.2e} requests, more than {MOST_REQUESTS:.0e}");
        return Err(Error::new(ErrorCode::LimitExceeded, message)
            .field("requests")
            .hint("lower mean_rate, or play it as a fluid"));
    }
    let mut service = Requests::new(trace, plant, options, seed, routing)?;
    let result = drive(&mut service, trace, plant, policy, |moment| {
        watch(moment);
        Ok(())
    })?;
    Ok((result, service.figures()))
}
