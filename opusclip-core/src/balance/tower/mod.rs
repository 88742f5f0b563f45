//! A layer for [tower](https://docs.rs/tower): each request of a service goes to an instance that a balancer picks.
//!
//! What a request, an answer and an error are is a [`Protocol`]'s business; [`Http`] is the one of `http::Request`. The service
//! inside sends a request where it says, such as a client of hyper.
//!
//! A request is in flight until its answer has come (of HTTP its head), failed, or its future was dropped, which counts
//! as cancelled. Attempts are made one after the other, on other instances, within the retry budget. `Retry-After` is told
//! to the balancer, which leaves the instance alone; nobody waits for it here, because that would take a runtime's timer.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use opusclip_core::balance::tower::{BalanceLayer, Http};
//! use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer};
//! use tower_layer::Layer as _;
//! use tower_service::Service;
//!
//! # futures::executor::block_on(async {
//! let balancer = LoadBalancer::new(BalancerOptions::default())?;
//! balancer.add_instance("http://10.0.0.1:8000/v2", InstanceOptions::default(), 0.0)?;
//! /// Stands for a client: answers with where it was sent to.
//! #[derive(Clone)]
//! struct Echo;
//! impl Service<Request<String>> for Echo {
//!     type Response = Response<String>;
//!     type Error = Infallible;
//!     type Future = std::future::Ready<Result<Self::Response, Infallible>>;
//!     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
//!         std::task::Poll::Ready(Ok(()))
//!     }
//!     fn call(&mut self, request: Request<String>) -> Self::Future {
//!         std::future::ready(Ok(Response::new(request.uri().to_string())))
//!     }
//! }
//! let mut service = BalanceLayer::new(balancer, Http).layer(Echo);
//! let response = service.call(Request::get("/clips?n=1").body(String::new()).unwrap()).await.unwrap();
//! assert_eq!(response.body(), "http://10.0.0.1:8000/v2/clips?n=1");
//! # Ok::<(), opusclip_core::Error>(())
//! # }).unwrap();
//! ```

mod discovered;

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::uri::{PathAndQuery, Uri};
use ::http::{Request, Response, header};
use tower_layer::Layer;
use tower_service::Service;

use super::clock::system_clock;
use super::{LoadBalancer, OwnedPick, PickRequest, RequestEnd, RequestOutcome, http};
use crate::error::{Error, ErrorCode, Result};

pub use discovered::Discovered;

/// How often a request goes to another instance, where nothing else is said.
const RETRIES: usize = 2;

/// What the balancer must know of a protocol.
pub trait Protocol<Request, Response, Error> {
    /// What a request asks for: a key, a subset, instances that it must not go to.
    fn asks<'a>(&self, _request: &'a Request) -> PickRequest<'a> {
        PickRequest::default()
    }

    /// Let a request go to this instance.
    ///
    /// # Errors
    /// Where it cannot go there. The instance is not to blame for that.
    fn route(&self, request: &mut Request, id: &str, metadata: &BTreeMap<String, String>) -> Result<()>;

    /// A copy for another attempt, where the request may be sent twice.
    fn again(&self, request: &Request) -> Option<Request>;

    /// What an answer or an error says of the instance, at this time (Unix seconds).
    fn end(&self, result: std::result::Result<&Response, &Error>, now: f64) -> RequestEnd;

    /// Whether another instance may do better.
    fn is_retryable(&self, result: std::result::Result<&Response, &Error>) -> bool;
}

/// HTTP: ids of instances, or their metadata `url`, are URLs, whose paths come before those of requests (`host:port` has
/// the scheme of the request); idempotent requests
/// (RFC 9110) whose bodies can be cloned may be sent again after an error or a status that [`http::is_retryable`] names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Http;

impl<B: Clone, T, E> Protocol<Request<B>, Response<T>, E> for Http {
    fn route(&self, request: &mut Request<B>, id: &str, metadata: &BTreeMap<String, String>) -> Result<()> {
        let given = metadata.get("url").map_or(id, String::as_str);
        let scheme = request.uri().scheme_str().unwrap_or("http");
        let text = if given.contains("://") { given.to_owned() } else { format!("{scheme}://{given}") };
        let wrong = || {
            Error::new(ErrorCode::ConfigInvalid, format!("the instance {id:?} has no http or https URL"))
                .field("id")
                .hint("give it as the id or as metadata `url`")
        };
        let base: Uri = text.parse().map_err(|_| wrong())?;
        if !matches!(base.scheme_str(), Some("http" | "https")) {
            return Err(wrong());
        }
        let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let mut parts = base.into_parts();
        let prefix = parts.path_and_query.as_ref().map_or("", |path| path.path().trim_end_matches('/'));
        parts.path_and_query = Some(format!("{prefix}{asked}").parse().map_err(|_| wrong())?);
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| wrong())?;
        Ok(())
    }

    fn again(&self, request: &Request<B>) -> Option<Request<B>> {
        http::is_idempotent(request.method().as_str()).then(|| request.clone())
    }

    fn end(&self, result: std::result::Result<&Response<T>, &E>, now: f64) -> RequestEnd {
        let Ok(response) = result else { return RequestEnd::of(RequestOutcome::LocalError, now) };
        let field = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let outcome = RequestOutcome::of_status(response.status().as_u16());
        RequestEnd {
            retry_after: field.and_then(|value| http::retry_after(value, now)),
            ..RequestEnd::of(outcome, now)
        }
    }

    fn is_retryable(&self, result: std::result::Result<&Response<T>, &E>) -> bool {
        result.map_or(true, |response| http::is_retryable(response.status().as_u16()))
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum BalancedError<E> {
    /// No instance may have it, or it cannot be sent to the one that may.
    #[error(transparent)]
    Balancer(Error),
    /// The service has failed, at the last attempt.
    #[error(transparent)]
    Service(E),
    /// The source of instances has failed: [`Discovered`] alone says so. The instances that it had go on.
    #[error("the source of instances failed: {0}")]
    Discovery(Box<dyn std::error::Error + Send + Sync>),
}

/// Makes services whose requests go to instances of a balancer.
#[derive(Debug, Clone)]
pub struct BalanceLayer<P> {
    balancer: LoadBalancer,
    protocol: Arc<P>,
    retries: usize,
    clock: fn() -> f64,
}

impl<P> BalanceLayer<P> {
    /// With two retries at most, and the system's clock.
    pub fn new(balancer: LoadBalancer, protocol: P) -> Self {
        Self { balancer, protocol: Arc::new(protocol), retries: RETRIES, clock: system_clock }
    }

    /// How often a request goes to another instance at most.
    #[must_use]
    pub fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Another clock, in Unix seconds.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }
}

