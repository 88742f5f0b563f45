//! Of instances that were just asked how busy they are, the fastest of those that have little to do (Wydrowski et al.,
//! "Load is not what you should balance: introducing Prequal", NSDI 2024).
//!
//! The host sends probes beside requests and reports their answers; responses may carry the same numbers. Without
//! answers, requests in flight and response times as this caller sees them take their place.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Chooser, Measures, Members, PrequalOptions, Question, Strategy};
use crate::balance::Probe;
use crate::balance::sync::Mutex;

#[derive(Debug)]
pub(super) struct Prequal {
    pool: Arc<Mutex<Pool>>,
    hot_quantile: f64,
    decay: f64,
}

/// Answers of probes, the oldest first.
#[derive(Debug)]
struct Pool {
    options: PrequalOptions,
    answers: VecDeque<Answer>,
    instances: usize,
    /// Answers that are yet to be removed, and whether the next is the oldest.
    to_remove: f64,
    oldest_next: bool,
}

#[derive(Debug, Clone)]
struct Answer {
    id: Arc<str>,
    in_flight: u64,
    seconds: f64,
    at: f64,
    uses_left: f64,
}

impl Prequal {
    pub(super) fn new(options: &PrequalOptions, decay: f64) -> Self {
        let pool = Pool {
            options: options.clone(),
            answers: VecDeque::new(),
            instances: 0,
            to_remove: 0.0,
            oldest_next: true,
        };
        Self { pool: Arc::new(Mutex::new(pool)), hot_quantile: options.hot_quantile, decay }
    }
}

impl Strategy for Prequal {
    fn name(&self) -> &str {
        "prequal"
    }

    fn prepare(&self, members: &Members<'_>) -> Box<dyn Chooser> {
        self.pool.lock().instances = members.len();
        let places = (0..members.len()).map(|at| (members.id(at).into(), at)).collect();
        Box::new(Probed { pool: Arc::clone(&self.pool), places, hot_quantile: self.hot_quantile, decay: self.decay })
    }

    fn measures(&self) -> Measures {
        Measures::ResponseTime
    }

    fn probed(&self, id: &str, probe: &Probe, now: f64) {
        self.pool.lock().add(id, probe, now);
    }
}

/// How often an answer may be used: with `m` answers kept of `n` instances, `max(1, (1 + delta) / ((1 - m / n) *
/// probe_rate - remove_rate))`. Without an end where more is removed than comes in.
pub(in super::super) fn reuse_budget(pool_size: f64, instances: f64, options: &PrequalOptions) -> f64 {
    let gain = (1.0 - pool_size / instances) * options.probe_rate - options.remove_rate;
    if gain > 0.0 { ((1.0 + options.reuse_slack) / gain).max(1.0) } else { f64::INFINITY }
}

/// The place of the best of some loads (requests in flight, seconds): the fastest of those whose requests in flight are
/// not above the `quantile` of all; at 0 the one with the fewest. `None` without any.
pub(in super::super) fn hot_or_cold(loads: &[(u64, f64)], quantile: f64) -> Option<usize> {
    let all = 0..loads.len();
    if quantile <= 0.0 {
        return all.min_by(|a, b| loads[*a].0.cmp(&loads[*b].0).then(loads[*a].1.total_cmp(&loads[*b].1)));
    }
    let border = hot_border(loads.iter().map(|load| load.0), quantile);
    all.filter(|at| loads[*at].0 <= border).min_by(|a, b| loads[*a].1.total_cmp(&loads[*b].1))
}

/// The most requests in flight with which an instance is not hot.
fn hot_border(in_flight: impl Iterator<Item = u64>, quantile: f64) -> u64 {
    if quantile >= 1.0 {
        return u64::MAX;
    }
    let mut sorted = [u64::MAX; MOST_LOADS];
    let mut known = 0;
    for (place, load) in sorted.iter_mut().zip(in_flight) {
        *place = load;
        known += 1;
    }
    sorted[..known].sort_unstable();
    let rank = (quantile * known.saturating_sub(1) as f64).floor() as usize;
    sorted.get(rank).copied().unwrap_or(u64::MAX)
}

