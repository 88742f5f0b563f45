//! What a configuration would have cost, and whom it would have kept waiting: recorded traffic, played again.
//!
//! Time passes by the second. Requests come by chance (Poisson) at the rate of a [`Trace`]; instances work on them as a
//! fluid, and what they cannot do waits. With [`RequestOptions`] each request goes to an instance of its own choice
//! instead, at its own moment and with its own amount of work: that takes longer, and shows what spreading them does. An instance that is started works after a delay; what is measured is seen after
//! another. All policies meet the same requests, the same delays and the same failures: the same seed gives the same run.
//!
//! ```
//! use opusclip_core::scaling::ScalingConfig;
//! use opusclip_core::scaling::simulate::{Plant, SimulatedPolicy, Trace, simulate};
//! // A day of 100 requests a second on average, twice as many by day as by night.
//! let rates = (0..1440).map(|minute| 100.0 - 50.0 * (f64::from(minute) / 1440.0 * std::f64::consts::TAU).cos() / 1.5);
//! let trace = Trace::new(rates.collect(), 60.0)?;
//! let plant = Plant { max_instances: 20, ..Plant::default() };
//! let fixed = simulate(&trace, &plant, &SimulatedPolicy::Fixed { instances: 10 }, 1)?;
//! let followed = simulate(&trace, &plant, &SimulatedPolicy::Hpa { target: 0.6 }, 1)?;
//! assert!(followed.instance_hours < fixed.instance_hours);
//! # Ok::<(), opusclip_core::Error>(())
//! ```

mod compare;
mod course;
mod figures;
mod fluid;
mod front;
mod others;
mod page;
mod plant;
mod policy;
mod recorded;
mod requests;
mod run;
mod tally;
mod trace;

pub(super) use compare::prepared;
pub use compare::{
    ComparisonOptions, ComparisonRow, NamedRouting, POLICIES, ScalingComparison, ScalingRun, compare, compare_routed,
};
pub use course::ScalingCourse;
pub use figures::Figure;
pub use front::{Front, FrontPoint, TARGETS, front};
pub use plant::Plant;
pub use policy::SimulatedPolicy;
pub use requests::{Ended, RequestFigures, RequestOptions, Routing, Spread};
pub(super) use run::play;
pub use run::{ScalingSimulation, simulate};
pub use trace::{Trace, TraceOptions};

pub use crate::virtual_time::WorkDistribution;
