//! A run, request by request: what happens between two whole seconds.

use rand_distr::LogNormal;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::bursts::Bursts;
use super::fleet::{Fleet, State};
use super::jobs::Jobs;
use super::options::{RequestFigures, RequestOptions};
use super::routing::{Ended, Routing};
use crate::error::Result;
use crate::scaling::simulate::recorded::{Arrivals, draw, unit};
use crate::scaling::simulate::run::{Service, Work};
use crate::scaling::simulate::tally::Tally;
use crate::scaling::simulate::{Plant, Trace};
use crate::virtual_time::Agenda;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// An instance has started.
    Started { instance: u32 },
    /// A request is done, unless the version of the instance is another one by then.
    Done { instance: u32, version: u64, job: u32 },
    /// An instance is down from now on.
    Breaks { instance: u32 },
    /// The time to finish requests is over.
    DrainEnds { instance: u32 },
    /// It is noticed that an instance is down.
    Noticed { instance: u32 },
}

/// Instances, requests, and who brings them together.
pub(super) struct Requests<'a> {
    plant: &'a Plant,
    options: &'a RequestOptions,
    routing: &'a mut dyn Routing,
    fleet: Fleet,
    jobs: Jobs,
    agenda: Agenda<Event>,
    starts: LogNormal<f64>,
    /// Of instances. Requests have their own, so that all policies meet the same.
    chance: Pcg64Mcg,
    arrivals: Arrivals,
    /// When requests of a second come, and how much work they need.
    requests: Pcg64Mcg,
    /// The first second that counts.
    counted_from: usize,
    counts: Counts,
    /// Requests that came in each second that counts, and those of them that violate the objective.
    seconds: Vec<(u32, u32)>,
    /// When instances began to work.
    joined: Vec<f64>,
    /// Of the second that is being worked on.
    violated: f64,
    longest: f64,
}

#[derive(Debug, Default)]
struct Counts {
    arrived: u64,
    answered: u64,
    refused: u64,
    broken_off: u64,
    timed_out: u64,
    attempts: u64,
}

impl<'a> Requests<'a> {
    pub(super) fn new(
        trace: &Trace,
        plant: &'a Plant,
        options: &'a RequestOptions,
        seed: u64,
        routing: &'a mut dyn Routing,
    ) -> Result<Self> {
        let mut requests = Self {
            plant,
            options,
            routing,
            fleet: Fleet::new(plant, options),
            jobs: Jobs::default(),
            agenda: Agenda::default(),
            starts: plant.starts()?,
            chance: Pcg64Mcg::seed_from_u64(seed),
            arrivals: Arrivals::new(seed),
            requests: Pcg64Mcg::seed_from_u64(seed ^ 0x1405_7b7e_f767_814f),
            counted_from: plant.counted_from(trace.duration().floor() as usize),
            counts: Counts::default(),
            seconds: Vec::new(),
            joined: Vec::new(),
            violated: 0.0,
            longest: 0.0,
        };
        for _ in 0..plant.first(trace) {
            // They have been there for long.
            let instance = requests.fleet.start(f64::NEG_INFINITY);
            requests.join(instance, 0.0)?;
        }
        Ok(requests)
    }

    fn start(&mut self, now: f64) {
        let ready_at = now + draw(&self.starts, &mut self.chance);
        let instance = self.fleet.start(ready_at);
        self.agenda.plan(ready_at, Event::Started { instance });
    }

    fn join(&mut self, instance: u32, now: f64) -> Result<()> {
        if let Some(one) = self.fleet.get(instance) {
            one.state = State::Ready;
        }
        self.routing.joins(instance, now)
    }

    fn happen(&mut self, now: f64, event: Event, tally: &mut Tally<'_>) -> Result<()> {
        match event {
            Event::Started { instance } => self.started(instance, now),
            Event::Done { instance, version, job } => self.done(instance, version, job, now, tally),
            Event::Breaks { instance } => self.breaks(instance, now, tally),
            Event::DrainEnds { instance } => self.gone(instance, State::Draining, now, tally),
            Event::Noticed { instance } => self.gone(instance, State::Broken, now, tally),
        }
    }

    fn started(&mut self, instance: u32, now: f64) -> Result<()> {
        if self.fleet.get(instance).is_none_or(|one| one.state != State::Starting) {
            return Ok(());
        }
        if self.plant.start_failures > 0.0 && unit(&mut self.chance) < self.plant.start_failures {
            let ready_at = now + draw(&self.starts, &mut self.chance);
            if let Some(one) = self.fleet.get(instance) {
                one.ready_at = ready_at;
            }
            self.agenda.plan(ready_at, Event::Started { instance });
            return Ok(());
        }
        self.joined.push(now);
        self.join(instance, now)?;
        self.warm(now);
        Ok(())
    }

