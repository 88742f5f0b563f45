//! What demand will be.

use super::*;

/// Noise from -1 to 1 that is the same in every run.
fn noise(at: u32) -> f64 {
    let mixed = (at.wrapping_add(1)).wrapping_mul(0x9e37_79b9) ^ (at.wrapping_mul(0x85eb_ca6b) >> 13);
    f64::from(mixed.wrapping_mul(0xc2b2_ae35) >> 8) / f64::from(1_u32 << 23) - 1.0
}

fn predictive() -> ScalingEngine {
    engine(ScalingConfig {
        target_request_rate: Some(10.0),
        cooldown_period: 0.0,
        scale_up: ScalingRules::unlimited(),
        scale_down: ScalingRules::unlimited(),
        max_instances: 1000,
        start_up: StartUp { seconds: Some(300.0), ..StartUp::default() },
        prediction: PredictionOptions { season: Some(7200.0), ..PredictionOptions::default() },
        ..by(ScalingStrategy::Predictive)
    })
}

/// The count that is wanted after each of so many quarters of a minute, at a rate.
fn followed(engine: &mut ScalingEngine, count: u32, rate: impl Fn(u32) -> f64) -> Vec<u32> {
    let mut instances = 20;
    let step = |at: u32| {
        let metrics = ResourceMetrics { request_rate: Some(rate(at).max(0.0)), ..ResourceMetrics::default() };
        let decision = engine.evaluate(&metrics.of(instances), START + 15.0 * f64::from(at)).unwrap();
        instances = decision.target_instances;
        instances
    };
    (0..count).map(step).collect()
}

/// Two hours up and down, again and again.
fn wave(at: u32) -> f64 {
    500.0 - 300.0 * (f64::from(at) / 480.0 * std::f64::consts::TAU).cos()
}

#[test]
fn instances_start_before_a_rise_that_comes_every_time() {
    let mut engine = predictive();
    let counts = followed(&mut engine, 480 * 8, wave);
    // Half way up in the eighth wave, what is needed five minutes later is there, which following alone is not.
    let at = 480 * 7 + 120;
    let (now, later) = (wave(at) / 10.0, wave(at + 20) / 10.0);
    assert!(f64::from(counts[at as usize]) >= later.floor(), "{} for {later}", counts[at as usize]);
    assert!(later > now + 5.0);
    let status = engine.status(START).unwrap();
    let season = status.accuracy.iter().find(|accuracy| accuracy.model == ForecastModel::Season).unwrap();
    assert!(season.mase < 0.5, "{season:?}");
}

#[test]
fn demand_stays_within_the_interval_as_often_as_was_asked() {
    for (name, rate) in [
        ("flat", (|at| 500.0 + 50.0 * noise(at)) as fn(u32) -> f64),
        ("wave", |at| wave(at) * (1.0 + 0.1 * noise(at))),
        ("bursts", |at| 400.0 + if at % 97 < 8 { 300.0 } else { 0.0 } + 40.0 * noise(at)),
    ] {
        let mut engine = predictive();
        followed(&mut engine, 480 * 12, rate);
        let accuracy = engine.status(START).unwrap().accuracy;
        let chosen = accuracy.iter().find(|accuracy| accuracy.chosen).unwrap();
        assert!((chosen.coverage - 0.95).abs() < 0.03, "{name}: {chosen:?}");
        assert!((chosen.interval_coverage - 0.9).abs() < 0.03, "{name}: {chosen:?}");
    }
}

/// Counted by whoever was told an interval, not by the engine itself.
#[test]
fn intervals_that_were_told_hold_as_often_as_was_asked() {
    let spells = |at: u32| (0..20).map(|ago| noise(at + 20 - ago)).sum::<f64>();
    let rates: [(&str, &dyn Fn(u32) -> f64); 3] = [
        ("wave", &|at| wave(at) + wave(at).sqrt() * noise(at)),
        ("spells", &|at| 500.0 + 15.0 * spells(at)),
        ("ramps", &|at| 300.0 + f64::from((at % 701).min(400)) + 20.0 * noise(at)),
    ];
    for (name, rate) in rates {
        let mut engine = predictive();
        let mut told = std::collections::VecDeque::<(u32, f64, f64)>::new();
        let (mut held, mut all) = (0_u32, 0_u32);
        for at in 0..480 * 18 {
            let now = START + 15.0 * f64::from(at);
            let came = rate(at);
            if let Some((_, lower, upper)) = told.pop_front_if(|(due, ..)| *due <= at)
                && at > 480 * 6
            {
                all += 1;
                held += u32::from((lower..=upper).contains(&came));
            }
            engine.evaluate(&requests(came), now).unwrap();
            if let Some(forecast) = engine.status(now).unwrap().forecast {
                told.push_back((at + (forecast.horizon / 15.0).round() as u32, forecast.lower, forecast.upper));
            }
        }
        let share = f64::from(held) / f64::from(all);
        assert!((share - 0.9).abs() < 0.02, "{name}: {share}");
    }
}

