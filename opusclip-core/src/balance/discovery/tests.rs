//! Lists as sources give them, and what becomes of a balancer.

use serde_json::{Value, json};

use super::*;
use crate::balance::{BalancingStrategy, InstanceState, PickRequest, RequestOutcome};

fn balancer() -> LoadBalancer {
    LoadBalancer::new(BalancerOptions::of(BalancingStrategy::RoundRobin)).unwrap()
}

fn specs(ids: &[&str]) -> Vec<InstanceSpec> {
    ids.iter().copied().map(InstanceSpec::new).collect()
}

fn state(balancer: &LoadBalancer, id: &str, now: f64) -> Option<InstanceState> {
    let snapshot = balancer.snapshot(now).unwrap();
    snapshot.instances.into_iter().find(|instance| instance.id == id).map(|instance| instance.state)
}

#[test]
fn a_list_says_what_it_changed() {
    let balancer = balancer();
    let changes = balancer.set_instances(&specs(&["a", "b", "c"]), 30.0, 0.0).unwrap();
    assert_eq!(changes.added, ["a", "b", "c"]);
    let mut list = specs(&["b", "c", "d"]);
    list[1].weight = 2.0;
    let changes = balancer.set_instances(&list, 30.0, 1.0).unwrap();
    let wanted = InstanceChanges {
        added: vec!["d".to_owned()],
        removed: vec!["a".to_owned()],
        changed: vec!["c".to_owned()],
        kept: vec!["b".to_owned()],
    };
    assert_eq!(changes, wanted);
    assert!(balancer.set_instances(&list, 30.0, 2.0).unwrap().is_empty());
}

#[test]
fn what_is_wanted_no_more_drains_and_may_return() {
    let balancer = balancer();
    balancer.set_instances(&specs(&["a"]), 30.0, 0.0).unwrap();
    let pick = balancer.pick(&PickRequest::default(), 0.0).unwrap();
    balancer.set_instances(&specs(&["b"]), 30.0, 1.0).unwrap();
    assert_eq!(state(&balancer, "a", 2.0), Some(InstanceState::Draining));
    assert_eq!(balancer.next_instance(&PickRequest::default(), 2.0).unwrap(), "b");
    let changes = balancer.set_instances(&specs(&["a", "b"]), 30.0, 3.0).unwrap();
    assert_eq!((changes.added, changes.kept), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert_eq!(state(&balancer, "a", 40.0), Some(InstanceState::Healthy));
    pick.finish(RequestOutcome::Success, 40.0);
    balancer.set_instances(&specs(&["b"]), 0.0, 41.0).unwrap();
    assert_eq!(state(&balancer, "a", 41.0), None);
}

#[test]
fn what_stays_keeps_what_was_learned() {
    let balancer = balancer();
    balancer.set_instances(&specs(&["a", "b"]), 30.0, 0.0).unwrap();
    balancer.disable("a", 0.0).unwrap();
    balancer.set_instance_health("b", false, 0.0).unwrap();
    let mut list = specs(&["a", "b"]);
    // Another zone is another instance, but an operator's word goes on.
    list[0].zone = "eu".to_owned();
    let changes = balancer.set_instances(&list, 30.0, 1.0).unwrap();
    assert_eq!((changes.changed, changes.kept), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert_eq!(state(&balancer, "a", 1.0), Some(InstanceState::Disabled));
    assert_eq!(state(&balancer, "b", 1.0), Some(InstanceState::Unhealthy));
}

#[test]
fn a_list_that_is_wrong_changes_nothing() {
    let balancer = balancer();
    balancer.set_instances(&specs(&["a"]), 30.0, 0.0).unwrap();
    let heavy = InstanceSpec { weight: f64::NAN, ..InstanceSpec::new("c") };
    let far = InstanceSpec { tier: 128, ..InstanceSpec::new("c") };
    for (list, code, field) in [
        (specs(&["b", "b"]), ErrorCode::ConfigInvalid, "instances[1].id"),
        (specs(&["b", ""]), ErrorCode::ConfigInvalid, "instances[1].id"),
        (vec![InstanceSpec::new("b"), heavy], ErrorCode::ConfigNotFinite, "instances[1].weight"),
        (vec![far], ErrorCode::ConfigOutOfRange, "instances[0].tier"),
    ] {
        let error = balancer.set_instances(&list, 30.0, 1.0).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (code, Some(field)));
    }
    assert_eq!(balancer.set_instances(&specs(&["b"]), -1.0, 1.0).unwrap_err().field_name(), Some("drain"));
    assert_eq!(balancer.instance_ids(), ["a"]);
}

#[test]
fn a_hundred_thousand_instances_are_a_list_like_any_other() {
    let balancer = balancer();
    let list: Vec<InstanceSpec> = (0..100_000).map(|number| InstanceSpec::new(format!("i{number}"))).collect();
    assert_eq!(balancer.set_instances(&list, 30.0, 0.0).unwrap().added.len(), 100_000);
    assert_eq!(balancer.set_instances(&list[1..], 30.0, 1.0).unwrap().removed, ["i0"]);
}

fn options(scheme: &str, port: &str) -> EndpointOptions {
    EndpointOptions { scheme: scheme.to_owned(), port: port.to_owned() }
}

fn ids(list: &[InstanceSpec]) -> Vec<&str> {
    list.iter().map(|spec| spec.id.as_str()).collect()
}

#[test]
fn addresses_in_any_order_are_one_list() {
    let one = instances_of_addresses(&["10.0.0.2", "10.0.0.1", "10.0.0.2"], &options("", "80")).unwrap();
    assert_eq!(one, instances_of_addresses(&["10.0.0.1", "10.0.0.2"], &options("", "80")).unwrap());
    assert_eq!(ids(&one), ["10.0.0.1:80", "10.0.0.2:80"]);
    for port in ["", "0", "65536", "http"] {
        let error = instances_of_addresses(&["10.0.0.1"], &options("", port)).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigOutOfRange, Some("port")), "{port}");
    }
}