    fn warm(&mut self, now: f64) {
        for instance in self.fleet.warm(now) {
            self.plan_done(instance);
        }
    }

    fn breaks(&mut self, instance: u32, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        self.agenda.plan(now + self.options.noticed, Event::Noticed { instance });
        self.break_off(instance, now, tally)
    }

    /// An instance that is still in this state is no more; what it has breaks off.
    fn gone(&mut self, instance: u32, state: State, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        if self.fleet.get(instance).is_none_or(|one| one.state != state) {
            return Ok(());
        }
        self.routing.leaves(instance, now)?;
        self.break_off(instance, now, tally)?;
        self.fleet.leave(instance);
        Ok(())
    }

    fn break_off(&mut self, instance: u32, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        let Some(one) = self.fleet.get(instance) else { return Ok(()) };
        one.note(now);
        for job in one.work.break_off(now) {
            self.routing.ended(job, instance, Ended::BrokenOff, now);
            self.attempt(job, Ended::BrokenOff, now, tally)?;
        }
        Ok(())
    }

    fn arrive(&mut self, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        let work = self.options.distribution.draw(|| unit(&mut self.requests)) * self.plant.service_time / 1e3;
        let job = self.jobs.add(now, work);
        self.attempt(job, Ended::Refused, now, tally)
    }

    /// Try instances until one takes the request, which it was refused by, or broke off from, before.
    fn attempt(&mut self, number: u32, mut failed: Ended, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        loop {
            let Some(job) = self.jobs.get(number) else { return Ok(()) };
            let (work, began, count) = (job.work, job.began, job.tried.count());
            let tried = if count == 0 { Vec::new() } else { job.tried.all() };
            if count > self.options.retries as usize {
                break;
            }
            let Some(instance) = self.routing.choose(number, &tried, now)? else { break };
            if let Some(job) = self.jobs.get(number) {
                job.tried.add(instance);
            }
            self.counts.attempts += u64::from(began >= self.counted_from as f64);
            let limit = self.options.queue_limit as usize;
            let Some(one) = self.fleet.get(instance) else { break };
            if one.state == State::Broken || one.state == State::Gone {
                failed = Ended::BrokenOff;
            } else if limit > 0 && one.work.len() >= limit {
                failed = Ended::Refused;
            } else {
                one.note(now);
                one.work.begin(number, work, now);
                self.plan_done(instance);
                return Ok(());
            }
            self.routing.ended(number, instance, failed, now);
        }
        self.over(number, failed, now, tally);
        Ok(())
    }

    fn plan_done(&mut self, instance: u32) {
        let Some(one) = self.fleet.get(instance) else { return };
        let version = one.work.version;
        if let Some((job, at)) = one.work.next_done() {
            self.agenda.plan(at, Event::Done { instance, version, job });
        }
    }

    fn done(&mut self, instance: u32, version: u64, job: u32, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        let Some(one) = self.fleet.get(instance).filter(|one| one.work.version == version) else { return Ok(()) };
        one.note(now);
        one.work.end(job, now);
        self.routing.ended(job, instance, Ended::Answered, now);
        self.over(job, Ended::Answered, now, tally);
        self.after_end(instance, now, tally)
    }

    /// What an instance does after a request of it has ended.
    fn after_end(&mut self, instance: u32, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        let Some(one) = self.fleet.get(instance) else { return Ok(()) };
        if one.state == State::Draining && one.work.len() == 0 {
            return self.gone(instance, State::Draining, now, tally);
        }
        self.plan_done(instance);
        Ok(())
    }

    fn time_out(&mut self, number: u32, now: f64, tally: &mut Tally<'_>) -> Result<()> {
        let Some(instance) = self.jobs.get(number).and_then(|job| job.tried.last()) else { return Ok(()) };
        if let Some(one) = self.fleet.get(instance) {
            one.note(now);
            one.work.end(number, now);
        }
        self.routing.ended(number, instance, Ended::TimedOut, now);
        self.over(number, Ended::TimedOut, now, tally);
        self.after_end(instance, now, tally)
    }

    fn over(&mut self, number: u32, how: Ended, now: f64, tally: &mut Tally<'_>) {
        let Some(job) = self.jobs.end(number) else { return };
        let second = job.began as usize;
        let answered = how == Ended::Answered;
        let milliseconds = 1e3 * if answered { now - job.began } else { self.plant.timeout };
        let violated = !answered || milliseconds > self.plant.objective;
        self.longest = self.longest.max(milliseconds);
        self.violated += f64::from(u8::from(violated));
        tally.took(second, 1.0, milliseconds);
        if violated {
            tally.violated(second, 1.0);
        }
        if !answered {
            tally.dropped(second, 1.0);
        }
        let Some(at) = second.checked_sub(self.counted_from) else { return };
        let counts = &mut self.counts;
        let counter = match how {
            Ended::Answered => &mut counts.answered,
            Ended::Refused => &mut counts.refused,
            Ended::BrokenOff => &mut counts.broken_off,
            Ended::TimedOut => &mut counts.timed_out,
        };
        *counter += 1;
        if let Some(second) = self.seconds.get_mut(at) {
            second.1 += u32::from(violated);
        }
    }

