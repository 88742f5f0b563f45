//! What an instance's results tell of the next one: a peak-sensitive average, and how fast it works.
//!
//! Numbers that belong together are stored one after the other without a lock. Where two threads meet, one observation of
//! many may be lost or weighed by the other's time, which an average does not notice.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that threads share.
#[derive(Debug, Default)]
pub(super) struct Number(AtomicU64);

impl Number {
    pub(super) fn new(value: f64) -> Self {
        Self(AtomicU64::new(value.to_bits()))
    }

    #[inline]
    pub(super) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    #[inline]
    pub(super) fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }
}

/// An average of response times that rises at once and falls by time: "peak EWMA", as in Finagle and tower.
#[derive(Debug, Default)]
pub(super) struct ResponseTime {
    /// Seconds; 0 before the first observation.
    estimate: Number,
    stamp: Number,
}

impl ResponseTime {
    /// Begin with an assumed response time.
    pub(super) fn begin(&self, assumed: f64, now: f64) {
        self.estimate.set(assumed);
        self.stamp.set(now);
    }

    /// Add what a request took: a longer time counts whole, a shorter one by how long ago the last was.
    pub(super) fn observe(&self, seconds: f64, now: f64, decay: f64) {
        let estimate = self.estimate.get();
        let old = share_left(now - self.stamp.get(), decay);
        self.estimate.set(if seconds > estimate { seconds } else { estimate * old + seconds * (1.0 - old) });
        self.stamp.set(now);
    }

    /// The estimate, falling towards 0 while nothing is heard, so that an instance is tried again.
    #[inline]
    pub(super) fn at(&self, now: f64, decay: f64) -> f64 {
        self.estimate.get() * share_left(now - self.stamp.get(), decay)
    }
}

/// What is left of a weight after some seconds.
#[inline]
fn share_left(seconds: f64, decay: f64) -> f64 {
    let x = seconds / decay;
    if x > SHORT_TIME {
        (-x).exp()
    } else if x > 0.0 {
        1.0 - x * (1.0 - x * (0.5 - x / 6.0))
    } else {
        1.0
    }
}

/// Up to here three terms of the exponential's series are exact to a billionth, and take no call.
const SHORT_TIME: f64 = 0.01;

/// How long an instance's requests take on average, how sure that is, and how often they fail.
///
/// The mean is that of about the last hundred results. A short mean of the last few runs beside it, and replaces it where
/// the two differ by more than chance explains, so that a change is believed within some results.
#[derive(Debug, Default)]
pub(super) struct Speed {
    /// When the instance last answered, or got a request after it had none.
    mark: Number,
    /// When it last got a request.
    asked: Number,
    count: Number,
    mean: Number,
    variance: Number,
    short: Number,
    /// Share of failures among recent results; of a run of failures only the first counts, for `doubts` has the others.
    failures: Number,
    /// Failures since the last success.
    doubts: AtomicU64,
    doubted_until: Number,
    /// Seconds that the last failure took, and when it was.
    lost: Number,
    failed: Number,
}

/// What is known of an instance's speed at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Results that the mean stands for, up to [`LONG`].
    pub(super) count: f64,
    /// Mean response time in seconds, and its variance.
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// Seconds for which it has had requests but given no answer.
    pub(super) silent: f64,
    /// Seconds since it last got a request.
    pub(super) idle: f64,
    /// Share of failures among recent results, 0 to 1; less the longer ago the last one is.
    pub(super) failures: f64,
    /// Failures since the last success, until when it wants to be left alone for the last one, and how long that took.
    pub(super) doubts: u64,
    pub(super) doubted_until: f64,
    pub(super) lost: f64,
}

/// Results that the mean remembers.
const LONG: f64 = 100.0;
/// Results that the short mean remembers.
const SHORT: f64 = 8.0;
/// Standard deviations of the short mean by which it differs from the mean of unchanged times about once in some hundred
/// results.
const MOVED: f64 = 3.0;
/// Results that the share of failures remembers, and that it begins with as if all had been successes.
const REMEMBERED: f64 = 100.0;
const GRANTED: f64 = 20.0;
/// Seconds after a failure in which the share counts half.
const FADING: f64 = 30.0;

impl Speed {
    /// A request begins.
    #[inline]
    pub(super) fn begin(&self, first: bool, now: f64) {
        if first {
            self.mark.set(now);
        }
        self.asked.set(now);
    }

    pub(super) fn succeed(&self, seconds: f64, now: f64) {
        self.mark.set(now);
        let count = (self.count.get() + 1.0).min(LONG);
        let mean = self.mean.get();
        let off = seconds - mean;
        let mean = mean + off / count;
        let variance = self.variance.get();
        let variance = variance + (off * (seconds - mean) - variance) / count;
        let short = self.short.get();
        let short = short + (seconds - short) / count.min(SHORT);
        let moved = count > SHORT && (short - mean).powi(2) > MOVED * MOVED * variance / (2.0 * SHORT - 1.0);
        self.count.set(if moved { SHORT } else { count });
        self.mean.set(if moved { short } else { mean });
        self.variance.set(variance);
        self.short.set(short);
        let failures = self.failures.get();
        if failures > 0.0 {
            self.failures.set(failures - failures / (GRANTED + count).min(REMEMBERED));
        }
        if self.doubts.load(Relaxed) != 0 {
            self.doubts.store(0, Relaxed);
        }
    }

    /// A failure that took `seconds`, of an instance that wants to be left alone for `wait` seconds.
    pub(super) fn fail(&self, seconds: f64, now: f64, wait: f64) {
        self.mark.set(now);
        if self.doubts.fetch_add(1, Relaxed) == 0 {
            let failures = self.failures.get();
            self.failures.set(failures + (1.0 - failures) / (GRANTED + self.count.get() + 1.0).min(REMEMBERED));
        }
        self.lost.set(seconds);
        self.failed.set(now);
        self.doubted_until.set(now + wait);
    }

    /// What is known at a time, of an instance that has or has not requests.
    #[inline]
    pub(super) fn known(&self, busy: bool, now: f64) -> Known {
        let doubts = self.doubts.load(Relaxed);
        let failures = self.failures.get();
        Known {
            count: self.count.get(),
            mean: self.mean.get(),
            variance: self.variance.get(),
            silent: if busy { (now - self.mark.get()).max(0.0) } else { 0.0 },
            idle: (now - self.asked.get()).max(0.0),
            failures: if failures > 0.0 {
                failures * FADING / (FADING + (now - self.failed.get()).max(0.0))
            } else {
                0.0
            },
            doubts,
            doubted_until: if doubts == 0 { 0.0 } else { self.doubted_until.get() },
            lost: if doubts == 0 { 0.0 } else { self.lost.get() },
        }
    }
}
