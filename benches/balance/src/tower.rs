//! tower's: its balancer over services that answer at once, from being ready to the answer. It belongs to one thread (shared, it
//! is put behind a queue), so each thread has its own, which is the kindest that two threads can be to it.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tower::balance::p2c::Balance;
use tower::discover::ServiceList;
use tower::load::{CompleteOnResponse, Load, PeakEwma, PendingRequests};
use tower::{BoxError, Service};

use crate::Contender;

/// Answers at once.
struct Answering;

impl Service<()> for Answering {
    type Response = ();
    type Error = Infallible;
    type Future = Ready<Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        ready(Ok(()))
    }
}

/// Makes the services of a thread's balancer.
struct Balancing<F>(F);

/// By requests in flight.
pub(crate) fn pending(size: u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    let one = |_| PendingRequests::new(Answering, CompleteOnResponse::default());
    Ok(Box::new(Balancing(move || (0..size).map(one).collect::<Vec<_>>())))
}

/// By response times and requests in flight, with the figures of its documentation.
pub(crate) fn peak_ewma(size: u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    let decay = Duration::from_secs(10).as_nanos() as f64;
    let one = move |_| PeakEwma::new(Answering, Duration::from_secs(1), decay, CompleteOnResponse::default());
    Ok(Box::new(Balancing(move || (0..size).map(one).collect::<Vec<_>>())))
}

impl<F, S> Contender for Balancing<F>
where
    F: Fn() -> Vec<S> + Sync,
    S: Service<()> + Load,
    S::Error: Into<BoxError>,
    S::Metric: std::fmt::Debug,
{
    fn picks(&self, count: u32) -> Duration {
        let mut balance = Balance::new(ServiceList::new((self.0)()));
        // The list is read before the first request.
        let mut context = Context::from_waker(Waker::noop());
        let _ = balance.poll_ready(&mut context);
        let begun = Instant::now();
        for _ in 0..count {
            // Services that are always ready never let it wait.
            if let Poll::Ready(Ok(())) = balance.poll_ready(&mut context) {
                drop(std::hint::black_box(at_once(balance.call(()))));
            }
        }
        begun.elapsed()
    }
}

/// What a future gives that does not wait.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
