//! A layer for [tower](https://docs.rs/tower): each request of a service goes to an instance that a balancer picks.
//!
//! What a request, an answer and an error are is a [`Protocol`]'s business; [`Http`] is the one of `http::Request`. The service
//! inside sends a request where it says, such as a client of hyper.
//!
//! A request is in flight until its answer has come (of HTTP its head; with [`BalanceLayer::until_body_end`] the end of its
//! body), failed, or its future was dropped, which counts as cancelled. Attempts are made one after the other, on other
//! instances, within the retry budget. `Retry-After` is told to the balancer, which leaves the instance alone; where there is
//! no other, [`BalanceLayer::max_retry_after`] says for how long it is waited for, by whose timer.
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

mod completion;
mod discovered;

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::uri::{PathAndQuery, Uri};
use ::http::{Request, Response, header};
use tower_layer::Layer;
use tower_service::Service;

use super::clock::system_clock;
use super::options::LONGEST;
use super::{LoadBalancer, OwnedPick, PickRequest, RequestEnd, RequestOutcome, http};
use crate::error::{Error, ErrorCode, Result};

pub use completion::{AtAnswer, AtBodyEnd, Completion, InFlight, InFlightBody};
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

/// Waits for so long, by the timer of a runtime.
type Sleep = dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Makes services whose requests go to instances of a balancer.
pub struct BalanceLayer<P, C = AtAnswer> {
    balancer: LoadBalancer,
    protocol: Arc<P>,
    retries: usize,
    /// For how many seconds an instance is waited for that asked for it, and by what.
    patience: Option<(f64, Arc<Sleep>)>,
    clock: fn() -> f64,
    completion: C,
}

impl<P> BalanceLayer<P> {
    /// With two retries at most, and the system's clock.
    pub fn new(balancer: LoadBalancer, protocol: P) -> Self {
        let (protocol, clock) = (Arc::new(protocol), system_clock);
        Self { balancer, protocol, retries: RETRIES, patience: None, clock, completion: AtAnswer }
    }
}

impl<P, C> BalanceLayer<P, C> {
    /// How often a request goes to another instance at most.
    #[must_use]
    pub fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Where no other instance is there, one that said `Retry-After` is waited for and asked again, for so many seconds at
    /// most. Not where this is not called: waiting takes a runtime's timer.
    ///
    /// ```
    /// use opusclip_core::balance::tower::{BalanceLayer, Http};
    /// use opusclip_core::balance::{BalancerOptions, LoadBalancer};
    /// let layer = BalanceLayer::new(LoadBalancer::new(BalancerOptions::default())?, Http)
    ///     .max_retry_after(5.0, |time| Box::pin(tokio::time::sleep(time)));
    /// # let _ = layer;
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    #[must_use]
    pub fn max_retry_after(
        mut self,
        seconds: f64,
        sleep: impl Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
    ) -> Self {
        self.patience = Some((seconds, Arc::new(sleep)));
        self
    }

    /// Another clock, in Unix seconds.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> f64) -> Self {
        self.clock = clock;
        self
    }

    /// A request of HTTP is in flight until the body of its answer was read to its end, broke off, or was dropped: answers
    /// have an [`InFlightBody`].
    #[must_use]
    pub fn until_body_end(self) -> BalanceLayer<P, AtBodyEnd> {
        self.completion(AtBodyEnd)
    }

    /// When a request is over is said otherwise.
    #[must_use]
    pub fn completion<D>(self, completion: D) -> BalanceLayer<P, D> {
        let Self { balancer, protocol, retries, patience, clock, completion: _ } = self;
        BalanceLayer { balancer, protocol, retries, patience, clock, completion }
    }

    /// The same for another protocol.
    fn speaking<Q>(&self, protocol: Arc<Q>) -> BalanceLayer<Q, C>
    where
        C: Clone,
    {
        BalanceLayer {
            balancer: self.balancer.clone(),
            protocol,
            retries: self.retries,
            patience: self.patience.clone(),
            clock: self.clock,
            completion: self.completion.clone(),
        }
    }

    /// How long to wait where nobody else may have a request that ended so.
    fn wait(&self, refusal: &Error, end: &RequestEnd) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
        let (most, sleep) = self.patience.as_ref()?;
        let seconds = end.retry_after.filter(|seconds| seconds <= most)?;
        // A budget that is used up is not waited for.
        let alone = refusal.code() == ErrorCode::BalanceNoInstance;
        alone.then(|| sleep(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST))))
    }
}

