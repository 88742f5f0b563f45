//! A tower service before three instances, of which one fails fast: `cargo run --example tower --features tower`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures::executor::block_on;
use http::{Request, Response};
use opusclip_core::balance::tower::{BalanceLayer, Http};
use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer};
use tower_layer::Layer as _;
use tower_service::Service;

/// Stands for a client such as hyper's, which sends a request where its URI says.
#[derive(Clone)]
struct Client;

impl Service<Request<String>> for Client {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let mut response = Response::new(host.clone());
        if host == "10.0.0.3" {
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        }
        ready(Ok(response))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let balancer = LoadBalancer::new(BalancerOptions::default())?;
    for id in ["http://10.0.0.1:8000", "http://10.0.0.2:8000", "http://10.0.0.3:8000"] {
        balancer.add_instance(id, InstanceOptions::default(), 0.0)?;
    }
    let mut service = BalanceLayer::new(balancer.clone(), Http).layer(Client);
    let mut answers: BTreeMap<(u16, String), u32> = BTreeMap::new();
    for _ in 0..1000 {
        let response = block_on(service.call(Request::get("/clips").body(String::new())?))?;
        *answers.entry((response.status().as_u16(), response.into_body())).or_default() += 1;
    }
    for ((status, host), count) in answers {
        println!("{count:5} answers {status} of {host}");
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs_f64();
    for instance in balancer.snapshot(now)?.instances {
        println!(
            "{} was asked {} times, failed {} times: {}",
            instance.id, instance.picks, instance.failures, instance.reason
        );
    }
    Ok(())
}
