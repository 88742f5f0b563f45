//! A request gets an instance, and the instance gets the result.

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use arc_swap::Guard;

use super::health::EjectionReason;
use super::instance::Instance;
use super::options::{BalancerOptions, time};
use super::strategy::Measures;
use super::table::{Member, Table, Wanted};
use super::types::{PickRequest, RequestEnd, RequestOutcome};
use super::{Inner, LoadBalancer};
use crate::error::{Error, ErrorCode, Result};

/// An instance that was picked for a request. Tell how it ended with [`Picked::finish`]; dropped without, the request
/// counts as cancelled. Either way it is in flight no longer.
#[derive(Debug)]
#[must_use = "the request is in flight until this is finished or dropped"]
pub struct Picked<B: Borrow<LoadBalancer>> {
    balancer: B,
    // The table is read anyway; holding on to it costs less than counting a reference to the instance.
    table: Guard<Arc<Table>>,
    view: usize,
    place: (u32, u32),
    begun: f64,
    open: bool,
    retry: bool,
}

/// A [`Picked`] that borrows its balancer.
pub type Pick<'a> = Picked<&'a LoadBalancer>;
/// A [`Picked`] that may go anywhere.
pub type OwnedPick = Picked<LoadBalancer>;

impl LoadBalancer {
    /// Choose an instance for a request that begins now (Unix seconds).
    ///
    /// # Errors
    /// [`ErrorCode::BalanceNoInstance`] where none may have it, with the reason of each;
    /// [`ErrorCode::BalanceRetryBudget`] for a retry too many; [`ErrorCode::LimitExceeded`] for more than
    /// `max_requests` or `max_retries`;
    /// [`ErrorCode::ConfigNotFinite`] for a time that is none.
    ///
    /// ```
    /// use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer, PickRequest, RequestOutcome};
    /// let balancer = LoadBalancer::new(BalancerOptions::default())?;
    /// balancer.add_instance("10.0.0.1:80", InstanceOptions::default(), 0.0)?;
    /// balancer.add_instance("10.0.0.2:80", InstanceOptions::default(), 0.0)?;
    /// let first = balancer.pick(&PickRequest::default(), 1.0)?;
    /// let failed = first.id().to_owned();
    /// first.finish(RequestOutcome::GatewayError, 1.2);
    /// let second = balancer.pick(&PickRequest { exclude: &[&failed], retry: true, ..PickRequest::default() }, 1.2)?;
    /// assert_ne!(second.id(), failed);
    /// second.finish(RequestOutcome::Success, 1.3);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    #[inline]
    pub fn pick(&self, request: &PickRequest<'_>, now: f64) -> Result<Pick<'_>> {
        Picked::new(self, request, now)
    }

    /// [`LoadBalancer::pick`] for a guard that outlives this reference.
    ///
    /// # Errors
    /// As [`LoadBalancer::pick`].
    pub fn pick_owned(&self, request: &PickRequest<'_>, now: f64) -> Result<OwnedPick> {
        Picked::new(self.clone(), request, now)
    }

    /// [`LoadBalancer::pick`] for a retry, which these instances must not get.
    ///
    /// # Errors
    /// As [`LoadBalancer::pick`].
    pub fn pick_excluding(&self, exclude: &[&str], now: f64) -> Result<Pick<'_>> {
        self.pick(&PickRequest { exclude, retry: true, ..PickRequest::default() }, now)
    }

    /// The id of an instance for a request whose end is told with [`LoadBalancer::report`], or never. It does not count
    /// as in flight.
    ///
    /// # Errors
    /// As [`LoadBalancer::pick`].
    pub fn next_instance(&self, request: &PickRequest<'_>, now: f64) -> Result<String> {
        let (table, view, place) = self.0.choose(request, now)?;
        let member = table.member(view, place).ok_or_else(vanished)?;
        member.instance.load.send_unfollowed();
        Ok(member.instance.id.to_string())
    }

    /// How a request ended that [`LoadBalancer::next_instance`] gave an id for, and how many seconds it took.
    ///
    /// # Errors
    /// [`ErrorCode::BalanceUnknownInstance`]; [`ErrorCode::ConfigOutOfRange`] for a duration below 0.
    pub fn report(&self, id: &str, outcome: RequestOutcome, seconds: f64, now: f64) -> Result<()> {
        let now = time(now)?;
        if crate::config::finite("seconds", seconds)? < 0.0 {
            return Err(
                Error::new(ErrorCode::ConfigOutOfRange, format!("seconds is {seconds}, below 0")).field("seconds")
            );
        }
        let instance = Arc::clone(&self.0.roster.lock().record(id)?.instance);
        instance.load.result_of_unfollowed();
        self.0.settle(&instance, outcome, seconds, now, None);
        Ok(())
    }
}

#[cold]
fn too_many(field: &str, now: &str) -> Error {
    Error::new(ErrorCode::LimitExceeded, format!("{now}, the most there may be"))
        .field(field)
        .hint("wait until some have ended, or raise it")
}

