//! What an analysis holds. Times are seconds from the start of the media.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Level;
use crate::time::Span;

/// What was found in one source, or in a stretch of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    /// How much of the picture was decoded.
    pub level: Level,
    /// The stretch that was analysed: from 0 to `duration`, unless only a part was asked for.
    pub span: Span,
    /// Seconds up to which there really is content, from the packets themselves; a header may claim more.
    pub duration: f64,
    /// How loud it is; `None` without sound.
    pub loudness: Option<Loudness>,
    /// How likely somebody speaks, 0 to 1; `None` without sound.
    pub voice: Option<Curve>,
    /// Stretches in which somebody speaks.
    pub speech: Vec<Span>,
    /// Stretches of at least 0.2 s in which nobody speaks, complement of `speech`.
    pub pauses: Vec<Span>,
    /// Stretches of at least 2 s that sound like music: steady tones, nobody speaking.
    pub music: Vec<Span>,
    /// Stretches of at least 0.5 s under -60 LUFS.
    pub silence: Vec<Span>,
    /// Where one shot gives way to the next, in order.
    pub boundaries: Vec<Boundary>,
    /// Stretches of one shot each. Between two lies their cut, or the gap that a gradual transition takes.
    pub shots: Vec<Shot>,
    /// Stretches of at least 0.1 s of black picture.
    pub black: Vec<Span>,
    /// Stretches of at least 1 s in which nothing moves.
    pub frozen: Vec<Span>,
    /// Black bars around the picture (letterbox, pillarbox), where there are any.
    pub borders: Vec<Border>,
    /// How much moves, 0 to 1; `None` without picture.
    pub motion: Option<Curve>,
    /// Packets and frames seen, damage met on the way.
    pub damage: Damage,
}

impl Analysis {
    /// One silent shot of so many seconds: for what was found by other means, filled in by hand.
    ///
    /// ```
    /// use opusclip_core::{clip::Analysis, time::Span};
    /// let analysis = Analysis { speech: vec![Span::new(1.0, 9.0)], ..Analysis::of_nothing(60.0) };
    /// assert_eq!(analysis.shots.len(), 1);
    /// ```
    pub fn of_nothing(duration: f64) -> Self {
        Self {
            level: Level::Lazy,
            span: Span::new(0.0, duration),
            duration,
            loudness: None,
            voice: None,
            speech: Vec::new(),
            pauses: Vec::new(),
            music: Vec::new(),
            silence: Vec::new(),
            boundaries: Vec::new(),
            shots: vec![Shot { start: 0.0, end: duration }],
            black: Vec::new(),
            frozen: Vec::new(),
            borders: Vec::new(),
            motion: None,
            damage: Damage::default(),
        }
    }
}

/// Values at equal distances in time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Time of the first value in seconds; value `i` describes the stretch from `start + i * step` on.
    pub start: f64,
    /// Seconds between two values.
    pub step: f64,
    /// The values.
    pub values: Vec<f32>,
}

impl Curve {
    /// Places of the values that begin within a stretch.
    pub(crate) fn within(&self, span: Span) -> std::ops::Range<usize> {
        // A whole number of steps must not become one less by rounding.
        let place = |time: f64| (((time - self.start) / self.step + 1e-6).max(0.0) as usize).min(self.values.len());
        let first = place(span.start);
        first..place(span.end).max(first)
    }
}

/// Loudness by EBU R 128 / ITU-R BS.1770.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loudness {
    /// Integrated loudness in LUFS; `None` where everything lies under the gate (silence).
    pub integrated: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342).
    pub range: f64,
    /// Highest true peak of all channels in dBTP; `None` for digital silence.
    pub true_peak: Option<f64>,
    /// Momentary loudness in LUFS every 0.1 s, floored at -70: each value is that of the 400 ms up to the end of its step.
    pub momentary: Curve,
    /// Short-term loudness in LUFS every 0.1 s, floored at -70: each value is that of the 3 s up to the end of its step.
    pub short_term: Curve,
}

impl Loudness {
    /// Seconds between two values of `momentary` and `short_term`.
    pub const STEP: f64 = 0.1;
    /// Value that stands for silence in `momentary` and `short_term`.
    pub const FLOOR: f32 = -70.0;

    /// Mean power over a stretch, in LUFS; [`Loudness::FLOOR`] where it is silent or has no values.
    pub fn mean(&self, span: Span) -> f64 {
        let values = &self.momentary.values[self.momentary.within(span)];
        if values.is_empty() {
            return f64::from(Self::FLOOR);
        }
        let power = values.iter().map(|v| 10f64.powf(f64::from(*v) / 10.0)).sum::<f64>() / values.len() as f64;
        (10.0 * power.log10()).max(f64::from(Self::FLOOR))
    }
}

/// How one shot gives way to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundaryKind {
    /// From one frame to the next.
    Cut,
    /// One picture shows more and more through the other.
    Dissolve,
    /// Through, to or from a picture of one colour, mostly black.
    Fade,
    /// The next picture pushes in from a side.
    Wipe,
}

/// What told a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Frames one after another: the times are exact.
    Frames,
    /// Two keyframes that differ: the time is that of the second one, and exact where the encoder placed it at the cut.
    Keyframes,
}

/// Where one shot gives way to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// How.
    pub kind: BoundaryKind,
    /// Last moment of the old shot alone; for a cut the time of the first frame of the new shot.
    pub start: f64,
    /// First moment of the new shot alone; for a cut the same as `start`.
    pub end: f64,
    /// What told it.
    pub found_by: FoundBy,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

impl Boundary {
    /// The middle, in seconds.
    pub fn middle(&self) -> f64 {
        (self.start + self.end) / 2.0
    }
}

/// A stretch of one shot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
}

/// Black bars around the picture, in pixels of the picture as it is shown (upright, square pixels).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// Width of the left bar.
    pub left: u32,
    /// Height of the upper bar.
    pub top: u32,
    /// Width of the right bar.
    pub right: u32,
    /// Height of the lower bar.
    pub bottom: u32,
}

/// What was damaged, and what was done about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// Packets read.
    pub packets: u64,
    /// Packets that a decoder refused or that carried a damage mark.
    pub errors: u64,
    /// Does the file end before its header says?
    pub truncated: bool,
    /// Time of the first damage in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_error: Option<f64>,
    /// Everything that is not as it should be, kind by kind.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// For people: what was lost.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What can be wrong with a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A packet that a decoder refused or that carried a damage mark; it was passed over.
    DamagedPacket,
    /// The picture does not begin with a keyframe; what comes before the first one cannot be decoded.
    MissingKeyframe,
    /// A packet without any time of its own.
    MissingTime,
    /// Times go back, beyond what reordering explains; what came twice was heard or seen once.
    TimeJumpsBack,
    /// Times leave out more than a second; the gap counts as silence and as a still picture.
    TimeJumpsAhead,
    /// A packet of the picture that lasts no time.
    ZeroDuration,
    /// The picture changes its size midway.
    SizeChange,
    /// The sound goes on for more than a second after the picture has ended.
    SoundLonger,
    /// The picture goes on for more than a second after the sound has ended.
    PictureLonger,
}

/// One kind of thing that is not as it should be: how often, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// How often.
    pub count: u64,
    /// When in seconds, the first twenty.
    pub times: Vec<f64>,
}
