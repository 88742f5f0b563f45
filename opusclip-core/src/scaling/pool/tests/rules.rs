//! Who is started, stopped and left, by given times.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::scaling::pool::PoolOptions;
use crate::scaling::pool::rules::{Host, Rules, Seen};

/// Processes that a test decides about.
#[derive(Default)]
struct Stage {
    running: BTreeMap<u32, (bool, bool)>,
    starts: Vec<f64>,
    dies: bool,
    readies: bool,
    deaf: bool,
}

impl Host for Stage {
    fn start(&mut self, number: u32, now: f64) -> std::result::Result<(), String> {
        self.starts.push(now);
        assert!(self.running.insert(number, (false, false)).is_none(), "the number {number} is given twice");
        Ok(())
    }

    fn look(&mut self, number: u32, _: f64) -> Seen {
        let (asked, killed) = self.running[&number];
        if killed || self.dies || (asked && !self.deaf) {
            self.running.remove(&number);
            return Seen::Ended("ended".into());
        }
        if self.readies { Seen::Ready } else { Seen::Running }
    }

    fn terminate(&mut self, number: u32) {
        self.running.get_mut(&number).unwrap().0 = true;
    }

    fn kill(&mut self, number: u32) {
        self.running.get_mut(&number).unwrap().1 = true;
    }

    fn place(&self, number: u32) -> Option<(u32, u16)> {
        self.running.contains_key(&number).then_some((number, 0))
    }
}

#[test]
fn pauses_double_up_to_a_minute_and_a_long_life_forgets_them() {
    let mut rules = Rules::new(PoolOptions { restarts: 100, restart_delay: 1.0, ..PoolOptions::new(["x"]) });
    let mut stage = Stage { dies: true, readies: true, ..Stage::default() };
    rules.want(1);
    for tenth in 0..4000 {
        rules.step(&mut stage, f64::from(tenth) / 10.0);
    }
    let pauses: Vec<f64> = stage.starts.windows(2).map(|pair| (pair[1] - pair[0]).round()).collect();
    assert_eq!(pauses[..8], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
    stage.dies = false;
    for second in 400..600 {
        rules.step(&mut stage, f64::from(second));
    }
    stage.dies = true;
    rules.step(&mut stage, 600.0);
    let before = stage.starts.len();
    rules.step(&mut stage, 600.9);
    assert_eq!(stage.starts.len(), before);
    rules.step(&mut stage, 601.1);
    assert_eq!(stage.starts.len(), before + 1);
}

proptest! {
    #[test]
    fn it_comes_to_the_wanted_count_whatever_happens(
        steps in proptest::collection::vec((0_u32..6, any::<bool>(), any::<bool>(), any::<bool>(), 0.0_f64..30.0), 1..40),
        last in 0_u32..6,
    ) {
        let mut rules = Rules::new(PoolOptions { restarts: 3, ..PoolOptions::new(["x"]) });
        let mut stage = Stage::default();
        let mut now = 0.0;
        for (wanted, dies, readies, deaf, passes) in steps {
            rules.want(wanted);
            (stage.dies, stage.readies, stage.deaf) = (dies, readies, deaf);
            rules.step(&mut stage, now);
            let status = rules.status(&stage);
            prop_assert_eq!(status.instances + status.given_up, wanted);
            // Whatever runs is known, and nobody runs beside those that stay and those that leave.
            prop_assert!(stage.running.len() as u32 <= wanted + status.stopping);
            prop_assert!(stage.running.keys().all(|number| status.processes.iter().any(|one| one.number == *number)));
            now += passes;
        }
        rules.want(last);
        (stage.dies, stage.readies, stage.deaf) = (false, true, false);
        for _ in 0..10 {
            now += 100.0;
            rules.step(&mut stage, now);
        }
        let status = rules.status(&stage);
        prop_assert_eq!((status.ready_instances, status.stopping, stage.running.len() as u32), (last, 0, last));
    }
}
