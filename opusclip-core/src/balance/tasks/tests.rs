//! Checks and lists over real connections.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;

use super::*;
use crate::balance::discovery::{EndpointOptions, InstanceSpec, RefreshOptions};
use crate::balance::tests::served::{Does, Server, nowhere, until};
use crate::balance::{
    BalancerOptions, CheckProtocol, CheckerOptions, HealthCheckOptions, InstanceOptions, InstanceState, LoadBalancer,
};
use crate::error::{Error, ErrorCode};

fn clock() -> f64 {
    crate::balance::clock::system_clock()
}

fn checked(options: HealthCheckOptions, ids: &[&str]) -> LoadBalancer {
    let options = BalancerOptions { health_check: Some(options), ..BalancerOptions::default() };
    let balancer = LoadBalancer::new(options).unwrap();
    ids.iter().for_each(|id| balancer.add_instance(id, InstanceOptions::default(), clock()).unwrap());
    balancer
}

/// A check every 30 ms, one of which decides.
fn quick() -> HealthCheckOptions {
    HealthCheckOptions {
        interval: 0.03,
        unhealthy_interval: 0.03,
        timeout: 0.3,
        rise: 1,
        fall: 1,
        healthy_at_first: false,
        ..HealthCheckOptions::default()
    }
}

fn seen(balancer: &LoadBalancer) -> BTreeMap<String, (InstanceState, String)> {
    let all = balancer.snapshot(clock()).unwrap().instances;
    all.into_iter().map(|instance| (instance.id, (instance.state, instance.reason))).collect()
}

