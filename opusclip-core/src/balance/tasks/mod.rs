//! What a host does for a balancer again and again, as tasks of [tokio](https://docs.rs/tokio): checks of its instances and
//! looks at where they are listed.
//!
//! Both can be awaited, `run`, and then end when their future is dropped; or started as a task, `spawn`, which ends when its
//! [`Running`] is dropped. What was begun is given up then.
//!
//! ```
//! use opusclip_core::balance::tasks::HealthChecker;
//! use opusclip_core::balance::{BalancerOptions, CheckerOptions, HealthCheckOptions, InstanceOptions, LoadBalancer};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let health_check = Some(HealthCheckOptions::default());
//! let balancer = LoadBalancer::new(BalancerOptions { health_check, ..BalancerOptions::default() })?;
//! balancer.add_instance("http://10.0.0.1:8000", InstanceOptions::default(), 0.0)?;
//! let options = CheckerOptions { path: "/health".to_owned(), ..CheckerOptions::default() };
//! let running = HealthChecker::new(&balancer, options)?.spawn();
//! // ... requests ...
//! running.stop().await;
//! # Ok::<(), opusclip_core::Error>(())
//! # }).unwrap();
//! ```

mod checker;
mod discovery;
#[cfg(feature = "dns")]
mod srv;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::task::JoinHandle;

pub use checker::HealthChecker;
pub use discovery::{Discovery, lookup};
#[cfg(feature = "dns")]
pub use srv::{lookup_srv, lookup_srv_by};

/// A task that goes on until this is dropped.
#[derive(Debug)]
#[must_use = "the task ends when this is dropped"]
pub struct Running(JoinHandle<()>);

impl Running {
    /// End the task, and wait until it has ended.
    pub async fn stop(mut self) {
        self.0.abort();
        // It ends by being given up, which is what was asked for.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// No timer is set for longer, in seconds: what is due may change meanwhile.
const LONGEST_REST: f64 = 86_400.0;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_REST))
}