    /// Times of so many requests within a second, the last one first.
    fn times(&mut self, second: usize, count: usize) -> Vec<f64> {
        let mut times: Vec<f64> = (0..count).map(|_| second as f64 + unit(&mut self.requests)).collect();
        times.sort_by(|a, b| b.total_cmp(a));
        times
    }

    pub(super) fn figures(self) -> RequestFigures {
        let window = self.options.burst_window;
        let bursts = Bursts::of(&self.seconds, self.counted_from as f64, &self.joined, window);
        let Counts { arrived, answered, refused, broken_off, timed_out, attempts } = self.counts;
        RequestFigures {
            arrived,
            answered,
            refused,
            broken_off,
            timed_out,
            in_flight: self.jobs.open_since(self.counted_from as f64),
            attempts_per_request: share(attempts as f64, arrived as f64),
            bursts: bursts.count,
            burst_violations: bursts.violations,
            calm_violations: bursts.calm,
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Service for Requests<'_> {
    fn ready(&self) -> u32 {
        self.fleet.count(State::Ready)
    }

    fn instances(&self) -> u32 {
        self.fleet.count(State::Ready) + self.fleet.count(State::Starting)
    }

    fn paid(&self) -> u32 {
        self.instances() + self.fleet.count(State::Draining)
    }

    fn chance(&mut self) -> &mut Pcg64Mcg {
        &mut self.chance
    }

    /// What works may break down, and is replaced at once. Instances that start are events of their own.
    fn come_and_go(&mut self, now: f64) -> Result<()> {
        self.warm(now);
        let expected = f64::from(self.fleet.count(State::Ready)) * self.plant.breakdowns / 3600.0;
        if expected > 0.0 && unit(&mut self.chance) < expected {
            let place = (unit(&mut self.chance) * f64::from(self.fleet.count(State::Ready))) as usize;
            let broken = self.fleet.those(State::Ready).nth(place);
            if let Some((instance, one)) = broken.and_then(|at| self.fleet.get(at).map(|one| (at, one))) {
                one.state = State::Broken;
                self.agenda.plan(now, Event::Breaks { instance });
            }
            self.start(now);
        }
        Ok(())
    }

    fn resize(&mut self, count: u32, now: f64) -> Result<()> {
        (self.instances()..count).for_each(|_| self.start(now));
        let surplus = self.instances().saturating_sub(count);
        for _ in 0..surplus {
            // What does not work yet goes first, the last one before all; then the youngest.
            if let Some(instance) = self.fleet.last_starting() {
                self.fleet.leave(instance);
                continue;
            }
            let youngest = self.fleet.those(State::Ready).next_back();
            let Some((instance, one)) = youngest.and_then(|at| self.fleet.get(at).map(|one| (at, one))) else { break };
            one.state = State::Draining;
            self.routing.drains(instance, self.options.drain, now)?;
            self.agenda.plan(now + self.options.drain, Event::DrainEnds { instance });
        }
        Ok(())
    }

    fn work(&mut self, second: usize, rate: f64, tally: &mut Tally<'_>) -> Result<Work> {
        let arrived = self.arrivals.count(rate);
        if second >= self.counted_from {
            self.counts.arrived += arrived as u64;
            self.seconds.push((arrived as u32, 0));
        }
        (self.violated, self.longest) = (0.0, 0.0);
        let mut coming = self.times(second, arrived as usize);
        let end = (second + 1) as f64;
        loop {
            let arrival = coming.last().copied().unwrap_or(f64::INFINITY);
            let event = self.agenda.next_time().unwrap_or(f64::INFINITY);
            let oldest = self.jobs.oldest().map_or(f64::INFINITY, |(_, began)| began + self.plant.timeout);
            let next = arrival.min(event).min(oldest);
            if next >= end {
                break;
            }
            if event <= next {
                if let Some((now, event)) = self.agenda.next() {
                    self.happen(now, event, tally)?;
                }
            } else if oldest <= next {
                if let Some((number, _)) = self.jobs.oldest() {
                    self.time_out(number, oldest, tally)?;
                }
            } else {
                coming.pop();
                self.arrive(arrival, tally)?;
            }
        }
        let usage = self.fleet.usage(end);
        Ok(Work { arrived, violated: self.violated, usage, response_time: self.longest })
    }
}
