//! Instances that a [`Discover`] of tower finds, each of which is a service of its own.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::RwLock;
use tower::discover::{Change, Discover};
use tower_layer::Layer as _;
use tower_service::Service;

use super::{AtAnswer, BalanceLayer, Balanced, BalancedError, Completion, Protocol};
use crate::balance::{InstanceOptions, LoadBalancer, PickRequest, RequestEnd};
use crate::error::{Error, ErrorCode, Result};

type Kept<S> = Arc<RwLock<HashMap<String, S>>>;

/// A service whose requests go to services that a [`Discover`] finds, as tower's own `Balance`, with the strategies and the
/// health of a [`LoadBalancer`].
///
/// Keys are ids of instances. The list changes when the service is asked whether it is ready. Those that are gone from the
/// list get no more requests; what they have goes on. An error of the source is given once, and the instances it had go on.
pub struct Discovered<D: Discover, P, C = AtAnswer> {
    source: Pin<Box<D>>,
    ended: bool,
    services: Kept<D::Service>,
    balancer: LoadBalancer,
    clock: fn() -> f64,
    inner: Balanced<Found<D::Service>, ByKey<P>, C>,
}

impl<D: Discover, P, C> fmt::Debug for Discovered<D, P, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Discovered").field("balancer", &self.balancer).finish_non_exhaustive()
    }
}

impl<P, C: Clone> BalanceLayer<P, C> {
    /// A service of what a source finds, by the balancer and all else that this layer has. What a request, an answer
    /// and an error are is the protocol's business; where a request goes is not, as each key has a service of its own.
    pub fn discover<D: Discover>(&self, source: D) -> Discovered<D, P, C>
    where
        D::Service: Clone,
    {
        let services: Kept<D::Service> = Arc::default();
        let layer = self.speaking(Arc::new(ByKey(Arc::clone(&self.protocol))));
        Discovered {
            source: Box::pin(source),
            ended: false,
            services: Arc::clone(&services),
            balancer: self.balancer.clone(),
            clock: self.clock,
            inner: layer.layer(Found(services)),
        }
    }
}

impl<D: Discover, P, C> Discovered<D, P, C>
where
    D::Key: ToString,
    D::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// Take in all changes that there are by now.
    fn take_changes<E>(&mut self, context: &mut Context<'_>) -> std::result::Result<(), BalancedError<E>> {
        while !self.ended {
            match self.source.as_mut().poll_discover(context) {
                Poll::Pending => break,
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(Err(error))) => return Err(BalancedError::Discovery(error.into())),
                Poll::Ready(Some(Ok(change))) => self.change(change).map_err(BalancedError::Balancer)?,
            }
        }
        Ok(())
    }

    fn change(&self, change: Change<D::Key, D::Service>) -> Result<()> {
        let now = (self.clock)();
        match change {
            Change::Insert(key, service) => {
                let id = key.to_string();
                // Another service under the same key is another instance.
                if self.services.write().insert(id.clone(), service).is_some() {
                    self.forget(&id, now)?;
                }
                self.balancer.add_instance(&id, InstanceOptions::default(), now)
            }
            Change::Remove(key) => {
                let id = key.to_string();
                self.services.write().remove(&id).map_or(Ok(()), |_| self.forget(&id, now))
            }
        }
    }

    /// Somebody else may have removed it.
    fn forget(&self, id: &str, now: f64) -> Result<()> {
        match self.balancer.remove_instance(id, now) {
            Err(error) if error.code() == ErrorCode::BalanceUnknownInstance => Ok(()),
            done => done,
        }
    }
}

type Answering<T, E> = Pin<Box<dyn Future<Output = std::result::Result<T, BalancedError<E>>> + Send>>;

