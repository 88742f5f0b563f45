//! What instances cost.

use super::*;

fn counted(price: PriceModel, counts: &[(f64, u32)]) -> CostReport {
    let mut engine = engine(ScalingConfig { price: Some(price), ..ScalingConfig::default() });
    for (at, count) in counts {
        engine.evaluate(&ResourceMetrics::default().of(*count), START + at).unwrap();
    }
    engine.status(START).unwrap().cost.unwrap()
}

#[test]
fn hours_are_counted_and_compared_with_a_fixed_count() {
    let report = counted(PriceModel::on_demand("EUR", 100_000), &[(0.0, 2), (3600.0, 6), (5400.0, 6), (7200.0, 3)]);
    assert_eq!((report.seconds, report.instance_hours), (7200.0, 8.0));
    assert_eq!((report.cost_micros, report.per_hour_micros), (800_000, 300_000));
    // Ten are the maximum.
    assert_eq!((report.fixed_micros, report.saved_against_fixed_micros), (2_000_000, 1_200_000));
    assert_eq!(report.hpa_micros, None, "CPU usage was never measured");
}

#[test]
fn the_next_day_costs_what_the_last_one_did() {
    let price = || PriceModel::on_demand("EUR", 100_000);
    assert_eq!(counted(price(), &[(0.0, 4), (3599.0, 4)]).next_day_micros, None);
    assert_eq!(counted(price(), &[(0.0, 4), (3600.0, 4)]).next_day_micros, Some(24 * 400_000));
    // A day of ten, and then one of two, by the hour.
    let hours: Vec<(f64, u32)> =
        (0..=48).map(|hour| (3600.0 * f64::from(hour), if hour < 24 { 10 } else { 2 })).collect();
    assert_eq!(counted(price(), &hours).next_day_micros, Some(24 * 200_000));
}

#[test]
fn an_instance_is_paid_for_at_least_so_long() {
    let price = PriceModel { minimum_billing: 3600.0, ..PriceModel::on_demand("EUR", 100_000) };
    // Two for two hours; of two that came after an hour one left after ten minutes and one after half an hour.
    let report = counted(price, &[(0.0, 2), (3600.0, 4), (4200.0, 3), (5400.0, 2), (7200.0, 2)]);
    assert_eq!(report.cost_micros, 600_000);
}

#[test]
fn reserved_ones_are_paid_for_always_and_spot_ones_by_their_share() {
    let price = PriceModel {
        reserved_instances: 3,
        reserved_micros: 40_000,
        spot_micros: 20_000,
        spot_share: 0.5,
        ..PriceModel::on_demand("USD", 100_000)
    };
    assert_eq!(price.per_hour_micros(1), 120_000);
    assert_eq!(price.per_hour_micros(8), 120_000 + 2 * 20_000 + 3 * 100_000);
}

#[test]
fn a_decision_says_what_it_costs() {
    let config = ScalingConfig { price: Some(PriceModel::on_demand("EUR", 50_000)), ..by(ScalingStrategy::Cpu) };
    let decision = engine(config).evaluate(&cpu(90.0, 4), START).unwrap();
    assert_eq!(decision.cost_per_hour_micros, Some(100_000));
}

/// The autoscaler beside the engine keeps its load at the target: 6 x 35 / 70 are 3 instances.
#[test]
fn what_the_other_autoscaler_would_have_cost_is_known() {
    let config = ScalingConfig { price: Some(PriceModel::on_demand("EUR", 100_000)), ..by(ScalingStrategy::Cpu) };
    let mut engine = engine(config);
    for at in 0..=240 {
        engine.evaluate(&cpu(35.0, 6), START + 15.0 * f64::from(at)).unwrap();
    }
    let report = engine.status(START).unwrap().cost.unwrap();
    assert_eq!((report.cost_micros, report.hpa_micros), (600_000, Some(300_000)));
    assert_eq!(report.saved_against_hpa_micros, Some(-300_000));
}
