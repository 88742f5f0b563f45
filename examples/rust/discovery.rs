//! Instances from a name server, asked again and again: `cargo run --example discovery -- localhost:8000 3`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::net::ToSocketAddrs;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opusclip_core::balance::discovery::{
    EndpointOptions, InstanceSpec, Refresh, RefreshOptions, instances_of_addresses,
};
use opusclip_core::balance::{BalancerOptions, LoadBalancer};

/// What the system's resolver says; any other may stand here.
fn resolve(name: &str) -> Result<Vec<InstanceSpec>, Box<dyn std::error::Error>> {
    let addresses: Vec<std::net::SocketAddr> = name.to_socket_addrs()?.collect();
    let port = addresses.first().map_or_else(String::new, |address| address.port().to_string());
    let hosts: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    Ok(instances_of_addresses(&hosts, &EndpointOptions { scheme: "http".to_owned(), port })?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "localhost:8000".to_owned());
    let looks: u32 = arguments.next().map_or(Ok(1), |looks| looks.parse())?;
    let balancer = LoadBalancer::new(BalancerOptions::default())?;
    let mut refresh = Refresh::new(RefreshOptions { interval: 2.0, ..RefreshOptions::default() })?;
    for look in 1..=looks {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        let found = resolve(&name);
        let next = refresh.looked(found.is_ok(), now)?;
        match found {
            Ok(instances) => {
                let changes = balancer.set_instances(&instances, 30.0, now)?;
                println!("new: {:?}; gone: {:?}; kept: {:?}", changes.added, changes.removed, changes.kept);
            }
            // The last good list goes on.
            Err(error) => println!("{error}; there are still {:?}", balancer.instance_ids()),
        }
        if look < looks {
            sleep(Duration::from_secs_f64(next - now));
        }
    }
    Ok(())
}
