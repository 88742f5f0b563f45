//! The list of a balancer's instances, asked for again and again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio::net::lookup_host;
use tokio::time::{sleep, timeout};

use super::{Running, seconds};
use crate::balance::LoadBalancer;
use crate::balance::clock::system_clock;
use crate::balance::discovery::{
    EndpointOptions, InstanceChanges, InstanceSpec, Refresh, RefreshOptions, instances_of_addresses,
};
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

type Asked = Pin<Box<dyn Future<Output = Result<Vec<InstanceSpec>>> + Send>>;
type Watch = Box<dyn FnMut(std::result::Result<&InstanceChanges, &Error>) + Send>;

/// Keeps a balancer's instances as a source says, and asks it again at intervals, after a failure sooner. Where the source
/// fails or its list is not valid, the last good list goes on.
pub struct Discovery {
    balancer: LoadBalancer,
    refresh: Refresh,
    source: Box<dyn FnMut() -> Asked + Send>,
    watch: Option<Watch>,
    drain: f64,
    limit: f64,
    clock: fn() -> f64,
}

impl fmt::Debug for Discovery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Discovery").field("refresh", &self.refresh).finish_non_exhaustive()
    }
}

impl Discovery {
    /// By a function that gives the instances there should be, such as [`lookup`].
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`], with the option's name.
    ///
    /// ```
    /// use opusclip_core::balance::discovery::{EndpointOptions, RefreshOptions};
    /// use opusclip_core::balance::tasks::{Discovery, lookup};
    /// use opusclip_core::balance::{BalancerOptions, LoadBalancer};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let balancer = LoadBalancer::new(BalancerOptions::default())?;
    /// let at = EndpointOptions { scheme: "http".to_owned(), port: "8000".to_owned() };
    /// let source = move || lookup("localhost".to_owned(), at.clone());
    /// let mut discovery = Discovery::new(&balancer, RefreshOptions::default(), source)?;
    /// discovery.look().await?;
    /// let running = discovery.spawn();
    /// # drop(running);
    /// # Ok::<(), opusclip_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn new<F, W>(balancer: &LoadBalancer, options: RefreshOptions, mut source: F) -> Result<Self>
    where
        F: FnMut() -> W + Send + 'static,
        W: Future<Output = Result<Vec<InstanceSpec>>> + Send + 'static,
    {
        Ok(Self {
            balancer: balancer.clone(),
            refresh: Refresh::new(options)?,
            source: Box::new(move || Box::pin(source())),
            watch: None,
            drain: 30.0,
            limit: 10.0,
            clock: system_clock,
        })
    }

    /// Seconds that an instance has to end its requests after it has left the list, 30 where nothing is said.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`].
    pub fn drain(mut self, seconds: f64) -> Result<Self> {
        self.drain = within("drain", seconds, 0.0, super::LONGEST_REST)?;
        Ok(self)
    }

    /// Seconds after which a source that says nothing has failed, 10 where nothing is said.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`].
    pub fn timeout(mut self, seconds: f64) -> Result<Self> {
        self.limit = within("timeout", seconds, 0.001, super::LONGEST_REST)?;
        Ok(self)
    }

    /// Called with what has changed, and not where nothing has; and with errors.
    #[must_use]
    pub fn watch(mut self, watch: impl FnMut(std::result::Result<&InstanceChanges, &Error>) + Send + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Another clock, in Unix seconds.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }

    /// Look once, now.
    ///
    /// # Errors
    /// What the source says; [`ErrorCode::CallbackTimeout`] where it says nothing; those of [`LoadBalancer::set_instances`].
    pub async fn look(&mut self) -> Result<InstanceChanges> {
        let asked = timeout(seconds(self.limit), (self.source)()).await.unwrap_or_else(|_| {
            let message = format!("the source gave no list within {} s", self.limit);
            Err(Error::new(ErrorCode::CallbackTimeout, message).field("source"))
        });
        let changes = asked.and_then(|list| self.balancer.set_instances(&list, self.drain, (self.clock)()));
        if let Some(watch) = &mut self.watch {
            match &changes {
                Ok(changes) if changes.is_empty() => {}
                told => watch(told.as_ref()),
            }
        }
        changes
    }

    /// Look now and then at intervals, until the future is dropped.
    pub async fn run(mut self) {
        loop {
            // What went wrong was told to whoever watches.
            let succeeded = self.look().await.is_ok();
            let now = (self.clock)();
            // A clock that is none must not let this turn without rest.
            let due = self.refresh.looked(succeeded, now).unwrap_or(now + 1.0);
            sleep(seconds(due - now)).await;
        }
    }

    /// Look in a task, until what this gives is dropped.
    ///
    /// # Panics
    /// Outside of a runtime of tokio, as all that starts a task.
    pub fn spawn(self) -> Running {
        Running(tokio::spawn(self.run()))
    }
}

/// The instances of a name's addresses, as the system resolves it: name servers, or its file of hosts.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where the name has none or cannot be resolved;
/// [`ErrorCode::ConfigOutOfRange`] for a port that is none.
pub async fn lookup(name: String, options: EndpointOptions) -> Result<Vec<InstanceSpec>> {
    let wrong = |error: &dyn fmt::Display| {
        Error::new(ErrorCode::DataInvalid, format!("{name:?} has no addresses: {error}")).field("name")
    };
    let found = lookup_host((name.as_str(), 0)).await.map_err(|error| wrong(&error))?;
    let addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
    if addresses.is_empty() {
        return Err(wrong(&"the list is empty"));
    }
    instances_of_addresses(&addresses, &options)
}