impl<S, P> Layer<S> for BalanceLayer<P> {
    type Service = Balanced<S, P>;

    fn layer(&self, service: S) -> Self::Service {
        let Self { balancer, protocol, retries, clock } = self;
        let layer =
            Self { balancer: balancer.clone(), protocol: Arc::clone(protocol), retries: *retries, clock: *clock };
        Balanced { service, layer }
    }
}

/// A service whose requests go to instances of a balancer; made by [`BalanceLayer`].
#[derive(Debug)]
pub struct Balanced<S, P> {
    service: S,
    layer: BalanceLayer<P>,
}

impl<S, P> Balanced<S, P> {
    #[cfg(feature = "reqwest")]
    pub(in crate::balance) fn clock(&self) -> fn() -> f64 {
        self.layer.clock
    }
}

impl<S: Clone, P> Clone for Balanced<S, P> {
    fn clone(&self) -> Self {
        self.layer.layer(self.service.clone())
    }
}

impl<S, P, R> Service<R> for Balanced<S, P>
where
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send + Sync,
    S::Error: Send + Sync,
    P: Protocol<R, S::Response, S::Error> + Send + Sync + 'static,
    R: Send + Sync + 'static,
{
    type Response = S::Response;
    type Error = BalancedError<S::Error>;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<S::Response, Self::Error>> + Send>>;

    /// Always: whether the service inside is, is asked before each attempt.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        Box::pin(self.clone().attempt(request))
    }
}

/// A request that was sent, whose end is not told yet.
pub(in crate::balance) struct Sent<T, E> {
    pub(in crate::balance) result: std::result::Result<T, E>,
    pub(in crate::balance) pick: OwnedPick,
    pub(in crate::balance) end: RequestEnd,
}

impl<S, P> Balanced<S, P> {
    async fn attempt<R>(self, request: R) -> std::result::Result<S::Response, BalancedError<S::Error>>
    where
        S: Service<R>,
        P: Protocol<R, S::Response, S::Error>,
    {
        let Sent { result, mut pick, end } = self.send(request).await?;
        pick.end(end);
        result.map_err(BalancedError::Service)
    }

    /// Attempts until one is good enough, or there is no other.
    pub(in crate::balance) async fn send<R>(
        mut self,
        mut request: R,
    ) -> std::result::Result<Sent<S::Response, S::Error>, BalancedError<S::Error>>
    where
        S: Service<R>,
        P: Protocol<R, S::Response, S::Error>,
    {
        let (protocol, clock) = (Arc::clone(&self.layer.protocol), self.layer.clock);
        let mut tried: Vec<String> = Vec::new();
        let mut pick = self.layer.pick(&request, &tried).map_err(BalancedError::Balancer)?;
        loop {
            tried.push(pick.id().to_owned());
            let copy = if tried.len() <= self.layer.retries { protocol.again(&request) } else { None };
            let nothing = BTreeMap::new();
            let routed = protocol.route(&mut request, pick.id(), pick.metadata().unwrap_or(&nothing));
            // The guard is dropped: the request was never sent.
            routed.map_err(BalancedError::Balancer)?;
            let result = match poll_fn(|context| self.service.poll_ready(context)).await {
                Ok(()) => self.service.call(request).await,
                Err(error) => Err(error),
            };
            let end = protocol.end(result.as_ref(), clock());
            let wanted = end.outcome().is_failure() && protocol.is_retryable(result.as_ref());
            let Some(copy) = copy.filter(|_| wanted) else { return Ok(Sent { result, pick, end }) };
            pick.end(end);
            match self.layer.pick(&copy, &tried) {
                Ok(another) => (pick, request) = (another, copy),
                // What the last one said is the better answer.
                Err(_) => return Ok(Sent { result, pick, end }),
            }
        }
    }
}

impl<P> BalanceLayer<P> {
    /// An instance for a request that those have failed already.
    fn pick<R, T, E>(&self, request: &R, tried: &[String]) -> Result<OwnedPick>
    where
        P: Protocol<R, T, E>,
    {
        let asks = self.protocol.asks(request);
        let exclude: Vec<&str> = asks.exclude.iter().copied().chain(tried.iter().map(String::as_str)).collect();
        let retry = asks.retry || !tried.is_empty();
        self.balancer.pick_owned(&PickRequest { exclude: &exclude, retry, ..asks }, (self.clock)())
    }
}
