//! When a request whose answer has come is over.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::http::Response;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::balance::{OwnedPick, RequestEnd, RequestOutcome};

/// When a request is over whose answer has come, as tower's `TrackCompletion` has it for its own balancer.
pub trait Completion<T> {
    /// The answer as the caller gets it.
    type Answer;

    /// The request is in flight until `in_flight` is dropped.
    fn complete(&self, in_flight: InFlight, answer: T) -> Self::Answer;
}

/// A request is over when its answer has come: of HTTP its head.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtAnswer;

impl<T> Completion<T> for AtAnswer {
    type Answer = T;

    fn complete(&self, _in_flight: InFlight, answer: T) -> T {
        answer
    }
}

/// A request of HTTP is over when the body of its answer was read to its end, broke off, or was dropped.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtBodyEnd;

impl<B: Body> Completion<Response<B>> for AtBodyEnd {
    type Answer = Response<InFlightBody<B>>;

    fn complete(&self, in_flight: InFlight, answer: Response<B>) -> Self::Answer {
        answer.map(|body| InFlightBody::new(in_flight, body))
    }
}

/// A request whose answer has come and that is not over. Where nothing else is said before it is dropped, it ended as its
/// answer says.
#[derive(Debug)]
pub struct InFlight {
    pick: OwnedPick,
    end: RequestEnd,
    clock: fn() -> f64,
}

impl InFlight {
    pub(super) fn new(pick: OwnedPick, end: RequestEnd, clock: fn() -> f64) -> Self {
        Self { pick, end, clock }
    }

    /// It has ended otherwise than its answer says. The first end counts.
    pub fn end(&mut self, outcome: RequestOutcome) {
        self.pick.end(RequestEnd { outcome, now: (self.clock)(), ..self.end });
    }
}

impl Drop for InFlight {
    /// The instance did its part, whether the caller reads all of it or not.
    fn drop(&mut self) {
        self.end(self.end.outcome());
    }
}

pin_project! {
    /// A body whose end is that of its request.
    #[derive(Debug)]
    pub struct InFlightBody<B> {
        #[pin]
        body: B,
        in_flight: Option<InFlight>,
    }
}

impl<B: Body> InFlightBody<B> {
    /// Where there is no body, the request is over by now.
    pub(in crate::balance) fn new(in_flight: InFlight, body: B) -> Self {
        let in_flight = (!body.is_end_stream()).then_some(in_flight);
        Self { body, in_flight }
    }
}

impl<B: Body> Body for InFlightBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Self::Data>, Self::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(context));
        let more = matches!(&frame, Some(Ok(_))) && !this.body.is_end_stream();
        if let (Some(Err(_)), Some(in_flight)) = (&frame, this.in_flight.as_mut()) {
            in_flight.end(RequestOutcome::LocalError);
        }
        if !more {
            *this.in_flight = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
