//! A client of [reqwest](https://docs.rs/reqwest) whose requests go to instances of a balancer.
//!
//! The host of a URL is a name only: a request goes to the base URL of the instance that is picked, `url` of its metadata or
//! its id, with its own path and query after that of the base.
//!
//! A request is in flight until the body of its answer was read to its end, broke off, or was dropped: what it took and how it
//! ended is told then, also where the caller gave up before the head, which counts as cancelled. A request with an idempotent
//! method (RFC 9110) and a body that can be sent again goes to another instance where the first could not be reached or said
//! 429, 500, 502, 503 or 504, as long as there are other instances, retries and room in the retry budget. Who says
//! `Retry-After` is left alone for so long; where no other instance is there, it is waited for, up to five seconds.
//!
//! ```no_run
//! use opusclip_core::balance::web::BalancedClient;
//! use opusclip_core::balance::{BalancerOptions, InstanceOptions, LoadBalancer};
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let balancer = LoadBalancer::new(BalancerOptions::default())?;
//! for id in ["http://10.0.0.1:8000", "http://10.0.0.2:8000"] {
//!     balancer.add_instance(id, InstanceOptions::default(), 0.0)?;
//! }
//! let client = BalancedClient::new(reqwest::Client::new(), balancer);
//! let text = client.get("http://clips/health").send().await?.text().await?;
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;

use ::http::header;
use reqwest::{Body, Client, IntoUrl, Method, Request, Response, ResponseBuilderExt as _, Url};
use tower_layer::Layer as _;

use super::tower::{
    AtBodyEnd, BalanceLayer, Balanced, BalancedError, Completion, Http, InFlight, InFlightBody, Protocol,
};
use super::{LoadBalancer, RequestEnd, RequestOutcome, http};
use crate::error::{Error, ErrorCode, Result};

impl Protocol<Request, Response, reqwest::Error> for Http {
    fn route(&self, request: &mut Request, id: &str, metadata: &BTreeMap<String, String>) -> Result<()> {
        let given = metadata.get("url").map_or(id, String::as_str);
        let scheme = request.url().scheme();
        let text = if given.contains("://") { given.to_owned() } else { format!("{scheme}://{given}") };
        let base = text.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let mut url = base.ok_or_else(|| {
            Error::new(ErrorCode::ConfigInvalid, format!("the instance {id:?} has no http or https URL"))
                .field("id")
                .hint("give it as the id or as metadata `url`")
        })?;
        let path = format!("{}{}", url.path().trim_end_matches('/'), request.url().path());
        url.set_path(&path);
        url.set_query(request.url().query());
        *request.url_mut() = url;
        Ok(())
    }

    fn again(&self, request: &Request) -> Option<Request> {
        http::is_idempotent(request.method().as_str()).then(|| request.try_clone()).flatten()
    }

    fn end(&self, result: std::result::Result<&Response, &reqwest::Error>, now: f64) -> RequestEnd {
        let response = match result {
            Ok(response) => response,
            // The caller's own mistakes.
            Err(error) if error.is_builder() || error.is_redirect() => {
                return RequestEnd::of(RequestOutcome::Cancelled, now);
            }
            Err(_) => return RequestEnd::of(RequestOutcome::LocalError, now),
        };
        let field = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        RequestEnd {
            retry_after: field.and_then(|value| http::retry_after(value, now)),
            ..RequestEnd::of(RequestOutcome::of_status(response.status().as_u16()), now)
        }
    }

    fn is_retryable(&self, result: std::result::Result<&Response, &reqwest::Error>) -> bool {
        result.map_or(true, |response| http::is_retryable(response.status().as_u16()))
    }
}

/// A client whose requests go to instances of a balancer. Cheap to clone.
///
/// For requests that ask for a key or a subset, give it a [`Protocol`] of your own that says so: [`BalancedClient::by`].
#[derive(Debug)]
pub struct BalancedClient<P = Http> {
    client: Client,
    balanced: Balanced<Client, P, AtBodyEnd>,
}

