//! The one that is expected to answer first, without being told how fast anybody is.

use super::{Chooser, Measures, Members, Question, Strategy};
use crate::balance::estimate::Known;

#[derive(Debug)]
pub(super) struct LeastResponseTime;

/// So many instances are compared: all where there are no more, else some at random.
const COMPARED: usize = 16;
/// An instance that failed is left alone for so many seconds at first, twice as long after each further failure.
const FIRST_DOUBT: f64 = 0.1;
/// And at most for this long.
const LONGEST_DOUBT: f64 = 30.0;
/// A failure costs as much as so many answers.
const FAILURE_COST: f64 = 30.0;
/// Seconds that nobody is chosen for who has another choice.
const SHUNNED: f64 = 1e12;
/// Seconds after which one that was too slow to be asked is asked again.
const FORGET: f64 = 30.0;

impl Strategy for LeastResponseTime {
    fn name(&self) -> &str {
        "least_response_time"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::new(Self)
    }

    fn measures(&self) -> Measures {
        Measures::Means
    }
}

#[derive(Clone, Copy, Default)]
struct Candidate {
    at: usize,
    in_flight: u64,
    known: Known,
}

impl Chooser for LeastResponseTime {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let mut candidates = [Candidate::default(); COMPARED];
        let candidates = look(question, &mut candidates);
        let pool = Pool::of(candidates);
        let costs = candidates.iter().map(|candidate| (pool.cost(candidate, question), candidate.at));
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
    }
}

fn look<'a>(question: &Question<'_>, candidates: &'a mut [Candidate; COMPARED]) -> &'a [Candidate] {
    let len = question.len();
    let mut found = 0;
    let mut add = |at: usize| {
        if let Some(candidate) = candidates.get_mut(found).filter(|_| question.admits(at)) {
            let in_flight = question.in_flight(at);
            *candidate = Candidate { at, in_flight, known: question.known(at, in_flight) };
            found += 1;
        }
    };
    if len <= COMPARED {
        let start = question.turn(len as u64) as usize;
        (start..len).chain(0..start).for_each(&mut add);
    } else {
        (0..COMPARED).for_each(|_| add(question.below(len)));
    }
    &candidates[..found]
}

/// What all candidates have in common.
///
/// Means of few or scattered results say little about an instance, and nothing where all instances are alike. So each is
/// drawn towards the common mean by how much of the differences chance explains (Stein's shrinkage, as in Efron and
/// Morris, "Data analysis using Stein's estimator", 1975): instances that are alike are told apart by their requests in
/// flight alone.
struct Pool {
    mean: f64,
    /// Variance of true means between instances.
    between: f64,
    /// Mean variance of single results.
    within: f64,
    failures: f64,
}

impl Pool {
    fn of(candidates: &[Candidate]) -> Self {
        let known = || candidates.iter().map(|candidate| &candidate.known).filter(|known| known.count > 0.0);
        let count = known().count() as f64;
        if count == 0.0 {
            return Self { mean: 1.0, between: 0.0, within: 1.0, failures: 0.0 };
        }
        let mean = known().map(|known| known.mean).sum::<f64>() / count;
        let within = known().map(|known| known.variance).sum::<f64>() / count;
        let chance = known().map(|known| within / known.count).sum::<f64>() / count;
        let spread = known().map(|known| (known.mean - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        let failures =
            candidates.iter().map(|candidate| candidate.known.failures).sum::<f64>() / candidates.len() as f64;
        Self { mean, between: (spread - chance).max(0.0), within, failures }
    }

    /// What a request is expected to take, by the requests that are there with it.
    fn cost(&self, candidate: &Candidate, question: &Question<'_>) -> f64 {
        let Candidate { at, in_flight, known } = candidate;
        let assumed = self.mean / question.weight(*at);
        let sure = if known.count > 0.0 { self.between / (self.between + self.within / known.count) } else { 0.0 };
        let sure = if sure.is_nan() { 1.0 } else { sure };
        let mut mean = assumed + sure * (known.mean - assumed);
        if known.idle > FORGET && mean > self.mean {
            mean = self.mean;
        }
        let mut cost = mean.max(known.silent) * (*in_flight + 1) as f64;
        cost += (known.failures - self.failures).max(0.0) * FAILURE_COST * self.mean;
        if known.doubts > 0 {
            let wait = (FIRST_DOUBT * (1_u64 << (known.doubts - 1).min(20)) as f64).min(LONGEST_DOUBT);
            if *in_flight > 0 || question.now() < known.doubted_until + wait {
                cost += SHUNNED;
            }
        }
        cost
    }
}
