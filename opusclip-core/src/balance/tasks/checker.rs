//! Checks of instances by HTTP, by TCP, or by a function of the caller's.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::{Client, Method, header, redirect};
use tokio::net::TcpStream;
use tokio::task::{Id, JoinSet};
use tokio::time::{sleep, timeout};

use super::{Running, seconds};
use crate::balance::clock::system_clock;
use crate::balance::{CheckProtocol, CheckerOptions, DueCheck, LoadBalancer};
use crate::error::{Error, ErrorCode, Result};

/// Why a check failed, in words.
type Found = std::result::Result<(), String>;
type Check = Arc<dyn Fn(DueCheck) -> Pin<Box<dyn Future<Output = Found> + Send>> + Send + Sync>;

/// Checks the instances of a balancer when they are due by its [`HealthCheckOptions`](crate::balance::HealthCheckOptions), and
/// tells it what was found.
///
/// A check that panics, that fails or that has no answer in time is a failed one, with its reason, and no business of the
/// others.
#[derive(Clone)]
pub struct HealthChecker {
    balancer: LoadBalancer,
    concurrency: usize,
    check: Check,
    clock: fn() -> f64,
}

impl fmt::Debug for HealthChecker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HealthChecker").field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

impl HealthChecker {
    /// A checker by HTTP or TCP. For `https` give it a client: [`HealthChecker::with_client`].
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] where the balancer has no `health_check`; [`ErrorCode::ConfigInvalid`] and
    /// [`ErrorCode::ConfigOutOfRange`] for an option, with its name; [`ErrorCode::Internal`] where no client can be made.
    pub fn new(balancer: &LoadBalancer, options: CheckerOptions) -> Result<Self> {
        // A connection that was kept says nothing of whether a new one would be accepted.
        let client = Client::builder().redirect(redirect::Policy::none()).pool_max_idle_per_host(0).no_proxy().build();
        let client =
            client.map_err(|error| Error::new(ErrorCode::Internal, "no client can be made").caused_by(error))?;
        Self::with_client(balancer, options, client)
    }

    /// The same with a client of the caller's, such as one that knows certificates (features of `reqwest`).
    ///
    /// # Errors
    /// As [`HealthChecker::new`].
    pub fn with_client(balancer: &LoadBalancer, options: CheckerOptions, client: Client) -> Result<Self> {
        options.check_for(balancer)?;
        let concurrency = options.concurrency;
        let options = Arc::new(options);
        let check = move |due: DueCheck| {
            let (options, client) = (Arc::clone(&options), client.clone());
            async move { ask(&options, &client, &due).await }
        };
        Self::by(balancer, concurrency, check)
    }

    /// A checker by a function, which says in words what is wrong; so many checks are on their way at a time.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] where the balancer has no `health_check`; [`ErrorCode::ConfigOutOfRange`] for a
    /// `concurrency` of 0.
    ///
    /// ```
    /// use opusclip_core::balance::tasks::HealthChecker;
    /// use opusclip_core::balance::{BalancerOptions, HealthCheckOptions, LoadBalancer};
    /// let health_check = Some(HealthCheckOptions::default());
    /// let balancer = LoadBalancer::new(BalancerOptions { health_check, ..BalancerOptions::default() })?;
    /// let checker = HealthChecker::by(&balancer, 16, async |due| {
    ///     if due.id.starts_with("gpu") { Ok(()) } else { Err(format!("{} has no GPU", due.id)) }
    /// })?;
    /// # drop(checker);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn by<F, W>(balancer: &LoadBalancer, concurrency: u32, check: F) -> Result<Self>
    where
        F: Fn(DueCheck) -> W + Send + Sync + 'static,
        W: Future<Output = Found> + Send + 'static,
    {
        CheckerOptions { concurrency, ..CheckerOptions::default() }.check_for(balancer)?;
        let check: Check = Arc::new(move |due| Box::pin(check(due)));
        Ok(Self { balancer: balancer.clone(), concurrency: concurrency as usize, check, clock: system_clock })
    }

    /// Another clock, in Unix seconds.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }

    /// Check until the future is dropped, which gives up what was begun.
    pub async fn run(self) {
        let mut round = Round { checker: self, on_their_way: JoinSet::new(), ids: HashMap::new() };
        loop {
            round.begin();
            round.rest().await;
        }
    }

    /// Check in a task, until what this gives is dropped.
    ///
    /// # Panics
    /// Outside of a runtime of tokio, as all that starts a task.
    pub fn spawn(self) -> Running {
        Running(tokio::spawn(self.run()))
    }
}

