//! Options that are read, and those that are refused.

use serde_json::{Value, json};

use super::*;
use crate::error::Result;

fn read(options: Value) -> Result<ScalingEngine> {
    ScalingEngine::new(crate::config::from_json(options)?)
}

#[test]
fn the_names_and_defaults_of_the_service_hold() {
    let named: ScalingConfig = crate::config::from_json(json!({
        "min_instances": 2, "max_instances": 10, "target_cpu_usage": 70.0, "target_memory_usage": 80.0,
        "target_response_time": 500.0, "scale_up_threshold": 80.0, "scale_down_threshold": 30.0, "cooldown_period": 300,
        "strategy": "hybrid"
    }))
    .unwrap();
    assert_eq!(named, ScalingConfig::default());
}

/// As `GenerateHPAScaleUpRules` and `GenerateHPAScaleDownRules` of Kubernetes fill in what is not given.
#[test]
fn rules_that_are_given_in_part_keep_the_rest_of_their_direction() {
    let part = json!({"scale_up": {"select": "min"}, "scale_down": {"policies": []}});
    let config: ScalingConfig = crate::config::from_json(part).unwrap();
    assert_eq!(config.scale_up, ScalingRules { select: SelectPolicy::Min, ..ScalingRules::up() });
    assert_eq!(config.scale_down, ScalingRules { policies: Vec::new(), ..ScalingRules::down() });
    let window: ScalingConfig = crate::config::from_json(json!({"scale_down": {"stabilization_window": 60}})).unwrap();
    assert_eq!(window.scale_down, ScalingRules { stabilization_window: 60.0, ..ScalingRules::down() });
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let cases = [
        (json!({"min_instances": 5, "max_instances": 4}), "min_instances"),
        (json!({"min_instances": 0}), "min_instances"),
        (json!({"max_instances": 0}), "max_instances"),
        (json!({"target_cpu_usage": "NaN"}), "target_cpu_usage"),
        (json!({"target_cpu_usage": 0}), "target_cpu_usage"),
        (json!({"target_memory_usage": 101}), "target_memory_usage"),
        (json!({"target_response_time": -1}), "target_response_time"),
        (json!({"target_request_rate": 0}), "target_request_rate"),
        (json!({"scale_up_threshold": 30, "scale_down_threshold": 30}), "scale_down_threshold"),
        (json!({"cooldown_period": "Infinity"}), "cooldown_period"),
        (json!({"cooldwn_period": 1}), "cooldwn_period"),
        (json!({"strategy": "magic"}), "strategy"),
        (json!({"step_size": 0}), "step_size"),
        (json!({"tolerance_down": 1}), "tolerance_down"),
        (json!({"scale_up": {"policies": [{"type": "percent", "value": 0, "period": 15}]}}), "scale_up.policies.value"),
        (json!({"scale_down": {"stabilization_window": 3601}}), "scale_down.stabilization_window"),
        (json!({"metrics": [{"name": "", "target_per_instance": 1}]}), "metrics.name"),
        (json!({"metrics": [{"name": "jobs", "target_per_instance": 0}]}), "metrics.target_per_instance"),
        (json!({"weights": {}}), "weights"),
        (json!({"panic": {"threshold": 1}}), "panic.threshold"),
        (json!({"price": {"on_demand_micros": 0}}), "price.on_demand_micros"),
        (json!({"price": {"on_demand_micros": 1, "currency": "euro"}}), "price.currency"),
        (json!({"price": {"on_demand_micros": 1, "spot_share": 0.5}}), "price.spot_micros"),
        (json!({"prediction": {"quantile": 1}}), "prediction.quantile"),
        (json!({"execution": {"timeout": 0}}), "execution.timeout"),
        (json!({"start_up": {"seconds": -1}}), "start_up.seconds"),
    ];
    for (options, field) in cases {
        let error = read(options.clone()).unwrap_err();
        assert_eq!(error.field_name(), Some(field), "{options}: {error}");
    }
}

#[test]
fn schedules_that_cannot_be_are_refused_by_name() {
    let cases = [
        (json!({"start": "25:00", "end": "10:00"}), "schedules.start"),
        (json!({"start": "09:00", "end": "noon"}), "schedules.end"),
        (json!({"start": "09:00", "end": "10:00", "time_zone": "Mars/Olympus"}), "schedules.time_zone"),
        (json!({"start": "09:00", "end": "10:00", "min_instances": 11}), "schedules.min_instances"),
        (json!({"start": "09:00", "end": "10:00", "min_instances": 0}), "schedules.min_instances"),
    ];
    for (mut schedule, field) in cases {
        schedule["name"] = json!("office");
        let error = read(json!({"schedules": [schedule]})).unwrap_err();
        assert_eq!(error.field_name(), Some(field), "{error}");
    }
}