#[test]
fn a_model_that_is_wrong_is_told_and_not_followed() {
    let mut engine = predictive();
    // After eight waves it goes up and down twice as fast, and then as before.
    let turned = |at: u32| if (480 * 8..480 * 12).contains(&at) { wave(at * 2 + 180) } else { wave(at) };
    let mut instances = 20;
    let mut errors = Vec::new();
    for at in 0..480 * 24 {
        let metrics = ResourceMetrics { request_rate: Some(turned(at)), ..ResourceMetrics::default() };
        let now = START + 15.0 * f64::from(at);
        instances = engine.evaluate(&metrics.of(instances), now).unwrap().target_instances;
        if at % 480 == 479 {
            let accuracy = engine.status(now).unwrap().accuracy;
            let season = accuracy.iter().find(|accuracy| accuracy.model == ForecastModel::Season);
            errors.push(season.map(|season| (season.mase, season.chosen)));
        }
        // Whatever is forecast, what is needed now is there.
        assert!(f64::from(instances) * 10.0 * 1.1 >= turned(at), "{at}: {instances} for {}", turned(at));
    }
    let error = |wave: usize| errors[wave].map_or(0.0, |(mase, _)| mase);
    let worst = (8..14).map(error).fold(0.0, f64::max);
    assert!(worst > 3.0 * error(7) && error(23) < 0.5 * worst, "{errors:?}");
    assert!((8..12).all(|wave| errors[wave].is_some_and(|(_, chosen)| !chosen)), "{errors:?}");
}

/// What follows from the last minutes is learned, though nobody told the law.
#[test]
fn demand_that_swings_back_is_forecast_better_than_by_its_last_value() {
    let mut engine = predictive();
    // The mean of the last five minutes of noise, so that half of what moved it leaves again.
    let smooth = |at: u32| 500.0 + (0..20).map(|ago| 60.0 * noise(at + 20 - ago)).sum::<f64>() / 4.0;
    followed(&mut engine, 5760, smooth);
    let status = engine.status(START + 15.0 * 5760.0).unwrap();
    let regression = status.accuracy.iter().find(|accuracy| accuracy.model == ForecastModel::Regression).unwrap();
    assert!(regression.chosen && regression.mase < 0.9, "{regression:?}");
    assert!(regression.bias.abs() < 0.01, "{regression:?}");
}

/// Metrics that come late now and then must be looked ahead of further, which is no reason to forget.
#[test]
fn what_was_learned_outlives_metrics_that_are_late_for_once() {
    let smooth = |at: u32| 500.0 + (0..20).map(|ago| 60.0 * noise(at + 20 - ago)).sum::<f64>() / 4.0;
    let error = |late: f64| {
        let start_up = StartUp { seconds: Some(15.0), ..StartUp::default() };
        let mut engine = engine(ScalingConfig { start_up, evaluation_period: 15.0, ..predictive().config().clone() });
        for at in 0..2880 {
            let now = START + 15.0 * f64::from(at);
            let age = if at % 15 == 14 { late } else { 20.0 };
            let timestamp = Some(now - age);
            engine.evaluate(&ResourceMetrics { timestamp, ..requests(smooth(at)) }, now).unwrap();
        }
        let accuracy = engine.status(START + 15.0 * 2880.0).unwrap().accuracy;
        accuracy.iter().find(|accuracy| accuracy.model == ForecastModel::Regression).map(|accuracy| accuracy.mase)
    };
    let (punctual, late) = (error(20.0).unwrap(), error(50.0).unwrap());
    assert!(late < 1.2 * punctual, "{punctual} {late}");
}

