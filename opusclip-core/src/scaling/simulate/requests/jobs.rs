//! Requests that are on their way, the oldest first: that one is also the first to be given up.

use std::collections::VecDeque;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) began: f64,
    /// Seconds of work.
    pub(super) work: f64,
    /// Instances that it was at; the last one has it now.
    pub(super) tried: Tried,
    pub(super) over: bool,
}

/// Instances that a request was at. Nearly all were at one.
#[derive(Debug, Clone, Default)]
pub(super) struct Tried {
    last: Option<u32>,
    before: Vec<u32>,
}

impl Tried {
    pub(super) fn add(&mut self, instance: u32) {
        self.before.extend(self.last.replace(instance));
    }

    pub(super) fn last(&self) -> Option<u32> {
        self.last
    }

    pub(super) fn count(&self) -> usize {
        self.before.len() + usize::from(self.last.is_some())
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<u32> {
        self.before.iter().copied().chain(self.last).collect()
    }
}

/// Requests by their numbers.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    first: u32,
    jobs: VecDeque<Job>,
}

impl Jobs {
    /// A request has come; gives its number.
    pub(super) fn add(&mut self, began: f64, work: f64) -> u32 {
        self.jobs.push_back(Job { began, work, tried: Tried::default(), over: false });
        self.first + self.jobs.len() as u32 - 1
    }

    pub(super) fn get(&mut self, number: u32) -> Option<&mut Job> {
        self.jobs.get_mut(number.checked_sub(self.first)? as usize)
    }

    /// A request is over: it is forgotten once all older ones are. Gives it if it was not over before.
    pub(super) fn end(&mut self, number: u32) -> Option<Job> {
        let job = self.get(number).filter(|job| !job.over)?;
        job.over = true;
        let ended = job.clone();
        while self.jobs.front().is_some_and(|job| job.over) {
            self.jobs.pop_front();
            self.first += 1;
        }
        Some(ended)
    }

    /// The oldest request, and when it came.
    pub(super) fn oldest(&self) -> Option<(u32, f64)> {
        self.jobs.front().map(|job| (self.first, job.began))
    }

    /// Requests that came at or after a time and are not over.
    pub(super) fn open_since(&self, time: f64) -> u64 {
        self.jobs.iter().filter(|job| !job.over && job.began >= time).count() as u64
    }
}
