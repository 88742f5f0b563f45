//! A run in virtual time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::{Event, Events};
use super::policy::{Callers, Choice, Policy};
use super::scenario::Scenario;
use super::server::Server;
use crate::balance::RequestOutcome;
use crate::balance::hash::{below, mix, unit};
use crate::error::{Error, ErrorCode, Result};
use crate::virtual_time::exponential;

/// What came of a run. Times are seconds; a failed request counts as having taken until the time limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationResult {
    /// Requests that were counted.
    pub requests: u64,
    /// The share of them that was answered, 0 to 1.
    pub availability: f64,
    /// The mean response time.
    pub mean: f64,
    /// The median response time.
    pub p50: f64,
    /// The response time that 1 % exceed.
    pub p99: f64,
    /// The response time that 0.1 % exceed.
    pub p999: f64,
    /// The longest response time.
    pub max: f64,
    /// Attempts by requests: 1 without retries.
    pub attempts_per_request: f64,
    /// The share of attempts that each server got, 0 to 1.
    pub shares: Vec<f64>,
}

/// Seconds that a refusal or a fast error takes.
const FAST: f64 = 0.001;

#[derive(Debug, Default)]
struct Job {
    began: f64,
    work: f64,
    caller: usize,
    tried: Vec<usize>,
    choice: Option<Choice>,
    over: bool,
}

struct Run<'a> {
    scenario: &'a Scenario,
    callers: Callers,
    servers: Vec<Server>,
    events: Events,
    jobs: Vec<Job>,
    drawn: u64,
    seed: u64,
    times: Vec<f64>,
    answered: u64,
    attempts: Vec<u64>,
}

/// Put a scenario through with a policy.
///
/// # Errors
/// As [`Scenario::check`] and [`LoadBalancer::new`](crate::balance::LoadBalancer::new);
/// [`DataTooFew`](crate::ErrorCode::DataTooFew) where no request comes that counts.
pub fn simulate(scenario: &Scenario, policy: &Policy, seed: u64) -> Result<SimulationResult> {
    scenario.check()?;
    let mut run = Run {
        scenario,
        callers: Callers::new(policy, scenario, seed)?,
        servers: scenario.servers.iter().map(Server::new).collect(),
        events: Events::default(),
        jobs: Vec::new(),
        drawn: 0,
        seed: mix(seed),
        times: Vec::new(),
        answered: 0,
        attempts: vec![0; scenario.servers.len()],
    };
    run.go()?;
    if run.times.is_empty() {
        let message =
            format!("all {} requests come in the first {} s, which are not counted", run.jobs.len(), scenario.warm_up);
        let more = "let more of them come, or set `warm_up` to less";
        return Err(Error::new(ErrorCode::DataTooFew, message).field("requests").hint(more));
    }
    Ok(run.result())
}