#[test]
fn priorities_of_srv_records_are_tiers() {
    let record = |name: &str, priority, weight| SrvRecord { name: name.to_owned(), port: 8000, priority, weight };
    let records = [record("b.example.", 10, 60), record("c.example", 20, 0), record("a.example", 10, 20)];
    let list = instances_of_srv(&records, &options("http", "")).unwrap();
    assert_eq!(ids(&list), ["http://a.example:8000", "http://b.example:8000", "http://c.example:8000"]);
    assert_eq!(list.iter().map(|spec| (spec.tier, spec.weight)).collect::<Vec<_>>(), [(0, 20.0), (0, 60.0), (1, 0.1)]);
    // RFC 2782: a single record whose target is the root says that there is no such service.
    assert_eq!(instances_of_srv(&[record(".", 0, 0)], &options("http", "")).unwrap(), []);
    let many: Vec<SrvRecord> = (0..129).map(|priority| record(&format!("h{priority}"), priority, 1)).collect();
    assert_eq!(instances_of_srv(&many, &options("", "")).unwrap_err().code(), ErrorCode::DataInvalid);
    assert_eq!(instances_of_srv(&many[1..], &options("", "")).unwrap()[127].tier, 127);
}

fn endpoint(address: &str, conditions: &Value) -> Value {
    json!({"addresses": [address], "conditions": conditions})
}

fn slice(endpoints: &[Value]) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "render-abc", "labels": {"kubernetes.io/service-name": "render"}},
        "endpoints": endpoints, "ports": [{"name": "http", "port": 8000, "protocol": "TCP"}],
    })
}

#[test]
fn slices_of_a_service_are_one_list() {
    let mut first = slice(&[endpoint("10.0.0.2", &json!({"ready": true})), endpoint("10.0.0.1", &json!({}))]);
    first["endpoints"][0]["zone"] = json!("eu-west-1a");
    first["endpoints"][0]["nodeName"] = json!("node-7");
    first["endpoints"][0]["targetRef"] = json!({"kind": "Pod", "name": "render-0"});
    let second =
        slice(&[endpoint("10.0.0.3", &json!({"ready": false})), endpoint("10.0.0.2", &json!({"ready": false}))]);
    let list = json!({"kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1", "items": [second, first]});
    let found = instances_of_slices(&list, &options("http", "http")).unwrap();
    assert_eq!(ids(&found), ["http://10.0.0.1:8000", "http://10.0.0.2:8000"]);
    assert_eq!(found[1].zone, "eu-west-1a");
    assert_eq!(found[1].metadata["node"], "node-7");
    assert_eq!(found[1].metadata["pod"], "render-0");
    // An array of slices, and one alone.
    assert_eq!(instances_of_slices(&list["items"], &options("http", "8000")).unwrap(), found);
    assert_eq!(instances_of_slices(&list["items"][1], &options("http", "")).unwrap(), found);
}