/// Loads that the quantile is taken of.
const MOST_LOADS: usize = 64;

impl Pool {
    fn add(&mut self, id: &str, probe: &Probe, now: f64) {
        let size = self.options.pool_size as usize;
        // The latest answer of an instance is the one that counts.
        self.answers.retain(|answer| &*answer.id != id);
        while self.answers.len() >= size {
            self.answers.pop_front();
        }
        let uses_left = reuse_budget(size as f64, self.instances as f64, &self.options);
        let (in_flight, seconds) = (probe.in_flight, probe.response_time);
        self.answers.push_back(Answer { id: id.into(), in_flight, seconds, at: now, uses_left });
    }

    /// Use the best answer whose instance may have the request.
    fn choose(&mut self, places: &HashMap<Box<str>, usize>, question: &Question<'_>, quantile: f64) -> Option<usize> {
        let oldest = question.now() - self.options.max_age;
        self.answers.retain(|answer| answer.at >= oldest && answer.uses_left > 0.0);
        let mut loads = [(0, 0.0); MOST_LOADS];
        let mut choices = [(0, 0); MOST_LOADS];
        let mut known = 0;
        for (at, answer) in self.answers.iter().enumerate() {
            let Some(place) = places.get(&*answer.id).copied().filter(|place| question.admits(*place)) else {
                continue;
            };
            if known < MOST_LOADS {
                loads[known] = (answer.in_flight, answer.seconds);
                choices[known] = (at, place);
                known += 1;
            }
        }
        if known < 2 {
            return None;
        }
        let (at, place) = choices[hot_or_cold(&loads[..known], quantile)?];
        if let Some(answer) = self.answers.get_mut(at) {
            // What is sent there now comes on top of what it said.
            answer.in_flight += 1;
            answer.uses_left -= 1.0;
        }
        self.remove(quantile);
        Some(place)
    }

    /// Remove the oldest answer and the worst one by turns.
    fn remove(&mut self, quantile: f64) {
        self.to_remove += self.options.remove_rate;
        while self.to_remove >= 1.0 {
            self.to_remove -= 1.0;
            self.oldest_next = !self.oldest_next;
            if self.answers.len() <= 2 {
                continue;
            }
            if self.oldest_next {
                self.answers.pop_front();
            } else if let Some(worst) = self.worst(quantile) {
                self.answers.remove(worst);
            }
        }
    }

    /// The one with the most in flight where any is hot, else the slowest.
    fn worst(&self, quantile: f64) -> Option<usize> {
        let border = hot_border(self.answers.iter().map(|answer| answer.in_flight), quantile);
        let places = 0..self.answers.len();
        if self.answers.iter().any(|answer| answer.in_flight > border) {
            return places.max_by_key(|at| self.answers[*at].in_flight);
        }
        places.max_by(|a, b| self.answers[*a].seconds.total_cmp(&self.answers[*b].seconds))
    }
}

#[derive(Debug)]
struct Probed {
    pool: Arc<Mutex<Pool>>,
    places: HashMap<Box<str>, usize>,
    hot_quantile: f64,
    decay: f64,
}

/// Instances that are compared where no probe is known.
const COMPARED: usize = 16;

impl Chooser for Probed {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        // Where another thread is at the pool, what this caller knows itself is good enough; nobody waits.
        let by_probes =
            self.pool.try_lock().and_then(|mut pool| pool.choose(&self.places, question, self.hot_quantile));
        by_probes.or_else(|| self.by_own_view(question))
    }
}

impl Probed {
    fn by_own_view(&self, question: &Question<'_>) -> Option<usize> {
        let len = question.len();
        let start = question.below(len);
        let mut loads = [(0, 0.0); COMPARED];
        let mut places = [0; COMPARED];
        let mut known = 0;
        for at in (start..len).chain(0..start).filter(|at| question.admits(*at)).take(COMPARED) {
            let in_flight = question.in_flight(at);
            loads[known] = (in_flight, question.response_time(at, self.decay) * (in_flight + 1) as f64);
            places[known] = at;
            known += 1;
        }
        hot_or_cold(&loads[..known], self.hot_quantile).map(|at| places[at])
    }
}