fn vanished() -> Error {
    Error::new(ErrorCode::Internal, "a chosen instance is not in its table")
}

type Found = (Guard<Arc<Table>>, usize, (u32, u32));

impl Inner {
    #[inline]
    fn choose(&self, request: &PickRequest<'_>, now: f64) -> Result<Found> {
        time(now)?;
        if request.retry && !self.take_retry(now) {
            return Err(Error::new(ErrorCode::BalanceRetryBudget, "too many of the requests are retries already")
                .hint("give up, or raise retry_budget.percent"));
        }
        if now >= self.due.get() {
            self.advance(now);
        }
        let wanted = Wanted { key: request.key, exclude: request.exclude, now };
        let view = self.view_of(request)?;
        let table = self.table.load();
        match table.choose(view, wanted) {
            Some(place) => Ok((table, view, place)),
            None => self.choose_again(view, wanted),
        }
    }

    /// One more request, if there may be.
    #[inline]
    fn enter(&self, retry: bool) -> Result<()> {
        let most = u64::from(self.options.max_requests);
        if most > 0 && self.open.fetch_add(1, Relaxed) >= most {
            self.open.fetch_sub(1, Relaxed);
            return Err(too_many("max_requests", &format!("{most} requests are in flight")));
        }
        let most = u64::from(self.options.max_retries);
        if retry && most > 0 && self.retries.fetch_add(1, Relaxed) >= most {
            self.leave(retry);
            return Err(too_many("max_retries", &format!("{most} retries are in flight")));
        }
        Ok(())
    }

    #[inline]
    fn leave(&self, retry: bool) {
        if self.options.max_requests > 0 {
            self.open.fetch_sub(1, Relaxed);
        }
        if retry && self.options.max_retries > 0 {
            self.retries.fetch_sub(1, Relaxed);
        }
    }

    /// Which limit of all instances refuses a request now, in words.
    pub(super) fn refusal(&self, retry: bool) -> Option<String> {
        let full = |most: u32, now: &AtomicU64| most > 0 && now.load(Relaxed) >= u64::from(most);
        let BalancerOptions { max_requests, max_retries, .. } = self.options;
        if full(max_requests, &self.open) {
            Some(format!("{max_requests} requests are in flight, the most there may be (max_requests)"))
        } else if retry && full(max_retries, &self.retries) {
            Some(format!("{max_retries} retries are in flight, the most there may be (max_retries)"))
        } else {
            None
        }
    }

    /// The place of the view of a request's subset.
    #[inline]
    pub(super) fn view_of(&self, request: &PickRequest<'_>) -> Result<usize> {
        match request.subset {
            None => Ok(0),
            Some(subset) if subset.balancer == self.number => Ok(subset.view),
            Some(_) => Err(Error::new(ErrorCode::ConfigInvalid, "the subset is one of another balancer")
                .field("subset")
                .hint("ask this balancer for it")),
        }
    }

    /// Nobody was found: perhaps the table is older than the roster.
    #[cold]
    fn choose_again(&self, view: usize, wanted: Wanted<'_>) -> Result<Found> {
        let mut roster = self.roster.lock();
        self.bring_up(&mut roster, wanted.now);
        let table = self.table.load();
        match table.choose(view, wanted) {
            Some(place) => Ok((table, view, place)),
            None => Err(self.no_instance(&roster, view, wanted)),
        }
    }

    fn take_retry(&self, now: f64) -> bool {
        let table = self.table.load();
        let groups = table.views.iter().flat_map(|view| &view.groups);
        let attempts = groups.map(|group| group.turns.load(Relaxed)).sum();
        self.budget.take(attempts, now)
    }

    /// What a result changes. `open` is the in-flight request that it belongs to.
    #[inline]
    pub(super) fn settle(
        &self,
        instance: &Arc<Instance>,
        outcome: RequestOutcome,
        seconds: f64,
        now: f64,
        retry_after: Option<f64>,
    ) {
        let load = &instance.load;
        match outcome {
            RequestOutcome::Success => {
                load.latencies.record(seconds);
                load.runs.end();
                match self.measures {
                    Measures::Nothing => {}
                    Measures::ResponseTime => {
                        load.response_time.observe(seconds, now, self.options.response_time.decay);
                    }
                    Measures::Means => load.speed.succeed(seconds, now),
                }
                load.end();
                if load.recovering.load(Relaxed) {
                    self.judge(instance, false, None, now);
                }
            }
            RequestOutcome::Cancelled => {
                load.cancel();
                load.end();
            }
            _ => self.settle_failure(instance, outcome, seconds, now, retry_after),
        }
    }