impl<P, C: Clone> Clone for BalanceLayer<P, C> {
    fn clone(&self) -> Self {
        self.speaking(Arc::clone(&self.protocol))
    }
}

impl<P, C> fmt::Debug for BalanceLayer<P, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patience = self.patience.as_ref().map(|(seconds, _)| seconds);
        formatter
            .debug_struct("BalanceLayer")
            .field("balancer", &self.balancer)
            .field("retries", &self.retries)
            .field("max_retry_after", &patience)
            .finish_non_exhaustive()
    }
}

impl<S, P, C: Clone> Layer<S> for BalanceLayer<P, C> {
    type Service = Balanced<S, P, C>;

    fn layer(&self, service: S) -> Self::Service {
        Balanced { service, layer: self.clone() }
    }
}

/// A service whose requests go to instances of a balancer; made by [`BalanceLayer`].
#[derive(Debug)]
pub struct Balanced<S, P, C = AtAnswer> {
    service: S,
    layer: BalanceLayer<P, C>,
}

impl<S: Clone, P, C: Clone> Clone for Balanced<S, P, C> {
    fn clone(&self) -> Self {
        self.layer.layer(self.service.clone())
    }
}

impl<S, P, C, R> Service<R> for Balanced<S, P, C>
where
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send + Sync,
    S::Error: Send + Sync,
    P: Protocol<R, S::Response, S::Error> + Send + Sync + 'static,
    C: Completion<S::Response> + Clone + Send + Sync + 'static,
    R: Send + Sync + 'static,
{
    type Response = C::Answer;
    type Error = BalancedError<S::Error>;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<C::Answer, Self::Error>> + Send>>;

    /// Always: whether the service inside is, is asked before each attempt.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        Box::pin(self.clone().attempt(request))
    }
}

/// A request that was sent, whose end is not told yet.
struct Sent<T, E> {
    result: std::result::Result<T, E>,
    pick: OwnedPick,
    end: RequestEnd,
}

impl<S, P, C> Balanced<S, P, C> {
    pub(in crate::balance) async fn attempt<R>(
        self,
        request: R,
    ) -> std::result::Result<C::Answer, BalancedError<S::Error>>
    where
        S: Service<R>,
        P: Protocol<R, S::Response, S::Error>,
        C: Completion<S::Response> + Clone,
    {
        let (completion, clock) = (self.layer.completion.clone(), self.layer.clock);
        let Sent { result, mut pick, end } = self.send(request).await?;
        match result {
            Ok(answer) => Ok(completion.complete(InFlight::new(pick, end, clock), answer)),
            Err(error) => {
                pick.end(end);
                Err(BalancedError::Service(error))
            }
        }
    }

    /// Attempts until one is good enough, or there is no other.
    async fn send<R>(
        mut self,
        mut request: R,
    ) -> std::result::Result<Sent<S::Response, S::Error>, BalancedError<S::Error>>
    where
        S: Service<R>,
        P: Protocol<R, S::Response, S::Error>,
    {
        let (protocol, clock) = (Arc::clone(&self.layer.protocol), self.layer.clock);
        let mut tried: Vec<String> = Vec::new();
        let mut pick = self.layer.pick(&request, &tried, false).map_err(BalancedError::Balancer)?;
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
            match self.layer.another(&copy, &tried, &end).await {
                Ok(another) => (pick, request) = (another, copy),
                // What the last one said is the better answer.
                Err(_) => return Ok(Sent { result, pick, end }),
            }
        }
    }
}

impl<P, C> BalanceLayer<P, C> {
    /// An instance for a request that those have failed already, or after a while one of them.
    async fn another<R, T, E>(&self, request: &R, tried: &[String], end: &RequestEnd) -> Result<OwnedPick>
    where
        P: Protocol<R, T, E>,
    {
        let refusal = match self.pick(request, tried, true) {
            Ok(pick) => return Ok(pick),
            Err(refusal) => refusal,
        };
        let Some(wait) = self.wait(&refusal, end) else { return Err(refusal) };
        wait.await;
        self.pick(request, &[], true)
    }

    fn pick<R, T, E>(&self, request: &R, tried: &[String], retry: bool) -> Result<OwnedPick>
    where
        P: Protocol<R, T, E>,
    {
        let asks = self.protocol.asks(request);
        let exclude: Vec<&str> = asks.exclude.iter().copied().chain(tried.iter().map(String::as_str)).collect();
        let retry = asks.retry || retry;
        self.balancer.pick_owned(&PickRequest { exclude: &exclude, retry, ..asks }, (self.clock)())
    }
}
