//! Many threads pick while others change the list.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::*;

#[test]
fn nothing_is_lost_between_eight_threads() {
    for strategy in BalancingStrategy::ALL {
        let balancer = balancer(strategy, &["a", "b", "c", "d"]);
        let (picked, running) = (AtomicU64::new(0), AtomicBool::new(true));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8_u64)
                .map(|thread| {
                    let (balancer, picked) = (&balancer, &picked);
                    scope.spawn(move || {
                        for request in 0..3000_u64 {
                            let now = request as f64 * 0.001;
                            let key = (thread << 32 | request).to_le_bytes();
                            let pick = balancer.pick(&PickRequest::keyed(&key), now).unwrap();
                            assert_ne!(pick.id(), "gone");
                            picked.fetch_add(1, Relaxed);
                            match request % 7 {
                                0 => drop(pick),
                                1 => pick.finish(RequestOutcome::Overloaded, now + 0.001),
                                _ => pick.finish(RequestOutcome::Success, now + 0.001),
                            }
                        }
                    })
                })
                .collect();
            scope.spawn(|| {
                let mut weight = 1.0;
                while running.load(Relaxed) {
                    weight = if weight < 3.0 { weight + 1.0 } else { 1.0 };
                    balancer.set_weight("a", weight, 0.0).unwrap();
                    balancer.set_instance_health("b", weight > 1.0, 0.0).unwrap();
                    std::thread::yield_now();
                }
            });
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            running.store(false, Relaxed);
        });
        let end = balancer.snapshot(5.0).unwrap();
        assert_eq!((end.picks, end.in_flight), (picked.load(Relaxed), 0), "{strategy:?}");
        assert_eq!(end.picks, 24_000);
        let (results, cancelled) =
            end.instances.iter().fold((0, 0), |sum, one| (sum.0 + one.results, sum.1 + one.cancelled));
        assert_eq!(results + cancelled, 24_000);
    }
}

/// Once a call has returned, no pick that begins later sees the list as it was before.
#[test]
fn whoever_was_taken_out_is_out_for_all_threads() {
    let balancer = balancer(BalancingStrategy::Random, &["a", "b"]);
    std::thread::scope(|scope| {
        for _ in 0..200 {
            balancer.disable("a", 0.0).unwrap();
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| picks(&balancer, 20, 0.0))).collect();
            for thread in threads {
                assert_eq!(count(&thread.join().unwrap(), "a"), 0);
            }
            balancer.enable("a", 0.0).unwrap();
        }
    });
}