/// Checks that are on their way. Each is a task, so that none that panics ends another.
struct Round {
    checker: HealthChecker,
    on_their_way: JoinSet<Found>,
    ids: HashMap<Id, String>,
}

/// Seconds until it is looked whether instances have come, whose checks may be due before all others.
const LOOK: f64 = 0.25;

impl Round {
    fn free(&self) -> usize {
        self.checker.concurrency.saturating_sub(self.on_their_way.len())
    }

    /// Begin what is due, as far as there is room.
    fn begin(&mut self) {
        let HealthChecker { balancer, check, clock, .. } = &self.checker;
        // The only error is a clock that is none: nothing is due then.
        for due in balancer.due_checks_up_to(self.free(), clock()).unwrap_or_default() {
            let (id, limit) = (due.id.clone(), due.timeout);
            let check = Arc::clone(check);
            // The function itself may panic, too, before it gives a future.
            let checked = async move { timeout(seconds(limit), async { check(due).await }).await };
            let task = self.on_their_way.spawn(async move {
                checked.await.unwrap_or_else(|_| Err(format!("it gave no answer within {limit} s")))
            });
            self.ids.insert(task.id(), id);
        }
    }

    /// Wait until a check has ended, or until one is due.
    async fn rest(&mut self) {
        let due = self.checker.balancer.next_check().unwrap_or(f64::INFINITY);
        let room = self.free() > 0;
        let rest = if room { (due - (self.checker.clock)()).clamp(0.001, LOOK) } else { LOOK };
        if self.on_their_way.is_empty() {
            return sleep(seconds(rest)).await;
        }
        let Ok(Some(ended)) = timeout(seconds(rest), self.on_their_way.join_next_with_id()).await else { return };
        let (task, found) = match ended {
            Ok((task, found)) => (task, found),
            Err(error) => (error.id(), Err(panicked(error))),
        };
        let Some(id) = self.ids.remove(&task) else { return };
        let HealthChecker { balancer, clock, .. } = &self.checker;
        let told = match found {
            Ok(()) => balancer.report_check(&id, true, clock()),
            Err(reason) => balancer.report_failed_check(&id, &reason, clock()),
        };
        // It was removed while it was checked: nobody wants to know any more.
        drop(told);
    }
}

fn panicked(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "its check was broken off".to_owned() };
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("its check panicked: {}", said.unwrap_or_default())
}

/// One check by HTTP or TCP.
async fn ask(options: &CheckerOptions, client: &Client, due: &DueCheck) -> Found {
    let target = options.target(&due.address).map_err(|error| error.message().to_owned())?;
    if options.protocol == CheckProtocol::Tcp {
        let connected = TcpStream::connect((target.host.as_str(), target.port)).await;
        return connected.map(drop).map_err(|error| format!("no connection: {error}"));
    }
    let method = if options.method == "HEAD" { Method::HEAD } else { Method::GET };
    let request = client.request(method, target.url()).header(header::HOST, &target.authority);
    let response = request.send().await.map_err(|error| format!("no answer: {}", root(&error)))?;
    options.refusal(response.status().as_u16()).map_or(Ok(()), Err)
}

/// What is at the bottom of an error: the outer ones repeat the URL.
fn root(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), root)
}
