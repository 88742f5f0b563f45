//! What holds for any history.

use proptest::prelude::*;

use super::*;

/// One look at a service: what is measured, how long after the one before, and whether the host does what was decided.
#[derive(Debug, Clone)]
struct Look {
    cpu: Option<f64>,
    memory: Option<f64>,
    rate: Option<f64>,
    response_time: Option<f64>,
    jobs: Option<f64>,
    ready: f64,
    age: f64,
    wait: f64,
    obeys: bool,
    others: Option<u32>,
}

fn look() -> impl Strategy<Value = Look> {
    let number = |most: f64| prop::option::weighted(0.8, 0.0..most);
    let measured = (number(100.0), number(100.0), number(2000.0), number(5000.0), number(500.0));
    let rest =
        (0.0..1.0, 0.0_f64..150.0, 0.0_f64..200.0, prop::bool::weighted(0.8), prop::option::weighted(0.05, 0_u32..60));
    (measured, rest).prop_map(|((cpu, memory, rate, response_time, jobs), (ready, age, wait, obeys, others))| Look {
        cpu,
        memory,
        rate,
        response_time,
        jobs,
        ready,
        age,
        wait,
        obeys,
        others,
    })
}

fn config() -> impl Strategy<Value = ScalingConfig> {
    let strategy = prop::sample::select(ScalingStrategy::ALL.to_vec());
    let rest = (1_u32..5, 5_u32..50, 0.0_f64..400.0, any::<bool>(), any::<bool>(), 1_u32..4);
    let tolerances = prop::array::uniform2(prop::option::weighted(0.3, 0.0_f64..0.5));
    let own = (any::<bool>(), prop::option::weighted(0.3, prop::array::uniform5(0.1_f64..5.0)), tolerances);
    (strategy, rest, own).prop_map(
        |(strategy, (min, max, cooldown, panics, hpa, step), (jobs, weights, [up, down]))| ScalingConfig {
            min_instances: min,
            max_instances: max,
            cooldown_period: cooldown,
            strategy,
            compatibility: if hpa { Compatibility::Hpa } else { Compatibility::Opusclip },
            panic: panics.then(PanicOptions::default),
            target_request_rate: Some(20.0),
            step_size: step,
            tolerance_up: up,
            tolerance_down: down,
            metrics: jobs.then(jobs_target).into_iter().collect(),
            weights: weights.map(|[cpu, memory, request, response_time, custom]| HybridWeights {
                cpu,
                memory,
                request,
                response_time,
                custom,
            }),
            prediction: PredictionOptions { season: Some(3600.0), step: 60.0, ..PredictionOptions::default() },
            ..ScalingConfig::default()
        },
    )
}

fn jobs_target() -> MetricTarget {
    MetricTarget { name: "jobs".to_owned(), target_per_instance: 10.0, tolerance_up: None, tolerance_down: None }
}

impl Look {
    fn metrics(&self, config: &ScalingConfig, instances: u32, now: f64) -> ResourceMetrics {
        let jobs = self.jobs.filter(|_| !config.metrics.is_empty());
        ResourceMetrics {
            custom: jobs.map(|jobs| ("jobs".to_owned(), jobs)).into_iter().collect(),
            cpu_usage: self.cpu,
            memory_usage: self.memory,
            request_rate: self.rate,
            response_time: self.response_time,
            ready_instances: Some((f64::from(instances) * self.ready).ceil() as u32),
            timestamp: Some(now - self.age),
            ..ResourceMetrics::default().of(instances)
        }
    }
}