impl Run<'_> {
    fn random(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.seed ^ mix(self.drawn))
    }

    fn exponential(&mut self) -> f64 {
        exponential(|| unit(self.random()))
    }

    fn work(&mut self) -> f64 {
        self.scenario.work * self.scenario.distribution.draw(|| unit(self.random()))
    }

    fn go(&mut self) -> Result<()> {
        for server in 0..self.servers.len() {
            if self.servers[server].joins() <= 0.0 {
                self.callers.add(server, 0.0)?;
            }
            self.plan_change(server, 0.0);
        }
        self.events.plan(self.scenario.arrivals.first().copied().unwrap_or(0.0), Event::Arrives);
        while let Some((now, event)) = self.events.next() {
            match event {
                Event::Arrives => self.arrive(now)?,
                Event::Change { server } => self.change(server, now)?,
                Event::Done { server, version, job } => self.done(server, version, job, now),
                Event::Fails { job, attempt, local } => self.attempt_failed(job, attempt, local, now)?,
                Event::Timeout { job } => self.time_out(job, now),
            }
        }
        Ok(())
    }

    fn arrive(&mut self, now: f64) -> Result<()> {
        let work = self.work();
        let caller = below(self.random(), self.scenario.callers as usize);
        let job = self.jobs.len() as u32;
        self.jobs.push(Job { began: now, work, caller, ..Job::default() });
        self.events.plan(now + self.scenario.timeout, Event::Timeout { job });
        self.attempt(job, now)?;
        if self.jobs.len() < self.scenario.all_requests() {
            let next = match self.scenario.arrivals.get(self.jobs.len()) {
                Some(at) => *at,
                None => now + self.exponential() / self.scenario.rate,
            };
            self.events.plan(next, Event::Arrives);
        }
        Ok(())
    }

    fn attempt(&mut self, number: u32, now: f64) -> Result<()> {
        let job = &mut self.jobs[number as usize];
        let attempt = job.tried.len() as u32;
        let choice = self.callers.choose(job.caller, job.work, &job.tried, &mut self.servers, now)?;
        let Some(choice) = choice else {
            self.over(number, false, now);
            return Ok(());
        };
        let server = choice.server;
        job.tried.push(server);
        job.choice = Some(choice);
        let work = job.work;
        if now >= self.scenario.warm_up {
            self.attempts[server] += 1;
        }
        if !self.servers[server].accepts(now) || self.servers[server].fails() {
            let local = !self.servers[server].fails();
            self.events.plan(now + FAST, Event::Fails { job: number, attempt, local });
        } else {
            self.servers[server].begin(number, work, now);
            self.plan_done(server);
        }
        Ok(())
    }

    fn plan_done(&mut self, server: usize) {
        let version = self.servers[server].work.version;
        if let Some((job, at)) = self.servers[server].work.next_done() {
            self.events.plan(at, Event::Done { server, version, job });
        }
    }

    fn plan_change(&mut self, server: usize, now: f64) {
        // Servers change for ever; nobody looks after the last request.
        let open =
            self.jobs.len() < self.scenario.all_requests() || self.jobs.iter().rev().take(10_000).any(|job| !job.over);
        if let Some(at) = self.servers[server].next_change(now).filter(|_| open) {
            self.events.plan(at, Event::Change { server });
        }
    }

    fn change(&mut self, server: usize, now: f64) -> Result<()> {
        if self.servers[server].joins() == now && now > 0.0 {
            self.callers.add(server, now)?;
        }
        if self.servers[server].accepts(now) {
            self.servers[server].update(now);
        } else {
            for job in self.servers[server].break_off(now) {
                let attempt = self.jobs[job as usize].tried.len() as u32 - 1;
                self.attempt_failed(job, attempt, true, now)?;
            }
        }
        self.plan_done(server);
        self.plan_change(server, now);
        Ok(())
    }

    fn done(&mut self, server: usize, version: u64, job: u32, now: f64) {
        if self.servers[server].work.version != version {
            return;
        }
        self.servers[server].end(job, now);
        self.plan_done(server);
        if let Some(choice) = self.jobs[job as usize].choice.take() {
            choice.finish(RequestOutcome::Success, now);
        }
        self.over(job, true, now);
    }

    fn attempt_failed(&mut self, number: u32, attempt: u32, local: bool, now: f64) -> Result<()> {
        let job = &mut self.jobs[number as usize];
        if job.over || job.tried.len() as u32 != attempt + 1 {
            return Ok(());
        }
        if let Some(choice) = job.choice.take() {
            let outcome = if local { RequestOutcome::LocalError } else { RequestOutcome::ServerError };
            choice.finish(outcome, now);
        }
        if attempt < self.scenario.retries {
            return self.attempt(number, now);
        }
        self.over(number, false, now);
        Ok(())
    }

    fn time_out(&mut self, number: u32, now: f64) {
        if self.jobs[number as usize].over {
            return;
        }
        if let Some(choice) = self.jobs[number as usize].choice.take() {
            let server = choice.server;
            self.servers[server].end(number, now);
            self.plan_done(server);
            choice.finish(RequestOutcome::LocalError, now);
        }
        self.over(number, false, now);
    }

    fn over(&mut self, number: u32, answered: bool, now: f64) {
        let job = &mut self.jobs[number as usize];
        job.over = true;
        if job.began >= self.scenario.warm_up {
            self.times.push(if answered { now - job.began } else { self.scenario.timeout });
            self.answered += u64::from(answered);
        }
    }

    fn result(mut self) -> SimulationResult {
        self.times.sort_by(f64::total_cmp);
        let count = self.times.len();
        let quantile = |share: f64| {
            let rank = (share * count.saturating_sub(1) as f64).round() as usize;
            self.times.get(rank).copied().unwrap_or(0.0)
        };
        let attempts: u64 = self.attempts.iter().sum();
        let of = |part: f64, whole: u64| if whole == 0 { 0.0 } else { part / whole as f64 };
        SimulationResult {
            requests: count as u64,
            availability: of(self.answered as f64, count as u64),
            mean: of(self.times.iter().sum(), count as u64),
            p50: quantile(0.5),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: quantile(1.0),
            attempts_per_request: of(attempts as f64, count as u64),
            shares: self.attempts.iter().map(|part| of(*part as f64, attempts)).collect(),
        }
    }
}
