//! The one that is expected to answer first, without being told how fast anybody is.

use super::{Chooser, Measures, Members, Question, Strategy};
use crate::balance::estimate::{Known, Number};

#[derive(Debug)]
pub(super) struct LeastResponseTime;

/// So many instances are compared: all where there are no more.
const COMPARED: usize = 16;
/// Of more, so many at random.
const SAMPLED: usize = 4;
/// What instances have in common is looked at with every so manieth request, and of so many of them at most.
const LOOK_EVERY: u64 = 16;
const LOOKED_AT: usize = 64;
/// An instance that failed at once is left alone for so many seconds at first, twice as long after each further failure;
/// one that took its time to fail for longer, as asking it again costs more.
const FIRST_DOUBT: f64 = 0.1;
/// And at most for this long.
const LONGEST_DOUBT: f64 = 30.0;
/// A failure costs as much as so many answers.
const FAILURE_COST: f64 = 10.0;
/// Seconds that nobody is chosen for who has another choice.
const SHUNNED: f64 = 1e12;
/// Seconds without a request after which one that was too slow, or failed too often, is taken for one like the others.
const FORGET: f64 = 30.0;

impl Strategy for LeastResponseTime {
    fn name(&self) -> &str {
        "least_response_time"
    }

    fn prepare(&self, _: &Members<'_>) -> Box<dyn Chooser> {
        Box::<Chosen>::default()
    }

    fn measures(&self) -> Measures {
        Measures::Means
    }
}

/// Chooses, and remembers what all have in common.
#[derive(Debug, Default)]
struct Chosen {
    pool: RememberedPool,
}

impl Chooser for Chosen {
    fn choose(&self, question: &Question<'_>) -> Option<usize> {
        let len = question.len();
        let pool = self.pool.of(question);
        let mut best: Option<(f64, usize)> = None;
        let mut look = |at: usize| {
            let cost = pool.cost(at, question);
            if best.is_none_or(|(least, _)| cost < least) && question.admits(at) {
                best = Some((cost, at));
            }
        };
        if len <= COMPARED {
            // Callers that all know nothing yet must not all begin with the same instance.
            let start = if pool.mean > 0.0 { question.turn(len as u64) as usize } else { question.below(len) };
            (start..len).for_each(&mut look);
            (0..start).for_each(&mut look);
        } else {
            (0..SAMPLED).for_each(|_| look(question.below(len)));
        }
        best.map(|(_, at)| at)
    }
}

/// What instances have in common.
///
/// Means of few or scattered results say little about an instance, and nothing where all instances are alike. So each is
/// drawn towards the common mean by how much of the differences chance explains (Stein's shrinkage, as in Efron and
/// Morris, "Data analysis using Stein's estimator", 1975): instances that are alike are told apart by their requests in
/// flight alone.
#[derive(Clone, Copy)]
struct Pool {
    /// Mean of the instances' response times, in seconds; 0 where there is none yet.
    mean: f64,
    /// Variance of true means between instances.
    between: f64,
    /// Mean variance of single results.
    within: f64,
    /// Mean share of failures.
    failures: f64,
}

/// A [`Pool`] that threads share.
#[derive(Debug, Default)]
struct RememberedPool {
    mean: Number,
    between: Number,
    within: Number,
    failures: Number,
}

impl RememberedPool {
    #[inline]
    fn of(&self, question: &Question<'_>) -> Pool {
        let mean = self.mean.get();
        if mean > 0.0 && question.turn(LOOK_EVERY) != 0 {
            let (between, within, failures) = (self.between.get(), self.within.get(), self.failures.get());
            return Pool { mean, between, within, failures };
        }
        let pool = Pool::look(question);
        self.mean.set(pool.mean);
        self.between.set(pool.between);
        self.within.set(pool.within);
        self.failures.set(pool.failures);
        pool
    }
}

impl Pool {
    #[cold]
    fn look(question: &Question<'_>) -> Self {
        let len = question.len();
        let start = question.below(len);
        let mut all = [Known::default(); LOOKED_AT];
        let mut looked_at = 0;
        for (place, at) in all.iter_mut().zip((start..len).chain(0..start)) {
            *place = question.known(at, question.in_flight(at));
            looked_at += 1;
        }
        let all = &all[..looked_at];
        let failures = all.iter().map(|known| known.failures).sum::<f64>() / looked_at.max(1) as f64;
        let known = || all.iter().filter(|known| known.count > 0.0);
        let count = known().count() as f64;
        if count == 0.0 {
            return Self { mean: 0.0, between: 0.0, within: 0.0, failures };
        }
        let mean = known().map(|known| known.mean).sum::<f64>() / count;
        let within = known().map(|known| known.variance).sum::<f64>() / count;
        let chance = known().map(|known| within / known.count).sum::<f64>() / count;
        let spread = known().map(|known| (known.mean - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        Self { mean, between: (spread - chance).max(0.0), within, failures }
    }

    /// What a request is expected to take at an instance, by the requests that are there with it.
    #[inline]
    fn cost(&self, at: usize, question: &Question<'_>) -> f64 {
        let in_flight = question.in_flight(at);
        let known = question.known(at, in_flight);
        // Without any result all are the same.
        let usual = if self.mean > 0.0 { self.mean } else { 1.0 };
        let assumed = usual / question.weight(at);
        let (own, chance) = (self.between * known.count, self.within);
        let sure = if own > 0.0 { own / (own + chance) } else { 0.0 };
        let mean = assumed + sure * (known.mean - assumed);
        let own = mean.max(known.silent) * (in_flight + 1) as f64;
        let failing = (known.failures - self.failures).max(0.0) * FAILURE_COST * usual;
        let doubted = known.doubts > 0;
        if doubted && (in_flight > 0 || question.now() < known.doubted_until + wait(known.doubts, known.lost / usual)) {
            return own + failing + SHUNNED;
        }
        // Now and then one request finds out whether an instance is still as bad as it was.
        let forgotten = in_flight == 0 && (doubted || known.idle > FORGET);
        if forgotten { own.min(usual) } else { own + failing }
    }
}

/// Seconds for which an instance is left alone that failed so often in a row, the last time after so many response times.
fn wait(doubts: u64, lost: f64) -> f64 {
    (FIRST_DOUBT * (1.0 + lost) * (1_u64 << (doubts - 1).min(20)) as f64).min(LONGEST_DOUBT)
}
