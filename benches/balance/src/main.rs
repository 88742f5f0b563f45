//! What a pick with its result costs, by strategy, for 3 to 1,000 instances, of one thread and of two, beside the balancers
//! of pingora and tower.
//!
//! Nanoseconds of a pick and its result: time by all picks, the least of several runs, which the contenders take in turn.
//! The last line has the figures for 100 instances as `key=value`: nanoseconds of each strategy, and how many times the
//! picks of a peer the strategy like it makes in the same time.
#![allow(clippy::print_stdout, reason = "a bench speaks to whoever runs it")]

mod ours;
mod pingora;
mod tower;

use std::error::Error;
use std::sync::Barrier;
use std::time::Duration;

use opusclip_core::balance::BalancingStrategy;

/// Picks of a run: it is over before most interruptions.
const COUNT: u32 = 20_000;
/// Runs of each, of which the least counts.
const RUNS: u32 = 60;
/// Instances.
const SIZES: [u32; 4] = [3, 10, 100, 1000];
/// Those that the closing line is about.
const CLOSING: u32 = 100;

/// Something that picks.
trait Contender: Sync {
    /// Pick so many times, on this thread; gives how long that took.
    fn picks(&self, count: u32) -> Duration;
}

/// A way to pick, and which of ours it is to be compared with.
struct Entry {
    name: &'static str,
    like: Option<BalancingStrategy>,
    with: fn(u32) -> Result<Box<dyn Contender>, Box<dyn Error>>,
}

/// Strategies of others.
const PEERS: [Entry; 4] = [
    Entry { name: "pingora RoundRobin", like: Some(BalancingStrategy::RoundRobin), with: pingora::equal },
    Entry {
        name: "pingora RoundRobin, weights",
        like: Some(BalancingStrategy::WeightedRoundRobin),
        with: pingora::weighted,
    },
    Entry {
        name: "tower p2c, PendingRequests",
        like: Some(BalancingStrategy::PowerOfTwoChoices),
        with: tower::pending,
    },
    Entry { name: "tower p2c, PeakEwma", like: Some(BalancingStrategy::PeakEwma), with: tower::peak_ewma },
];

/// Nanoseconds of a pick, of one thread and of two.
type Figures = (f64, f64);

fn main() -> Result<(), Box<dyn Error>> {
    let mut all: Vec<(u32, Vec<Figures>)> = Vec::new();
    for size in SIZES {
        let ours = BalancingStrategy::ALL.into_iter().map(|strategy| ours::contender(strategy, size));
        let peers = PEERS.iter().map(|peer| (peer.with)(size));
        let contenders = ours.chain(peers).collect::<Result<Vec<_>, _>>()?;
        all.push((size, race(&contenders)));
    }
    let ours = BalancingStrategy::ALL.map(|strategy| strategy.as_str());
    let names: Vec<&str> = ours.into_iter().chain(PEERS.iter().map(|peer| peer.name)).collect();
    println!("{:28} {}", "", SIZES.map(|size| format!("{:>19}", format!("{size} instances"))).concat());
    for (at, name) in names.iter().enumerate() {
        let figures = all.iter().filter_map(|(_, figures)| figures.get(at));
        let cells: String = figures.map(|(one, two)| format!("{:>19}", format!("{one:.1} / {two:.1} ns"))).collect();
        println!("{name:28} {cells}");
    }
    if let Some((_, figures)) = all.iter().find(|(size, _)| *size == CLOSING) {
        println!("{}", closing(figures).join(" "));
    }
    Ok(())
}

/// The least of several runs of each, in turn: what slows the machine for a while slows all.
fn race(contenders: &[Box<dyn Contender>]) -> Vec<Figures> {
    let mut least = vec![(f64::INFINITY, f64::INFINITY); contenders.len()];
    for _ in 0..RUNS {
        for (contender, (one, two)) in contenders.iter().zip(&mut least) {
            *one = one.min(nanoseconds(&**contender, 1));
            *two = two.min(nanoseconds(&**contender, 2));
        }
    }
    least
}

/// The time of the slower thread, by the picks of all.
fn nanoseconds(contender: &dyn Contender, threads: u32) -> f64 {
    let start = Barrier::new(threads as usize);
    let run = || {
        start.wait();
        contender.picks(COUNT)
    };
    let took = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        // A thread that panicked has no time.
        runs.into_iter().map(|run| run.join().unwrap_or(Duration::MAX)).max()
    });
    took.unwrap_or(Duration::MAX).as_secs_f64() * 1e9 / f64::from(COUNT * threads)
}

fn closing(figures: &[Figures]) -> Vec<String> {
    let ours = BalancingStrategy::ALL.iter().zip(figures);
    let mut said: Vec<String> = ours
        .clone()
        .map(|(strategy, (one, two))| format!("{0}_ns={one:.1} {0}_two_threads_ns={two:.1}", strategy.as_str()))
        .collect();
    for (peer, (one, two)) in PEERS.iter().zip(figures.iter().skip(BalancingStrategy::ALL.len())) {
        let like = ours.clone().find(|(strategy, _)| peer.like == Some(**strategy));
        if let Some((strategy, (our_one, our_two))) = like {
            let (times, two_times) = (one / our_one, two / our_two);
            said.push(format!(
                "{0}_times_peer={times:.2} {0}_two_threads_times_peer={two_times:.2}",
                strategy.as_str()
            ));
        }
    }
    said
}
