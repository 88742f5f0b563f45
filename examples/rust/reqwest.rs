//! Requests of reqwest over three servers that are checked, one of which fails: `cargo run --example reqwest --features reqwest,tokio`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opusclip_core::balance::tasks::HealthChecker;
use opusclip_core::balance::web::BalancedClient;
use opusclip_core::balance::{BalancerOptions, CheckerOptions, HealthCheckOptions, InstanceOptions, LoadBalancer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Stands for a service: answers every request with this status.
async fn serve(status: u16) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                while stream.read(&mut head).await.is_ok_and(|bytes| bytes > 0) {
                    let answer = format!("HTTP/1.1 {status} Answer\r\ncontent-length: 4\r\n\r\nclip");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(url)
}

fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let check = HealthCheckOptions { interval: 0.1, unhealthy_interval: 0.1, ..HealthCheckOptions::default() };
    let balancer = LoadBalancer::new(BalancerOptions { health_check: Some(check), ..BalancerOptions::default() })?;
    for (name, status) in [("one", 200), ("two", 200), ("broken", 503)] {
        let metadata = [("url".to_owned(), serve(status).await?)].into();
        balancer.add_instance(name, InstanceOptions { metadata, ..InstanceOptions::default() }, clock())?;
    }
    let client = BalancedClient::new(reqwest::Client::new(), balancer.clone());
    let checker = HealthChecker::new(&balancer, CheckerOptions::default())?.spawn();
    let mut answered = 0;
    for _ in 0..300 {
        answered += usize::from(client.get("http://clips/latest").send().await?.status() == 200);
    }
    println!("{answered} of 300 requests were answered");
    tokio::time::sleep(Duration::from_millis(500)).await;
    for instance in balancer.snapshot(clock())?.instances {
        println!("{}: {}, {} failures: {}", instance.id, instance.state.as_str(), instance.failures, instance.reason);
    }
    checker.stop().await;
    Ok(())
}
