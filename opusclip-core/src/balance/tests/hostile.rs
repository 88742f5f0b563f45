//! Arguments that are none.

use super::*;

#[test]
fn weights_that_are_none_are_refused_by_name() {
    let balancer = LoadBalancer::new(BalancerOptions::default()).unwrap();
    for weight in [0.0, -1.0, 1e7] {
        let error = balancer.add_instance("a", InstanceOptions::weight(weight), 0.0).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("weight")));
    }
    let error = balancer.add_instance("a", InstanceOptions::weight(f64::NAN), 0.0).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigNotFinite, Some("weight")));
}

#[test]
fn unknown_and_doubled_ids_are_told_apart() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["worker-1", "other"]);
    let again = balancer.add_instance("worker-1", InstanceOptions::default(), 0.0).unwrap_err();
    assert_eq!((again.code(), again.field_name()), (ErrorCode::ConfigInvalid, Some("id")));
    let unknown = balancer.set_weight("worker-l", 2.0, 0.0).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::BalanceUnknownInstance);
    assert!(unknown.hint_text().unwrap().starts_with("did you mean `worker-1`?"));
    for id in ["", "a\nb", &"x".repeat(2000)] {
        assert!(balancer.add_instance(id, InstanceOptions::default(), 0.0).is_err());
    }
}

#[test]
fn times_that_are_none_are_refused() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["a"]);
    for now in [f64::NAN, f64::INFINITY] {
        let error = balancer.pick(&PickRequest::default(), now).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigNotFinite, Some("now")));
        assert!(balancer.snapshot(now).is_err() && balancer.drain("a", 1.0, now).is_err());
    }
    assert!(balancer.report("a", RequestOutcome::Success, -1.0, 0.0).is_err());
}

#[test]
fn a_clock_that_is_set_back_does_no_harm() {
    for strategy in BalancingStrategy::ALL {
        let balancer = balancer(strategy, &["a", "b"]);
        for now in [100.0, 50.0, -1e9, 1e9, 0.0] {
            let pick = balancer.pick(&PickRequest::default(), now).unwrap();
            pick.finish(RequestOutcome::Success, now - 10.0);
        }
        let snapshot = balancer.snapshot(0.0).unwrap();
        assert_eq!((snapshot.picks, snapshot.in_flight), (5, 0));
    }
}

#[test]
fn without_instances_there_is_an_error_and_no_division() {
    for strategy in BalancingStrategy::ALL {
        let balancer = balancer(strategy, &[]);
        let error = balancer.pick(&PickRequest::keyed(b"key"), 0.0).unwrap_err();
        assert_eq!((error.code(), error.message()), (ErrorCode::BalanceNoInstance, "there are no instances"));
    }
}

#[test]
fn everybody_excluded_is_an_error_that_says_so() {
    for strategy in BalancingStrategy::ALL {
        let balancer = balancer(strategy, &["a", "b"]);
        let request = PickRequest { exclude: &["a"], ..PickRequest::keyed(b"key") };
        assert_eq!(balancer.next_instance(&request, 0.0).unwrap(), "b", "{strategy:?}");
        let error = balancer.pick(&PickRequest { exclude: &["a", "b"], ..request }, 0.0).unwrap_err();
        assert!(error.message().contains("a: the request excludes it"), "{error}");
    }
}

#[test]
fn a_key_of_ten_megabytes_is_a_key() {
    let balancer = balancer(BalancingStrategy::Maglev, &["a", "b"]);
    let key = vec![7; 10_000_000];
    assert!(balancer.pick(&PickRequest::keyed(&key), 0.0).is_ok());
}

#[test]
fn a_million_instances_are_spread_over() {
    let balancer = LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RoundRobin)).unwrap();
    for id in 0..1_000_000 {
        balancer.add_instance(&id.to_string(), InstanceOptions::default(), 0.0).unwrap();
    }
    assert_eq!(picks(&balancer, 3, 0.0), ["0", "1", "2"]);
}

#[test]
fn options_that_contradict_are_refused_by_name() {
    let mut options = BalancerOptions::default();
    options.hash.table_size = 65_536;
    let error = LoadBalancer::new(options).unwrap_err();
    assert_eq!(error.field_name(), Some("hash.table_size"));
    let read = |text: &str| crate::config::from_json::<BalancerOptions>(serde_json::from_str(text).unwrap());
    assert_eq!(read(r#"{"strategy": "maglef"}"#).unwrap_err().hint_text(), Some("did you mean `maglev`?"));
    let infinite = read(r#"{"panic_threshold": "NaN"}"#).unwrap();
    assert_eq!(LoadBalancer::new(infinite).unwrap_err().code(), ErrorCode::ConfigNotFinite);
}
