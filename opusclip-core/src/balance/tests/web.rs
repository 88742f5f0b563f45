//! A client of reqwest before servers on loopback.

use std::time::Duration;

use super::served::{Does, Server, nowhere};
use super::*;
use crate::balance::tower::{BalanceLayer, BalancedError, Http, Protocol};
use crate::balance::web::BalancedClient;

fn clock() -> f64 {
    crate::balance::clock::system_clock()
}

fn over(ids: &[&str]) -> (LoadBalancer, BalancedClient) {
    let balancer = balancer(BalancingStrategy::RoundRobin, ids);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    (balancer.clone(), BalancedClient::new(client, balancer))
}

fn of(balancer: &LoadBalancer, id: &str) -> (u64, u64, u64, u64) {
    let instance = snapshot(balancer, id, clock());
    (instance.in_flight, instance.results, instance.failures, instance.cancelled)
}

#[tokio::test]
async fn a_request_goes_to_an_instance_with_its_own_path() {
    let (a, b) = (Server::that(Does::Says(200)).await, Server::that(Does::Says(200)).await);
    let base = format!("{}/v2/", a.url);
    let (balancer, client) = over(&[&base, &b.url]);
    for _ in 0..2 {
        let response = client.get("http://clips/x%20y?n=1").header("x-a", "b").send().await.unwrap();
        assert_eq!(response.url().path().trim_start_matches("/v2"), "/x%20y");
        assert_eq!(response.text().await.unwrap(), "body");
    }
    assert!(a.heads()[0].starts_with("GET /v2/x%20y?n=1 HTTP/1.1"), "{:?}", a.heads());
    assert!(b.heads()[0].starts_with("GET /x%20y?n=1 HTTP/1.1") && b.heads()[0].contains("x-a: b"));
    assert_eq!((of(&balancer, &base), of(&balancer, &b.url)), ((0, 1, 0, 0), (0, 1, 0, 0)));
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_body_has_ended() {
    let server = Server::that(Does::Trickles).await;
    let (balancer, client) = over(&[&server.url]);
    let response = client.get("http://clips/").send().await.unwrap();
    assert_eq!(of(&balancer, &server.url), (1, 0, 0, 0));
    assert_eq!(response.bytes().await.unwrap(), "halfbody");
    assert_eq!(of(&balancer, &server.url), (0, 1, 0, 0));
    assert!(snapshot(&balancer, &server.url, clock()).mean.unwrap() >= 0.05, "the body took its time");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_failure_and_one_that_nobody_reads_is_none() {
    let server = Server::that(Does::Breaks).await;
    let (balancer, client) = over(&[&server.url]);
    assert!(client.get("http://clips/").send().await.unwrap().bytes().await.is_err());
    assert_eq!(of(&balancer, &server.url), (0, 1, 1, 0));
    server.now(Does::Trickles);
    drop(client.get("http://clips/").send().await.unwrap());
    assert_eq!(of(&balancer, &server.url), (0, 2, 1, 0));
    server.now(Does::Says(500));
    drop(client.post("http://clips/").send().await.unwrap());
    assert_eq!(of(&balancer, &server.url), (0, 3, 2, 0), "an answer that failed has failed, read or not");
}

#[tokio::test]
async fn what_fails_goes_elsewhere_where_it_may() {
    let (well, gone) = (Server::that(Does::Says(200)).await, nowhere().await);
    let failing = Server::that(Does::Says(200)).await;
    for does in [Does::Says(502), Does::Says(429), Does::Closes] {
        failing.now(does);
        let (balancer, client) = over(&[&failing.url, &gone, &well.url]);
        let response = client.put("http://clips/").body("again").send().await.unwrap();
        assert_eq!(response.status(), 200, "{does:?}");
        drop(response);
        assert_eq!((of(&balancer, &failing.url), of(&balancer, &gone)), ((0, 1, 1, 0), (0, 1, 1, 0)), "{does:?}");
        assert_eq!(of(&balancer, &well.url), (0, 1, 0, 0));
    }
}

#[tokio::test]
async fn what_may_not_be_sent_twice_is_not() {
    let (failing, well) = (Server::that(Does::Says(503)).await, Server::that(Does::Says(200)).await);
    let (_, client) = over(&[&failing.url, &well.url]);
    assert_eq!(client.post("http://clips/").body("once").send().await.unwrap().status(), 503);
    // A body that is read as it is sent.
    let (_, client) = over(&[&failing.url, &well.url]);
    let stream = reqwest::Body::wrap(Once(Some("once")));
    assert_eq!(client.put("http://clips/").body(stream).send().await.unwrap().status(), 503);
    // Nothing is left of the budget.
    let mut options = BalancerOptions::of(BalancingStrategy::RoundRobin);
    options.retry_budget = RetryBudgetOptions { percent: 0.0, min_per_second: 0.0, ..RetryBudgetOptions::default() };
    let balancer = with(options, &[&failing.url, &well.url]);
    let client = BalancedClient::new(reqwest::Client::new(), balancer);
    assert_eq!(client.get("http://clips/").send().await.unwrap().status(), 503);
    assert_eq!(well.heads().len(), 0);
}

/// A body that cannot be sent again.
struct Once(Option<&'static str>);

impl http_body::Body for Once {
    type Data = &'static [u8];
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let part = self.0.take().map(|text| Ok(http_body::Frame::data(text.as_bytes())));
        std::task::Poll::Ready(part)
    }
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is() {
    let (resting, well) = (Server::that(Does::Rests).await, Server::that(Does::Says(200)).await);
    let (balancer, client) = over(&[&resting.url, &well.url]);
    for _ in 0..10 {
        assert_eq!(client.get("http://clips/").send().await.unwrap().status(), 200);
    }
    assert_eq!(resting.heads().len(), 1);
    assert!(snapshot(&balancer, &resting.url, clock()).reason.contains("left alone"));
}

#[tokio::test]
async fn where_nobody_else_is_there_the_one_that_rests_is_waited_for() {
    let server = Server::that(Does::RestsOnce(1)).await;
    let (balancer, client) = over(&[&server.url]);
    let begun = std::time::Instant::now();
    assert_eq!(client.get("http://clips/").send().await.unwrap().status(), 200);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(server.heads().len(), 2);
    assert_eq!(of(&balancer, &server.url), (0, 2, 1, 0));
    // Half a minute is too long to wait, and what may not be sent twice is not.
    for (does, method) in [(Does::Rests, reqwest::Method::GET), (Does::RestsOnce(0), reqwest::Method::POST)] {
        let server = Server::that(does).await;
        let (_, client) = over(&[&server.url]);
        assert_eq!(client.request(method, "http://clips/").send().await.unwrap().status(), 503);
        assert_eq!(server.heads().len(), 1);
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_is_cancelled_and_one_that_is_too_slow_has_failed() {
    let server = Server::that(Does::Hangs).await;
    let (balancer, client) = over(&[&server.url]);
    let call = client.get("http://clips/").send();
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    assert_eq!(of(&balancer, &server.url), (0, 0, 0, 1));
    let limited = client.get("http://clips/").with(|request| request.timeout(Duration::from_millis(50)));
    assert!(matches!(limited.send().await, Err(BalancedError::Service(error)) if error.is_timeout()));
    assert_eq!(of(&balancer, &server.url), (0, 1, 1, 1));
}

#[tokio::test]
async fn without_an_instance_there_is_an_error_that_says_so() {
    let (balancer, client) = over(&["ftp://files"]);
    let refused = async || match client.get("http://clips/").send().await {
        Err(BalancedError::Balancer(error)) => error.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused().await, ErrorCode::ConfigInvalid);
    balancer.remove_instance("ftp://files", clock()).unwrap();
    assert_eq!(refused().await, ErrorCode::BalanceNoInstance);
}

/// Requests of one user go to one instance.
#[derive(Debug)]
struct ByUser;

impl Protocol<reqwest::Request, reqwest::Response, reqwest::Error> for ByUser {
    fn asks<'a>(&self, request: &'a reqwest::Request) -> PickRequest<'a> {
        PickRequest { key: request.headers().get("x-user").map(|user| user.as_bytes()), ..PickRequest::default() }
    }
    fn route(
        &self,
        request: &mut reqwest::Request,
        id: &str,
        metadata: &std::collections::BTreeMap<String, String>,
    ) -> crate::Result<()> {
        Http.route(request, id, metadata)
    }
    fn again(&self, request: &reqwest::Request) -> Option<reqwest::Request> {
        Http.again(request)
    }
    fn end(&self, result: Result<&reqwest::Response, &reqwest::Error>, now: f64) -> RequestEnd {
        Http.end(result, now)
    }
    fn is_retryable(&self, result: Result<&reqwest::Response, &reqwest::Error>) -> bool {
        Http.is_retryable(result)
    }
}

#[tokio::test]
async fn a_protocol_of_the_callers_may_ask_for_a_key() {
    let (a, b) = (Server::that(Does::Says(200)).await, Server::that(Does::Says(200)).await);
    let balancer = balancer(BalancingStrategy::Rendezvous, &[&a.url, &b.url]);
    let client = BalancedClient::by(reqwest::Client::new(), BalanceLayer::new(balancer, ByUser));
    for _ in 0..5 {
        client.get("http://clips/").header("x-user", "ann").send().await.unwrap();
    }
    assert_eq!(a.heads().len().max(b.heads().len()), 5);
}
