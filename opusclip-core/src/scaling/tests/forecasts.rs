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
        assert!((chosen.interval_coverage - 0.9).abs() < 0.05, "{name}: {chosen:?}");
    }
}

#[test]
fn a_model_that_is_wrong_is_left_out_and_comes_back() {
    let mut engine = predictive();
    // After eight waves it goes up and down twice as fast, and then as before.
    let turned = |at: u32| if (480 * 8..480 * 12).contains(&at) { wave(at * 2 + 180) } else { wave(at) };
    let mut instances = 20;
    let mut distrusted = Vec::new();
    let mut chosen = Vec::new();
    for at in 0..480 * 24 {
        let metrics = ResourceMetrics { request_rate: Some(turned(at)), ..ResourceMetrics::default() };
        let now = START + 15.0 * f64::from(at);
        let decision = engine.evaluate(&metrics.of(instances), now).unwrap();
        instances = decision.target_instances;
        let seasonal = |model: ForecastModel| matches!(model, ForecastModel::Season | ForecastModel::SeasonAndRise);
        if decision
            .notes
            .iter()
            .any(|note| matches!(note, ScalingNote::ForecastDistrusted { model, .. } if seasonal(*model)))
        {
            distrusted.push(at);
        }
        if at % 480 == 0 {
            chosen.push(engine.status(now).unwrap().forecast.map(|forecast| seasonal(forecast.model)));
        }
        // Whatever is forecast, what is needed now is there.
        assert!(f64::from(instances) * 10.0 * 1.1 >= turned(at), "{at}: {instances} for {}", turned(at));
    }
    assert_eq!(chosen[7], Some(true), "{chosen:?}");
    assert_eq!(chosen[23], Some(true), "{chosen:?}");
    assert!(chosen[8..16].contains(&Some(false)), "{chosen:?}");
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