#[test]
fn one_instance_is_enough_for_next_to_nothing() {
    type Load = fn(u32) -> ResourceMetrics;
    // A request a minute, the target itself, an instance that idles.
    let loads: [(&str, f64, Load); 3] = [
        ("few", 10.0, |at| requests(if at % 4 == 0 { 1.0 / 15.0 } else { 0.0 })),
        ("exact", 0.3, |_| requests(0.3)),
        ("idle", 10.0, |at| ResourceMetrics { cpu_usage: Some(2.0 + noise(at)), ..requests(0.2 + 0.1 * noise(at)) }),
    ];
    for (name, target, load) in loads {
        let mut engine = engine(ScalingConfig {
            min_instances: 1,
            cooldown_period: 0.0,
            target_request_rate: Some(target),
            ..by(ScalingStrategy::Predictive)
        });
        let mut instances = 2;
        for at in 0..5000 {
            let now = START + 15.0 * f64::from(at);
            instances = engine.evaluate(&load(at).of(instances), now).unwrap().target_instances;
            assert!(at < 500 || instances == 1, "{name}: {instances} at {at}");
        }
    }
}

fn requests(rate: f64) -> ResourceMetrics {
    ResourceMetrics { request_rate: Some(rate), ..ResourceMetrics::default() }
}

/// Two weeks are remembered, and nothing that grows with the number of evaluations.
#[test]
fn a_million_evaluations_grow_nothing() {
    let prediction = PredictionOptions { step: 600.0, ..PredictionOptions::default() };
    let mut engine =
        engine(ScalingConfig { target_request_rate: Some(10.0), prediction, ..by(ScalingStrategy::Predictive) });
    let mut size_after = |from: u32, to: u32| {
        for at in from..to {
            engine.evaluate(&requests(wave(at) + 20.0 * noise(at)).of(60), START + 60.0 * f64::from(at)).unwrap();
        }
        engine.save().unwrap().len() as f64
    };
    let (early, late) = (size_after(0, 100_000), size_after(100_000, 1_000_000));
    assert!(late < 1.02 * early, "{early} bytes grew to {late}");
}

/// Noise of a few percent on a flat demand is no reason to turn.
#[test]
fn calm_demand_is_followed_calmly() {
    let mut engine = predictive();
    let counts = followed(&mut engine, 5760 * 2, |at| 500.0 + 20.0 * noise(at));
    let changes: Vec<bool> = counts[5760..].windows(2).filter(|pair| pair[0] != pair[1]).map(|p| p[0] < p[1]).collect();
    let turns = changes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(turns <= 6, "{turns} turns a day");
}

/// An hour without metrics is no evidence, and two weeks make the past useless.
#[test]
fn gaps_do_not_break_forecasts() {
    let mut engine = predictive();
    followed(&mut engine, 2000, wave);
    for gap in [3600.0, 40.0 * 86_400.0] {
        let metrics = ResourceMetrics { request_rate: Some(500.0), ..ResourceMetrics::default() }.of(50);
        let now = START + 30_000.0 + gap;
        for at in 0..40 {
            let decision = engine.evaluate(&metrics, now + 15.0 * f64::from(at)).unwrap();
            assert!((40..=120).contains(&decision.target_instances), "{}", decision.sentence);
        }
    }
}

#[test]
fn forecasts_are_made_however_seldom_a_host_looks() {
    // Steps are 15 s and the horizon is five of them: looked at every half minute or more, the fifth is never seen.
    for period in [15, 20, 30, 60, 300] {
        let mut engine = engine(ScalingConfig { target_request_rate: Some(10.0), ..by(ScalingStrategy::Predictive) });
        for at in 0..400 {
            let metrics = ResourceMetrics { request_rate: Some(500.0 + 50.0 * noise(at)), ..Default::default() };
            engine.evaluate(&metrics.of(60), START + f64::from(period * at)).unwrap();
        }
        let forecast = engine.status(START + f64::from(period * 400)).unwrap().forecast;
        let forecast = forecast.unwrap_or_else(|| panic!("none with a look every {period} s"));
        assert!(forecast.horizon >= 75.0 && forecast.horizon < 75.0 + f64::from(period), "{period}: {forecast:?}");
        assert!(forecast.lower <= 500.0 && forecast.upper >= 500.0, "{period}: {forecast:?}");
    }
}
