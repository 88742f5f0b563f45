//! The layer for tower, before a client that answers by a function.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use ::tower::discover::Change;
use futures::executor::block_on;
use http_body::Body as _;
use parking_lot::Mutex;
use tower_layer::Layer as _;
use tower_service::Service;

use super::*;
use crate::balance::tower::{BalanceLayer, Balanced, BalancedError, Discovered, Http};

type Answer = Result<Response<String>, std::io::Error>;
type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Answers by the host that it is sent to, and remembers where that was.
#[derive(Clone)]
struct Client {
    answer: fn(&str) -> Answering,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Service<Request<String>> for Client {
    type Response = Response<String>;
    type Error = std::io::Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Answering {
        self.seen.lock().push(request.uri().to_string());
        (self.answer)(request.uri().host().unwrap())
    }
}

fn status(code: u16) -> Answering {
    let response = Response::builder().status(code).body(code.to_string()).unwrap();
    Box::pin(ready(Ok(response)))
}

/// `bad` fails with 503 and wants to be left alone, `gone` cannot be reached, `hangs` does; others are well.
fn by_name(host: &str) -> Answering {
    match host {
        "bad" => {
            let mut response = Response::new("bad".to_owned());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            Box::pin(ready(Ok(response)))
        }
        "gone" => Box::pin(ready(Err(std::io::ErrorKind::ConnectionRefused.into()))),
        "hangs" => Box::pin(pending()),
        "busy" => status(429),
        "lost" => status(404),
        _ => status(200),
    }
}

fn service(hosts: &[&str]) -> (LoadBalancer, Balanced<Client, Http>, Arc<Mutex<Vec<String>>>) {
    let ids: Vec<String> = hosts.iter().map(|host| format!("http://{host}:8000/v2/")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let balancer = balancer(BalancingStrategy::RoundRobin, &ids);
    let client = Client { answer: by_name, seen: Arc::default() };
    let seen = Arc::clone(&client.seen);
    (balancer.clone(), BalanceLayer::new(balancer, Http).clock(|| 1.0).layer(client), seen)
}

fn request(method: Method) -> Request<String> {
    Request::builder().method(method).uri("/clips?n=1").body("x".to_owned()).unwrap()
}

fn calm(balancer: &LoadBalancer) -> bool {
    balancer.snapshot(1.0).unwrap().in_flight == 0
}

#[test]
fn requests_go_where_the_instance_is() {
    let (balancer, mut service, seen) = service(&["one", "two"]);
    for _ in 0..2 {
        assert_eq!(block_on(service.call(request(Method::GET))).unwrap().status(), 200);
    }
    assert_eq!(*seen.lock(), ["http://one:8000/v2/clips?n=1", "http://two:8000/v2/clips?n=1"]);
    assert_eq!(snapshot(&balancer, "http://one:8000/v2/", 1.0).results, 1);
    assert!(calm(&balancer));
}

#[test]
fn what_fails_goes_to_another_instance_where_it_may() {
    for failing in ["bad", "gone", "busy"] {
        let (balancer, mut service, seen) = service(&[failing, "well"]);
        assert_eq!(block_on(service.call(request(Method::PUT))).unwrap().status(), 200, "{failing}");
        assert_eq!(seen.lock().len(), 2);
        assert_eq!(snapshot(&balancer, &format!("http://{failing}:8000/v2/"), 1.0).failures, 1);
        assert!(calm(&balancer));
    }
    for (failing, method) in [("bad", Method::POST), ("lost", Method::GET)] {
        let (balancer, mut service, seen) = service(&[failing, "well"]);
        assert_ne!(block_on(service.call(request(method))).unwrap().status(), 200);
        assert_eq!(seen.lock().len(), 1);
        assert!(calm(&balancer));
    }
}

#[test]
fn the_last_failure_is_the_callers() {
    let (balancer, mut service, seen) = service(&["bad", "gone"]);
    let error = block_on(service.call(request(Method::GET))).unwrap_err();
    assert!(matches!(error, BalancedError::Service(error) if error.kind() == std::io::ErrorKind::ConnectionRefused));
    assert_eq!(seen.lock().len(), 2);
    assert!(calm(&balancer));
    let (balancer, mut service, _) = self::service(&[]);
    let error = block_on(service.call(request(Method::GET))).unwrap_err();
    assert!(matches!(error, BalancedError::Balancer(error) if error.code() == ErrorCode::BalanceNoInstance));
    assert!(calm(&balancer));
}

#[test]
fn who_asks_to_be_left_alone_is() {
    let (balancer, mut service, seen) = service(&["bad", "well"]);
    for _ in 0..10 {
        assert_eq!(block_on(service.call(request(Method::GET))).unwrap().status(), 200);
    }
    assert_eq!(seen.lock().iter().filter(|uri| uri.contains("bad")).count(), 1);
    assert!(snapshot(&balancer, "http://bad:8000/v2/", 1.0).reason.contains("left alone"));
}

#[test]
fn where_nobody_else_is_there_the_one_that_rests_is_waited_for() {
    let waited = |most: f64, hosts: &[&str]| {
        let (balancer, _, _) = service(hosts);
        let client = Client { answer: by_name, seen: Arc::default() };
        let seen = Arc::clone(&client.seen);
        let times = Arc::<Mutex<Vec<u64>>>::default();
        let told = Arc::clone(&times);
        let layer = BalanceLayer::new(balancer.clone(), Http).clock(|| 1.0).max_retry_after(most, move |time| {
            told.lock().push(time.as_secs());
            Box::pin(ready(()))
        });
        let answer = block_on(layer.layer(client).call(request(Method::GET)));
        assert!(calm(&balancer));
        let seen = seen.lock().len();
        (answer.unwrap().status().as_u16(), seen, std::mem::take(&mut *times.lock()))
    };
    // It rests for 30 s each time, and is asked three times in all.
    assert_eq!(waited(30.0, &["bad"]), (503, 3, vec![30, 30]));
    assert_eq!(waited(29.9, &["bad"]), (503, 1, vec![]));
    assert_eq!(waited(f64::NAN, &["bad"]), (503, 1, vec![]));
    assert_eq!(waited(30.0, &["bad", "well"]), (200, 2, vec![]));
    assert_eq!(waited(30.0, &["busy"]), (429, 1, vec![]), "it did not say for how long");
}

#[test]
fn a_request_is_in_flight_until_its_answer_has_come_or_its_body_has_ended() {
    let (balancer, mut service, _) = service(&["well"]);
    let _held = block_on(service.call(request(Method::GET))).unwrap();
    assert!(calm(&balancer), "its head is enough");
    let client = Client { answer: by_name, seen: Arc::default() };
    let mut service = BalanceLayer::new(balancer.clone(), Http).clock(|| 1.0).until_body_end().layer(client);
    let mut answer = block_on(service.call(request(Method::GET))).unwrap();
    assert!(!calm(&balancer));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let frame = Pin::new(answer.body_mut()).poll_frame(&mut context);
    assert!(matches!(frame, Poll::Ready(Some(Ok(frame))) if frame.data_ref().unwrap() == "200"));
    assert!(calm(&balancer), "there is no more of it");
    drop(block_on(service.call(request(Method::GET))).unwrap());
    assert!(calm(&balancer), "nobody reads it");
    let counted = snapshot(&balancer, "http://well:8000/v2/", 1.0);
    assert_eq!((counted.results, counted.failures, counted.cancelled), (3, 0, 0));
}

#[test]
fn a_dropped_call_is_cancelled() {
    let (balancer, mut service, _) = service(&["hangs"]);
    let mut call = service.call(request(Method::GET));
    assert!(call.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
    assert!(!calm(&balancer));
    drop(call);
    assert!(calm(&balancer));
    let counted = snapshot(&balancer, "http://hangs:8000/v2/", 1.0);
    assert_eq!((counted.cancelled, counted.failures), (1, 0));
}

#[test]
fn an_instance_without_an_address_is_the_hosts_mistake() {
    let balancer = balancer(BalancingStrategy::RoundRobin, &["renderer 1"]);
    let client = Client { answer: by_name, seen: Arc::default() };
    let mut service = BalanceLayer::new(balancer.clone(), Http).layer(client);
    let error = block_on(service.call(request(Method::GET))).unwrap_err();
    assert!(matches!(error, BalancedError::Balancer(error) if error.code() == ErrorCode::ConfigInvalid));
    let counted = snapshot(&balancer, "renderer 1", 1.0);
    assert_eq!((counted.in_flight, counted.cancelled, counted.failures), (0, 1, 0));
    let metadata = [("url".to_owned(), "https://10.0.0.1".to_owned())].into();
    balancer.add_instance("renderer-2", InstanceOptions { metadata, ..InstanceOptions::default() }, 1.0).unwrap();
    balancer.disable("renderer 1", 1.0).unwrap();
    assert_eq!(block_on(service.call(request(Method::GET))).unwrap().status(), 200);
}

/// A service that says its name, or fails.
#[derive(Clone)]
struct Named(&'static str);

impl Service<Request<String>> for Named {
    type Response = Response<String>;
    type Error = std::io::Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Answering {
        if self.0 == "bad" { status(503) } else { Box::pin(ready(Ok(Response::new(self.0.to_owned())))) }
    }
}

type Changes = futures::channel::mpsc::UnboundedReceiver<Result<Change<u16, Named>, std::io::Error>>;

fn ask(service: &mut Discovered<Changes, Http>) -> String {
    block_on(poll_fn(|context| service.poll_ready(context))).unwrap();
    block_on(service.call(request(Method::GET))).unwrap().into_body()
}

#[test]
fn services_that_a_source_finds_get_requests_while_they_are_there() {
    let (tell, changes) = futures::channel::mpsc::unbounded();
    let balancer = balancer(BalancingStrategy::RoundRobin, &[]);
    let mut service = BalanceLayer::new(balancer.clone(), Http).clock(|| 1.0).discover(changes);
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(service.poll_ready(&mut context).is_pending(), "there is nobody yet");
    tell.unbounded_send(Ok(Change::Insert(1, Named("one")))).unwrap();
    tell.unbounded_send(Ok(Change::Insert(2, Named("bad")))).unwrap();
    assert_eq!([ask(&mut service), ask(&mut service)], ["one", "one"], "what failed went elsewhere");
    assert_eq!(balancer.instance_ids(), ["1", "2"]);
    assert_eq!(snapshot(&balancer, "2", 1.0).failures, 1);
    tell.unbounded_send(Ok(Change::Insert(2, Named("two")))).unwrap();
    tell.unbounded_send(Ok(Change::Remove(1))).unwrap();
    tell.unbounded_send(Ok(Change::Remove(7))).unwrap();
    assert_eq!([ask(&mut service), ask(&mut service)], ["two", "two"]);
    assert_eq!(balancer.instance_ids(), ["2"]);
    // An error is told once, and what was there goes on; so it does where the source has ended.
    tell.unbounded_send(Err(std::io::Error::other("the registry is down"))).unwrap();
    let told = block_on(poll_fn(|context| service.poll_ready(context))).unwrap_err();
    assert!(told.to_string().contains("the registry is down"), "{told}");
    drop(tell);
    assert_eq!(ask(&mut service), "two");
    balancer.remove_instance("2", 1.0).unwrap();
    let error = block_on(service.call(request(Method::GET))).unwrap_err();
    assert!(matches!(error, BalancedError::Balancer(error) if error.code() == ErrorCode::BalanceNoInstance));
    assert!(calm(&balancer));
}
