//! What a run was like, in a few points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run::Moment;
use super::trace::Trace;

/// What a run was like, from its beginning: each point stands for the time since the one before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingCourse {
    /// Ends of the stretches, in Unix seconds.
    pub times: Vec<f64>,
    /// Requests a second.
    pub rates: Vec<f64>,
    /// Instances at the end of each stretch, those that are starting among them.
    pub instances: Vec<f64>,
    /// Those of them that work.
    pub ready: Vec<f64>,
    /// The longest response time, in milliseconds.
    pub response_times: Vec<f64>,
    /// Requests that turned out to be over the objective or were given up, as a share of those that came, 0 to 1.
    pub violations: Vec<f64>,
}

/// A course in the making.
#[derive(Debug)]
pub(super) struct Sketch {
    course: ScalingCourse,
    start: f64,
    /// Seconds of a stretch; 0 keeps nothing.
    stretch: usize,
    arrived: f64,
    seconds: usize,
    longest: f64,
    violated: f64,
}

impl Sketch {
    pub(super) fn new(trace: &Trace, points: u32) -> Self {
        let stretch = if points == 0 { 0 } else { (trace.duration() / f64::from(points)).ceil().max(1.0) as usize };
        let course = ScalingCourse::default();
        Self { course, start: trace.start, stretch, arrived: 0.0, seconds: 0, longest: 0.0, violated: 0.0 }
    }

    pub(super) fn add(&mut self, moment: Moment) {
        if self.stretch == 0 {
            return;
        }
        self.arrived += moment.work.arrived;
        self.violated += moment.work.violated;
        self.seconds += 1;
        self.longest = self.longest.max(moment.work.response_time);
        if self.seconds < self.stretch {
            return;
        }
        self.course.times.push(self.start + (moment.second + 1) as f64);
        self.course.rates.push(self.arrived / self.seconds as f64);
        self.course.instances.push(f64::from(moment.instances));
        self.course.ready.push(f64::from(moment.ready));
        self.course.response_times.push(self.longest);
        let share = if self.arrived > 0.0 { self.violated / self.arrived } else { 0.0 };
        self.course.violations.push(share.min(1.0));
        (self.arrived, self.seconds, self.longest, self.violated) = (0.0, 0, 0.0, 0.0);
    }

    pub(super) fn finish(self) -> Option<ScalingCourse> {
        (self.stretch > 0).then_some(self.course)
    }
}