#[test]
fn conditions_decide_who_is_in_the_list() {
    let list = |conditions: &[Value]| {
        let endpoints: Vec<Value> = conditions
            .iter()
            .enumerate()
            .map(|(at, conditions)| endpoint(&format!("10.0.0.{at}"), conditions))
            .collect();
        let found = instances_of_slices(&slice(&endpoints), &options("", "")).unwrap();
        found.into_iter().map(|spec| spec.id).collect::<Vec<_>>()
    };
    let ready = json!({"ready": true, "serving": true, "terminating": false});
    let leaving = json!({"ready": false, "serving": true, "terminating": true});
    let gone = json!({"ready": false, "serving": false, "terminating": true});
    let starting = json!({"ready": false, "serving": false, "terminating": false});
    assert_eq!(list(&[ready, leaving.clone(), gone.clone(), starting.clone()]), ["10.0.0.0:8000"]);
    // Nobody is ready: those that still serve are better than nobody (KEP-1669).
    assert_eq!(list(&[gone.clone(), leaving, starting.clone()]), ["10.0.0.1:8000"]);
    assert!(list(&[gone, starting]).is_empty());
    // What is not said is ready, and null is not said.
    assert_eq!(list(&[json!(null), json!({"ready": null})]), ["10.0.0.0:8000", "10.0.0.1:8000"]);
}

#[test]
fn what_is_no_slice_is_refused_by_field() {
    let cases = [
        (json!(1), "slices"),
        (json!([1]), "slices[0]"),
        (json!([slice(&[]), {"kind": "Endpoints"}]), "slices[1].kind"),
        (json!({"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1beta1"}), "slices[0].apiVersion"),
        (json!({"endpoints": [{"addresses": "10.0.0.1"}]}), "slices[0].endpoints[0].addresses"),
        (json!({"endpoints": [], "ports": [{"port": 70_000}]}), "slices[0].ports[0].port"),
    ];
    for (slices, field) in cases {
        let error = instances_of_slices(&slices, &options("", "")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::DataInvalid, "{slices}");
        assert!(error.field_name().is_some_and(|name| name.starts_with(field)), "{field}: {error}");
    }
    for empty in [json!([]), json!({"items": []}), json!({"items": null}), slice(&[])] {
        assert_eq!(instances_of_slices(&empty, &options("", "")).unwrap(), [], "{empty}");
    }
}

#[test]
fn the_port_is_named_where_there_are_several() {
    let mut two = slice(&[endpoint("2001:db8::1", &json!({}))]);
    two["ports"] = json!([{"name": "http", "port": 8000}, {"name": "metrics", "port": 9090}]);
    for (port, message) in [("", "several"), ("grpc", "no port \"grpc\"")] {
        let error = instances_of_slices(&two, &options("", port)).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("port")));
        assert!(error.to_string().contains(message) && error.to_string().contains("http, metrics"), "{error}");
    }
    assert_eq!(ids(&instances_of_slices(&two, &options("", "metrics")).unwrap()), ["[2001:db8::1]:9090"]);
    two["ports"] = json!(null);
    assert!(instances_of_slices(&two, &options("", "")).is_err());
}

#[test]
fn looks_come_at_their_time_and_sooner_after_failures() {
    let options = RefreshOptions { interval: 30.0, jitter: 0.2, retry: 1.0, seed: 7 };
    let mut refresh = Refresh::new(options.clone()).unwrap();
    let spans: Vec<f64> = (0..1000).map(|_| refresh.looked(true, 0.0).unwrap()).collect();
    assert!(spans.iter().all(|span| (24.0..=30.0).contains(span)));
    // Evenly between both: the mean of a thousand is within four standard errors (6 / sqrt(12 * 1000)).
    let mean = spans.iter().sum::<f64>() / 1000.0;
    assert!((mean - 27.0).abs() < 0.22, "{mean}");
    let mut calm = Refresh::new(RefreshOptions { jitter: 0.0, ..options }).unwrap();
    let after: Vec<f64> = (0..8).map(|_| calm.looked(false, 100.0).unwrap() - 100.0).collect();
    assert_eq!(after, [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
    assert_eq!(calm.failures(), 8);
    assert_eq!(calm.looked(true, 100.0).unwrap(), 130.0);
    assert!((0..3000).all(|_| calm.looked(false, 0.0).is_ok_and(|due| due <= 30.0)));
    for (options, field) in [
        (RefreshOptions { interval: 0.0, ..RefreshOptions::default() }, "interval"),
        (RefreshOptions { jitter: f64::NAN, ..RefreshOptions::default() }, "jitter"),
        (RefreshOptions { retry: -1.0, ..RefreshOptions::default() }, "retry"),
    ] {
        assert_eq!(Refresh::new(options).unwrap_err().field_name(), Some(field));
    }
}