fn bounds_corrected(reason: ScalingReason) -> bool {
    matches!(reason, ScalingReason::BelowMinimum | ScalingReason::AboveMaximum)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bounds_rates_cooldown_and_partial_data_are_kept(config in config(), looks in prop::collection::vec(look(), 1..40)) {
        let mut engine = engine(config.clone());
        let (mut now, mut instances) = (START, config.min_instances);
        let mut last_action: Option<f64> = None;
        // An action counts once its count is seen: others may have changed it by then.
        let mut done: Option<(f64, u32, u32)> = None;
        let mut changes: Vec<(f64, i64)> = Vec::new();
        let mut seen = [false; 4];
        for look in looks {
            now += look.wait;
            instances = look.others.unwrap_or(instances);
            if let Some((time, from, to)) = done.take().filter(|(_, _, to)| *to == instances) {
                last_action = Some(time);
                changes.push((time, i64::from(to) - i64::from(from)));
            }
            let metrics = look.metrics(&config, instances, now);
            let decision = engine.evaluate(&metrics, now).unwrap();
            let (from, to) = (decision.current_instances, decision.target_instances);
            prop_assert_eq!(from, instances);
            let acts = decision.action != ScalingAction::NoAction;
            if from > 0 {
                // Where somebody has set it to 0, hpa leaves it there.
                prop_assert!((config.min_instances..=config.max_instances).contains(&to), "{to}");
            }
            if acts && !bounds_corrected(decision.reason) {
                // Four, or as many again as there were 15 s ago.
                let net: i64 = changes.iter().filter(|(time, _)| *time > now - 15.0).map(|(_, change)| change).sum();
                let start = i64::from(from) - net;
                prop_assert!(i64::from(to) <= (2 * start).max(start + 4).max(i64::from(from)), "{from} to {to}");
                let cools = config.compatibility == Compatibility::Opusclip && !decision.panic;
                let ago = last_action.map_or(f64::INFINITY, |last| now - last);
                prop_assert!(!cools || ago >= config.cooldown_period, "{ago} s after an action");
            }
            let measured = [look.cpu.is_some(), look.memory.is_some(), look.rate.is_some(), look.response_time.is_some()];
            let stale = look.age > config.metrics_max_age;
            let all = matches!(config.strategy, ScalingStrategy::Hybrid | ScalingStrategy::Predictive);
            let jobs_missing = !config.metrics.is_empty() && look.jobs.is_none();
            let partial = all && (jobs_missing || seen.iter().zip(measured).any(|(seen, measured)| *seen && !measured));
            if (stale || partial) && !bounds_corrected(decision.reason) {
                prop_assert!(to >= from, "it shrinks on {}", if stale { "stale data" } else { "partial data" });
            }
            let any = measured.iter().any(|there| *there) || !metrics.custom.is_empty();
            let read = !stale && !bounds_corrected(decision.reason) && from > 0 && any;
            if read {
                seen.iter_mut().zip(measured).for_each(|(seen, measured)| *seen |= measured);
            }
            if look.obeys && acts {
                done = Some((now, from, to));
                instances = to;
            }
        }
    }

    /// From the same state, more of anything never asks for fewer. By the letter of `hpa` that holds where all instances
    /// work: few that do make a ratio above 1 a count below the present one.
    #[test]
    fn more_load_never_asks_for_fewer(
        config in config(), looks in prop::collection::vec(look(), 0..30), last in look(), more in prop::array::uniform4(1.0_f64..3.0),
    ) {
        let mut last = last;
        if config.compatibility == Compatibility::Hpa {
            last.ready = 1.0;
        }
        let mut engine = engine(config.clone());
        let (mut now, mut instances) = (START, config.min_instances);
        for look in looks {
            now += look.wait;
            let decision = engine.evaluate(&look.metrics(&config, instances, now), now).unwrap();
            if look.obeys {
                instances = decision.target_instances;
            }
        }
        now += last.wait;
        let grown = |value: Option<f64>, by: f64, most: f64| value.map(|value| (value * by).min(most));
        let more = Look {
            cpu: grown(last.cpu, more[0], 100.0),
            memory: grown(last.memory, more[1], 100.0),
            rate: grown(last.rate, more[2], 1e9),
            response_time: grown(last.response_time, more[3], 1e8),
            jobs: grown(last.jobs, more[2], 1e9),
            ..last
        };
        let mut other = engine.clone();
        let less = engine.evaluate(&last.metrics(&config, instances, now), now).unwrap();
        let more = other.evaluate(&more.metrics(&config, instances, now), now).unwrap();
        prop_assert!(more.target_instances >= less.target_instances, "{} {}", less.sentence, more.sentence);
    }

    /// What is kept of proposals gives what all of them would.
    #[test]
    fn kept_extremes_are_as_good_as_all_proposals(
        proposals in prop::collection::vec((0_u32..30, 0.0_f64..60.0), 1..60), current in 0_u32..30, up in 0.0_f64..200.0, down in 0.0_f64..400.0,
    ) {
        let mut kept = hpa::stabilize::Extremes::default();
        let mut all = Vec::new();
        let mut now = 0.0;
        for (count, wait) in proposals {
            now += wait;
            kept.record(count, now, up, down);
            all.push(hpa::Recommendation { time: now, count });
            let wanted = hpa::stabilize(current, count, &all, up, down, now);
            prop_assert_eq!(kept.apply(current, count, up, down, now), wanted);
        }
    }
}