/// Seconds for which an instance is waited for, where nothing else is said.
const MAX_RETRY_AFTER: f64 = 5.0;

impl<P> Clone for BalancedClient<P> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), balanced: self.balanced.clone() }
    }
}

impl BalancedClient {
    /// Requests of this client by this balancer, with two retries at most, five seconds at most for `Retry-After`, and the
    /// system's clock.
    pub fn new(client: Client, balancer: LoadBalancer) -> Self {
        let layer = BalanceLayer::new(balancer, Http);
        Self::by(client, layer.max_retry_after(MAX_RETRY_AFTER, |time| Box::pin(tokio::time::sleep(time))))
    }
}

impl<P> BalancedClient<P>
where
    P: Protocol<Request, Response, reqwest::Error> + Send + Sync + 'static,
{
    /// The same with the retries, the patience, the clock and the protocol that a layer has.
    pub fn by<C>(client: Client, layer: BalanceLayer<P, C>) -> Self {
        Self { balanced: layer.until_body_end().layer(client.clone()), client }
    }

    /// A request by GET.
    pub fn get(&self, url: impl IntoUrl) -> BalancedRequest<P> {
        self.request(Method::GET, url)
    }

    /// A request by HEAD.
    pub fn head(&self, url: impl IntoUrl) -> BalancedRequest<P> {
        self.request(Method::HEAD, url)
    }

    /// A request by POST, which is sent once.
    pub fn post(&self, url: impl IntoUrl) -> BalancedRequest<P> {
        self.request(Method::POST, url)
    }

    /// A request by PUT.
    pub fn put(&self, url: impl IntoUrl) -> BalancedRequest<P> {
        self.request(Method::PUT, url)
    }

    /// A request by DELETE.
    pub fn delete(&self, url: impl IntoUrl) -> BalancedRequest<P> {
        self.request(Method::DELETE, url)
    }

    /// A request by any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> BalancedRequest<P> {
        BalancedRequest { builder: self.client.request(method, url), client: self.clone() }
    }

    /// Send a request that was built elsewhere.
    ///
    /// # Errors
    /// [`BalancedError::Balancer`] where no instance may have it; [`BalancedError::Service`] for the last error of the client.
    pub async fn execute(&self, request: Request) -> std::result::Result<Response, BalancedError<reqwest::Error>> {
        self.balanced.clone().attempt(request).await
    }
}

/// A request that is being built.
#[derive(Debug)]
#[must_use = "it is sent by `send`"]
pub struct BalancedRequest<P = Http> {
    client: BalancedClient<P>,
    builder: reqwest::RequestBuilder,
}

impl<P> BalancedRequest<P>
where
    P: Protocol<Request, Response, reqwest::Error> + Send + Sync + 'static,
{
    /// With all that reqwest's own builder can do, such as `.with(|request| request.bearer_auth(token).body(text))`.
    pub fn with(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.builder = change(self.builder);
        self
    }

    /// With a field of the head.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|builder| builder.header(name, value))
    }

    /// With a body. One that is a stream is sent once.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|builder| builder.body(body))
    }

    /// Send it.
    ///
    /// # Errors
    /// As [`BalancedClient::execute`].
    pub async fn send(self) -> std::result::Result<Response, BalancedError<reqwest::Error>> {
        let request = self.builder.build().map_err(BalancedError::Service)?;
        self.client.execute(request).await
    }
}

impl Completion<Response> for AtBodyEnd {
    type Answer = Response;

    /// The same answer with a body that tells of its end.
    fn complete(&self, in_flight: InFlight, answer: Response) -> Response {
        let url = answer.url().clone();
        let (mut parts, body) = ::http::Response::<Body>::from(answer).into_parts();
        let named = ::http::Response::builder().url(url).body(());
        if let Ok(named) = named {
            parts.extensions.extend(named.into_parts().0.extensions);
        }
        Response::from(::http::Response::from_parts(parts, Body::wrap(InFlightBody::new(in_flight, body))))
    }
}