    #[cold]
    fn settle_failure(
        &self,
        instance: &Arc<Instance>,
        outcome: RequestOutcome,
        seconds: f64,
        now: f64,
        retry_after: Option<f64>,
    ) {
        let load = &instance.load;
        load.fail();
        load.end();
        let wait = retry_after.filter(|wait| wait.is_finite()).unwrap_or(0.0).clamp(0.0, LONGEST_RETRY_AFTER);
        match self.measures {
            Measures::Nothing => {}
            Measures::ResponseTime => {
                let options = &self.options.response_time;
                // Never less than was known before: a failure is no fast answer.
                let known = load.response_time.at(now, options.decay);
                let seconds = seconds.max(wait).max(options.failure_penalty).max(known);
                load.response_time.observe(seconds, now, options.decay);
            }
            Measures::Means => load.speed.fail(seconds, now, wait),
        }
        let reason = self.count_run(instance, outcome);
        if reason.is_some() || load.recovering.load(Relaxed) {
            self.judge(instance, true, reason, now);
        }
        if wait > 0.0 && self.measures == Measures::Nothing {
            self.rest(instance, wait, now);
        }
    }

    /// Count a failure into its runs; gives the rule that asks for an ejection.
    fn count_run(&self, instance: &Instance, outcome: RequestOutcome) -> Option<EjectionReason> {
        let options = self.options.outlier.as_ref()?;
        let runs = &instance.load.runs;
        let reaches = |run: &AtomicU32, most: u32| {
            let length = run.fetch_add(1, Relaxed).saturating_add(1);
            most > 0 && length >= most
        };
        let local = outcome == RequestOutcome::LocalError;
        let remote = outcome != RequestOutcome::Overloaded && !(local && options.split_local_failures);
        let gateway = remote && (local || outcome == RequestOutcome::GatewayError);
        let by_local = local && reaches(&runs.local, options.consecutive_local_failures);
        let by_gateway = gateway && reaches(&runs.gateway, options.consecutive_gateway_failures);
        let by_any = remote && reaches(&runs.server, options.consecutive_failures);
        if by_any {
            Some(EjectionReason::ConsecutiveFailures)
        } else if by_gateway {
            Some(EjectionReason::ConsecutiveGatewayFailures)
        } else {
            by_local.then_some(EjectionReason::ConsecutiveLocalFailures)
        }
    }
}

/// Nobody is believed who wants to be left alone for longer, in seconds.
const LONGEST_RETRY_AFTER: f64 = 300.0;

impl<B: Borrow<LoadBalancer>> Picked<B> {
    #[inline]
    fn new(balancer: B, request: &PickRequest<'_>, now: f64) -> Result<Self> {
        let inner = &balancer.borrow().0;
        inner.enter(request.retry)?;
        let (table, view, place) = inner.choose(request, now).inspect_err(|_| inner.leave(request.retry))?;
        let load = &table.member(view, place).ok_or_else(vanished)?.instance.load;
        let in_flight = load.begin();
        if inner.measures == Measures::Means {
            load.speed.begin(in_flight == 1, now);
        }
        Ok(Self { balancer, table, view, place, begun: now, open: true, retry: request.retry })
    }

    #[inline]
    fn member(&self) -> Option<&Member> {
        self.table.member(self.view, self.place)
    }

    /// The id of the instance.
    pub fn id(&self) -> &str {
        self.member().map_or("", |member| &member.instance.id)
    }

    /// What the instance was added with: words of the host's own, such as its address.
    pub fn metadata(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        self.member().map(|member| &member.instance.metadata)
    }

    /// The number of the instance: no other one of this balancer ever has the same, not even one of the same id.
    pub fn number(&self) -> u64 {
        self.member().map_or(u64::MAX, |member| member.instance.number)
    }

    /// When the request began, in Unix seconds.
    pub fn begun(&self) -> f64 {
        self.begun
    }

    /// The request ended now (Unix seconds).
    #[inline]
    pub fn finish(self, outcome: RequestOutcome, now: f64) {
        self.finish_with(outcome, None, now);
    }

    /// [`Picked::finish`] where the instance said for how many seconds it wants to be left alone (`Retry-After`).
    #[inline]
    pub fn finish_with(mut self, outcome: RequestOutcome, retry_after: Option<f64>, now: f64) {
        self.end(RequestEnd { outcome, retry_after, now });
    }

    /// [`Picked::finish`] for a guard that is looked at afterwards, too. The first end counts; gives whether this was it.
    #[inline]
    pub fn end(&mut self, end: RequestEnd) -> bool {
        if !std::mem::take(&mut self.open) {
            return false;
        }
        if let Some(member) = self.table.member(self.view, self.place) {
            // A clock that was set back must not look like an answer before the question.
            let now = if end.now >= self.begun { end.now } else { self.begun };
            let seconds = now - self.begun;
            self.balancer.borrow().0.settle(&member.instance, end.outcome, seconds, now, end.retry_after);
        }
        self.balancer.borrow().0.leave(self.retry);
        true
    }

    /// Whether the request is in flight.
    pub fn is_open(&self) -> bool {
        self.open
    }
}

impl<B: Borrow<LoadBalancer>> Drop for Picked<B> {
    #[inline]
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Some(member) = self.member() {
            // Nobody says when, so it tells nothing of the instance's speed.
            member.instance.load.cancel();
            member.instance.load.end();
        }
        self.balancer.borrow().0.leave(self.retry);
    }
}