impl<D, P, C, R> Service<R> for Discovered<D, P, C>
where
    D: Discover,
    D::Key: ToString,
    D::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    D::Service: Service<R> + Clone + Send + Sync + 'static,
    <D::Service as Service<R>>::Future: Send,
    <D::Service as Service<R>>::Response: Send + Sync,
    <D::Service as Service<R>>::Error: Send + Sync,
    P: Protocol<R, <D::Service as Service<R>>::Response, <D::Service as Service<R>>::Error> + Send + Sync + 'static,
    C: Completion<<D::Service as Service<R>>::Response> + Clone + Send + Sync + 'static,
    R: Send + Sync + 'static,
{
    type Response = C::Answer;
    type Error = BalancedError<<D::Service as Service<R>>::Error>;
    type Future = Answering<Self::Response, <D::Service as Service<R>>::Error>;

    /// As soon as there is an instance, or there will be none any more.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.take_changes(context)?;
        if self.services.read().is_empty() && !self.ended { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn call(&mut self, request: R) -> Self::Future {
        let inner = self.inner.clone();
        Box::pin(async move {
            inner.attempt(Addressed { to: None, request }).await.map_err(|error| match error {
                BalancedError::Service(Gone::Service(error)) => BalancedError::Service(error),
                BalancedError::Service(Gone::Removed(id)) => BalancedError::Balancer(
                    Error::new(ErrorCode::BalanceNoInstance, format!("{id} was removed before it got the request"))
                        .hint("send it again"),
                ),
                BalancedError::Balancer(error) => BalancedError::Balancer(error),
                BalancedError::Discovery(error) => BalancedError::Discovery(error),
            })
        })
    }
}

/// A request, and the key of the service it goes to.
struct Addressed<R> {
    to: Option<String>,
    request: R,
}

/// The protocol of requests, which go where a key says.
struct ByKey<P>(Arc<P>);

/// The services that are there.
struct Found<S>(Kept<S>);

impl<S> Clone for Found<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Why a service gave no answer.
enum Gone<E> {
    Service(E),
    /// It was picked, but is there no more.
    Removed(String),
}

impl<S, R> Service<Addressed<R>> for Found<S>
where
    S: Service<R> + Clone + Send + Sync + 'static,
    S::Future: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = Gone<S::Error>;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<S::Response, Gone<S::Error>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, Addressed { to, request }: Addressed<R>) -> Self::Future {
        let id = to.unwrap_or_default();
        let service = self.0.read().get(&id).cloned();
        Box::pin(async move {
            let Some(mut service) = service else { return Err(Gone::Removed(id)) };
            poll_fn(|context| service.poll_ready(context)).await.map_err(Gone::Service)?;
            service.call(request).await.map_err(Gone::Service)
        })
    }
}

impl<P, R, T, E> Protocol<Addressed<R>, T, Gone<E>> for ByKey<P>
where
    P: Protocol<R, T, E>,
{
    fn asks<'a>(&self, addressed: &'a Addressed<R>) -> PickRequest<'a> {
        self.0.asks(&addressed.request)
    }

    fn route(&self, addressed: &mut Addressed<R>, id: &str, _: &BTreeMap<String, String>) -> Result<()> {
        addressed.to = Some(id.to_owned());
        Ok(())
    }

    fn again(&self, addressed: &Addressed<R>) -> Option<Addressed<R>> {
        self.0.again(&addressed.request).map(|request| Addressed { to: None, request })
    }

    fn end(&self, result: std::result::Result<&T, &Gone<E>>, now: f64) -> RequestEnd {
        match result {
            Ok(answer) => self.0.end(Ok(answer), now),
            Err(Gone::Service(error)) => self.0.end(Err(error), now),
            Err(Gone::Removed(_)) => RequestEnd::of(crate::balance::RequestOutcome::LocalError, now),
        }
    }

    fn is_retryable(&self, result: std::result::Result<&T, &Gone<E>>) -> bool {
        match result {
            Ok(answer) => self.0.is_retryable(Ok(answer)),
            Err(Gone::Service(error)) => self.0.is_retryable(Err(error)),
            Err(Gone::Removed(_)) => true,
        }
    }
}