fn is_well(balancer: &LoadBalancer, id: &str) -> bool {
    seen(balancer)[id].0 == InstanceState::Healthy
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_fail_has_its_reason_and_stops_no_other_check() {
    let well = Server::that(Does::Says(204)).await;
    let failing = Server::that(Does::Says(500)).await;
    let hanging = Server::that(Does::Hangs).await;
    let closing = Server::that(Does::Closes).await;
    let refusing = nowhere().await;
    let ids: [&str; 6] = [&well.url, &failing.url, &hanging.url, &closing.url, &refusing, "no address"];
    let balancer = checked(quick(), &ids);
    let options =
        CheckerOptions { path: "/up".to_owned(), host: Some("clips".to_owned()), ..CheckerOptions::default() };
    let running = HealthChecker::new(&balancer, options).unwrap().spawn();
    until(|| is_well(&balancer, &well.url) && seen(&balancer)[&hanging.url].1.contains("within 0.3 s")).await;
    let found = seen(&balancer);
    for (id, part) in [
        (&*failing.url, "it said 500, not 200 to 299"),
        (&*closing.url, "no answer"),
        (&*refusing, "refused"),
        ("no address", "is no URL"),
    ] {
        assert!(found[id].0 == InstanceState::Unhealthy && found[id].1.contains(part), "{id}: {:?}", found[id]);
    }
    let head = &well.heads()[0];
    assert!(head.starts_with("GET /up HTTP/1.1") && head.contains("host: clips"), "{head}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_falls_and_rises_by_the_rules_of_the_balancer() {
    let server = Server::that(Does::Says(200)).await;
    let balancer = checked(HealthCheckOptions { rise: 2, fall: 3, ..quick() }, &[&server.url]);
    let running = HealthChecker::new(&balancer, CheckerOptions::default()).unwrap().spawn();
    for _ in 0..2 {
        server.now(Does::Says(200));
        until(|| is_well(&balancer, &server.url)).await;
        let before = server.heads().len();
        server.now(Does::Says(503));
        until(|| !is_well(&balancer, &server.url)).await;
        assert!(server.heads().len() >= before + 3, "three checks in a row");
    }
    running.stop().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopped = server.heads().len();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.heads().len(), stopped, "nothing is asked after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_enough_for_tcp_and_newcomers_are_checked_too() {
    let server = Server::that(Does::Hangs).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let gone = nowhere().await.replace("http://", "");
    let balancer = checked(quick(), &[&gone]);
    let options = CheckerOptions { protocol: CheckProtocol::Tcp, ..CheckerOptions::default() };
    let running = HealthChecker::new(&balancer, options).unwrap().spawn();
    balancer.add_instance(&address, InstanceOptions::default(), clock()).unwrap();
    until(|| is_well(&balancer, &address) && seen(&balancer)[&gone].1.contains("no connection")).await;
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_checks_at_a_time_than_asked_for_and_each_gets_its_turn() {
    let server = Server::that(Does::Hangs).await;
    let ids: Vec<String> = (0..40).map(|at| format!("{}/{at}", server.url)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let balancer = checked(HealthCheckOptions { timeout: 0.05, ..quick() }, &ids);
    let options = CheckerOptions { concurrency: 4, ..CheckerOptions::default() };
    let running = HealthChecker::new(&balancer, options).unwrap().spawn();
    until(|| seen(&balancer).values().all(|(_, reason)| reason.contains("no answer within"))).await;
    running.stop().await;
    // Connections that were given up are noticed by the server a moment later.
    assert!((1..=16).contains(&server.most()), "{}", server.most());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_panics_or_hangs_is_a_failed_one() {
    let balancer =
        checked(HealthCheckOptions { timeout: 2.0, ..quick() }, &["panics", "panics early", "hangs", "fails", "well"]);
    let running = HealthChecker::by(&balancer, 8, |due| {
        assert!(due.id != "panics early", "not even begun");
        async move {
            match due.id.as_str() {
                "panics" => panic!("no such GPU"),
                "hangs" => std::future::pending().await,
                "fails" => Err("its disk is full".to_owned()),
                _ => Ok(()),
            }
        }
    });
    let running = running.unwrap().spawn();
    until(|| is_well(&balancer, "well") && seen(&balancer)["hangs"].1.contains("no answer within 2 s")).await;
    let found = seen(&balancer);
    assert_eq!(found["panics"].1, "its checks failed: its check panicked: no such GPU");
    assert_eq!(found["panics early"].1, "its checks failed: its check panicked: not even begun");
    assert_eq!(found["fails"].1, "its checks failed: its disk is full");
    running.stop().await;
}

#[tokio::test]
async fn a_checker_that_cannot_be_is_refused_by_name() {
    let none = LoadBalancer::new(BalancerOptions::default()).unwrap();
    let error = HealthChecker::new(&none, CheckerOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("health_check")));
    let balancer = checked(quick(), &[]);
    let options = CheckerOptions { path: "up".to_owned(), ..CheckerOptions::default() };
    assert_eq!(HealthChecker::new(&balancer, options).unwrap_err().field_name(), Some("path"));
    let error = HealthChecker::by(&balancer, 0, async |_| Ok(())).unwrap_err();
    assert_eq!(error.field_name(), Some("concurrency"));
}

#[tokio::test]
async fn a_future_that_is_dropped_gives_its_checks_up() {
    let server = Server::that(Does::Hangs).await;
    let balancer = checked(quick(), &[&server.url]);
    let checking = HealthChecker::new(&balancer, CheckerOptions::default()).unwrap().run();
    assert!(tokio::time::timeout(Duration::from_millis(200), checking).await.is_err());
    let asked = server.heads().len();
    assert_eq!(asked, 1);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(server.heads().len(), asked);
}

fn often() -> RefreshOptions {
    RefreshOptions { interval: 0.02, retry: 0.01, ..RefreshOptions::default() }
}

#[tokio::test]
async fn a_source_is_asked_again_and_its_last_good_list_goes_on() {
    let balancer = checked(quick(), &[]);
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let source = move || {
        let look = counted.fetch_add(1, SeqCst);
        async move {
            match look {
                0 => Ok(vec![InstanceSpec::new("a")]),
                1 => Err(Error::new(ErrorCode::DataInvalid, "the name server is down")),
                2 => Ok(vec![InstanceSpec::new("b"), InstanceSpec::new("b")]),
                3 => std::future::pending().await,
                _ => Ok(vec![InstanceSpec::new("a"), InstanceSpec::new("c")]),
            }
        }
    };
    let discovery = Discovery::new(&balancer, often(), source).unwrap().timeout(0.05).unwrap().drain(0.0).unwrap();
    let discovery = discovery.watch(move |changes| {
        heard.lock().push(match changes {
            Ok(changes) => changes.added.concat(),
            Err(error) => error.code().as_str().to_owned(),
        });
    });
    let running = discovery.spawn();
    until(|| looks.load(SeqCst) > 6).await;
    running.stop().await;
    assert_eq!(*told.lock(), ["a", "data.invalid", "config.invalid", "callback.timeout", "c"]);
    assert_eq!(balancer.instance_ids(), ["a", "c"]);
}

#[tokio::test]
async fn names_are_resolved() {
    let at = |port: &str| EndpointOptions { scheme: "http".to_owned(), port: port.to_owned() };
    let found = lookup("127.0.0.1".to_owned(), at("8000")).await.unwrap();
    assert_eq!(found, [InstanceSpec::new("http://127.0.0.1:8000")]);
    assert_eq!(lookup("no.such.name.invalid".to_owned(), at("1")).await.unwrap_err().field_name(), Some("name"));
    assert_eq!(lookup("127.0.0.1".to_owned(), at("0")).await.unwrap_err().field_name(), Some("port"));
}
