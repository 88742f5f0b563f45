//! SRV records, which the system's own lookup of names does not have.

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

use crate::balance::discovery::{EndpointOptions, InstanceSpec, SrvRecord, instances_of_srv};
use crate::error::{Error, ErrorCode, Result};

/// The instances of a name's SRV records (RFC 2782), such as `_http._tcp.renderers.internal.`, by the name servers of the
/// system. Priorities become tiers, weights stay.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where the name has none or cannot be resolved, or where the system names no servers.
///
/// ```no_run
/// use opusclip_core::balance::discovery::{EndpointOptions, RefreshOptions};
/// use opusclip_core::balance::tasks::{Discovery, lookup_srv};
/// use opusclip_core::balance::{BalancerOptions, LoadBalancer};
/// # async fn run() -> opusclip_core::Result<()> {
/// let balancer = LoadBalancer::new(BalancerOptions::default())?;
/// let http = EndpointOptions { scheme: "http".to_owned(), ..EndpointOptions::default() };
/// let source = move || lookup_srv("_http._tcp.renderers.internal.".to_owned(), http.clone());
/// let running = Discovery::new(&balancer, RefreshOptions::default(), source)?.spawn();
/// # drop(running);
/// # Ok(())
/// # }
/// ```
pub async fn lookup_srv(name: String, options: EndpointOptions) -> Result<Vec<InstanceSpec>> {
    // Made for each look: it would keep answers of the last one otherwise, and the system's list of servers.
    let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
    let resolver = resolver.map_err(|error| {
        let message = format!("the system's list of name servers cannot be read: {error}");
        Error::new(ErrorCode::DataInvalid, message).field("name")
    })?;
    lookup_srv_by(resolver, name, options).await
}

/// The same by a resolver of the caller's own, which may keep answers as long as they say.
///
/// # Errors
/// [`ErrorCode::DataInvalid`] where the name has none or cannot be resolved.
pub async fn lookup_srv_by(
    resolver: TokioResolver,
    name: String,
    options: EndpointOptions,
) -> Result<Vec<InstanceSpec>> {
    let answer = resolver.srv_lookup(name.as_str()).await.map_err(|error| {
        Error::new(ErrorCode::DataInvalid, format!("{name:?} has no SRV records: {error}")).field("name")
    })?;
    let records = answer.answers().iter().filter_map(|record| match &record.data {
        RData::SRV(srv) => {
            Some(SrvRecord { name: srv.target.to_string(), port: srv.port, priority: srv.priority, weight: srv.weight })
        }
        // A name may be another's alias, which comes with the answer.
        _ => None,
    });
    instances_of_srv(&records.collect::<Vec<_>>(), &options)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::SRV;
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A resolver that asks a name server on loopback, which has these records of every name that begins with `_`.
    async fn serving(records: &'static [(u16, u16, u16, &'static str)]) -> TokioResolver {
        let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut packet = [0; 1500];
            while let Ok((size, from)) = socket.recv_from(&mut packet).await {
                let mut message = Message::from_vec(&packet[..size]).unwrap().into_response();
                let name = message.queries[0].name().clone();
                if name.to_utf8().starts_with('_') {
                    for (priority, weight, port, target) in records {
                        let srv = SRV::new(*priority, *weight, *port, Name::from_ascii(target).unwrap());
                        message.add_answer(Record::from_rdata(name.clone(), 60, RData::SRV(srv)));
                    }
                } else {
                    message.metadata.response_code = ResponseCode::NXDomain;
                }
                socket.send_to(&message.to_vec().unwrap(), from).await.unwrap();
            }
        });
        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let server = NameServerConfig::new(LOOPBACK, true, vec![connection]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap()
    }

    async fn found(records: &'static [(u16, u16, u16, &'static str)], name: &str) -> Result<Vec<InstanceSpec>> {
        let http = EndpointOptions { scheme: "http".to_owned(), ..EndpointOptions::default() };
        lookup_srv_by(serving(records).await, name.to_owned(), http).await
    }

    #[tokio::test]
    async fn records_become_instances_with_tiers_and_weights() {
        let records = &[(10, 5, 8001, "b.internal."), (10, 60, 8000, "a.internal."), (20, 0, 9000, "spare.internal.")];
        let [a, b, spare] = &found(records, "_http._tcp.renderers.internal.").await.unwrap()[..] else { panic!() };
        assert_eq!((a.id.as_str(), a.tier, a.weight), ("http://a.internal:8000", 0, 60.0));
        assert_eq!((b.id.as_str(), b.tier, b.weight), ("http://b.internal:8001", 0, 5.0));
        // A weight of 0 is "a very small chance" (RFC 2782).
        assert_eq!((spare.id.as_str(), spare.tier, spare.weight), ("http://spare.internal:9000", 1, 0.1));
        // A single target that is the root: there decidedly is no such service.
        assert_eq!(found(&[(0, 0, 0, ".")], "_http._tcp.renderers.internal.").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_name_without_records_is_an_error_that_names_it() {
        for name in ["renderers.internal.", "_nothing._tcp.internal.", "not a name\u{0}", &"x".repeat(300)] {
            let error = found(&[], name).await.unwrap_err();
            assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("name")), "{name}");
        }
    }
}
