//! The state of a collector as bytes: saved, restored, merged with that of other processes and machines.
//!
//! The bytes are a mark, the version, a BLAKE3 checksum of the rest, and the series in the `postcard` wire format
//! (<https://postcard.jamesmunns.com/wire-format>). Single observations that are kept for exact answers are not part
//! of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::counter::Increase;
use super::distinct::Members;
use super::distribution::Summary;
use super::options::RetentionTier;
use super::registry::State;
use super::types::MetricType;
use super::{Clock, Collector, CollectorOptions};
use crate::error::{Error, ErrorCode, Result};

const MARK: &[u8; 8] = b"opusclpm";
const VERSION: u32 = 2;
const HEAD: usize = MARK.len() + size_of::<u32>() + blake3::OUT_LEN;

/// All series, and what they were recorded with.
#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    options: SavedOptions,
    started: f64,
    series: Vec<SavedSeries>,
}

/// [`CollectorOptions`] field by field: those also read what people write, which takes more than the wire format tells.
#[derive(Debug, Serialize, Deserialize)]
struct SavedOptions {
    time_windows: BTreeMap<String, u32>,
    retention: Vec<RetentionTier>,
    max_buffer_size: usize,
    relative_error: f64,
    max_series_per_metric: usize,
    max_series: usize,
    max_ahead: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedSeries {
    metric: String,
    labels: Vec<(String, String)>,
    metric_type: SavedType,
    state: SavedState,
}

/// [`MetricType`] by number: names are for people.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum SavedType {
    Counter,
    Gauge,
    Histogram,
    Summary,
    Distinct,
}

/// Slots with their begin and length in seconds.
#[derive(Debug, Serialize, Deserialize)]
enum SavedState {
    Counter(CounterState),
    Distribution(DistributionState),
    Distinct(DistinctState),
}

/// What a counter is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CounterState {
    pub(super) total: f64,
    pub(super) slots: Vec<(i64, i64, Increase)>,
}

/// What a distribution is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DistributionState {
    pub(super) count: u64,
    pub(super) sum: f64,
    /// Time and value of the latest.
    pub(super) last: (f64, f64),
    pub(super) slots: Vec<(i64, i64, Summary)>,
}

/// What a metric of distinct members is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DistinctState {
    pub(super) slots: Vec<(i64, i64, Members)>,
}

impl SavedState {
    /// Whether it may come from recording.
    fn is_sound(&self) -> bool {
        match self {
            Self::Counter(state) => {
                let rises = state.slots.iter().map(|(.., rise)| rise.0);
                std::iter::once(state.total).chain(rises).all(|number| number.is_finite() && number >= 0.0)
            }
            Self::Distribution(state) => state.sum.is_finite() && state.slots.iter().all(|(.., slot)| slot.is_sound()),
            Self::Distinct(_) => true,
        }
    }
}

impl Collector {
    /// All that was recorded, as bytes for [`Collector::restore`] and [`Collector::merge`].
    ///
    /// ```
    /// use opusclip_core::analytics::{Clock, Collector, CollectorOptions};
    /// let clock = Clock::fixed(1_700_000_000.0);
    /// let one = Collector::with_clock(CollectorOptions::default(), clock.clone())?;
    /// one.counter("jobs", &[])?.add(2.0)?;
    /// let two = Collector::restore(&one.snapshot()?, clock)?;
    /// two.merge(&one.snapshot()?)?;
    /// assert_eq!(two.window("jobs", &[], "1m", None)?.sum, 4.0);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where the state cannot be written.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        let saved = |series: &std::sync::Arc<super::registry::Series>| SavedSeries {
            metric: series.name.metric.to_string(),
            labels: series.name.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            metric_type: series.metric_type.into(),
            state: match &series.state {
                State::Counter(counter) => SavedState::Counter(counter.save()),
                State::Distribution(distribution) => SavedState::Distribution(distribution.save()),
                State::Distinct(distinct) => SavedState::Distinct(distinct.save()),
            },
        };
        let series = self.0.registry.all().iter().map(saved).collect();
        let snapshot = Snapshot { options: self.options().clone().into(), started: self.started(), series };
        let body = postcard::to_stdvec(&snapshot)
            .map_err(|error| Error::new(ErrorCode::Internal, format!("the state cannot be written: {error}")))?;
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        bytes.extend(MARK);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        Ok(bytes)
    }

    /// A collector with the options and the state of a snapshot.
    ///
    /// # Errors
    /// [`ErrorCode::SnapshotInvalid`] for bytes that are damaged or none, and for a version that is not known.
    pub fn restore(bytes: &[u8], clock: Clock) -> Result<Self> {
        let snapshot = read(bytes)?;
        let collector =
            Self::with_clock(snapshot.options.into(), clock).map_err(|error| damaged(&error.to_string()))?;
        collector.take(snapshot.series)?;
        collector.begin(snapshot.started);
        Ok(collector)
    }

    /// Add what another collector recorded, in whatever order snapshots come.
    ///
    /// # Errors
    /// As [`Collector::restore`]; also where it has other windows or another relative error, or a metric is of another
    /// type there.
    pub fn merge(&self, bytes: &[u8]) -> Result<()> {
        let snapshot = read(bytes)?;
        let (own, other) = (self.options(), &snapshot.options);
        let differs = if own.time_windows != other.time_windows {
            Some(("time_windows", format!("{:?}", other.time_windows), format!("{:?}", own.time_windows)))
        } else if own.retention != other.retention {
            Some(("retention", format!("{:?}", other.retention), format!("{:?}", own.retention)))
        } else if own.relative_error != other.relative_error {
            Some(("relative_error", other.relative_error.to_string(), own.relative_error.to_string()))
        } else {
            None
        };
        if let Some((option, there, here)) = differs {
            let message = format!("{option} is {there} there and {here} here");
            return Err(Error::new(ErrorCode::SnapshotInvalid, message).hint("give both the same options"));
        }
        self.take(snapshot.series)?;
        self.begin(snapshot.started);
        Ok(())
    }

    /// Count as since a time, if that is earlier.
    fn begin(&self, started: f64) {
        let earlier = |bits| (started < f64::from_bits(bits)).then_some(started.to_bits());
        // `Err` where it is not earlier.
        let _ = self.0.started.fetch_update(Ordering::Relaxed, Ordering::Relaxed, earlier);
    }

    /// Write a snapshot into a file, which has the old content or the new at any moment.
    ///
    /// # Errors
    /// [`ErrorCode::OutputUnwritable`] or [`ErrorCode::OutputFull`]; the file is as it was then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let bytes = self.snapshot()?;
        crate::files::write_whole(path.as_ref(), |file| file.write_all(&bytes))
    }

    /// [`Collector::restore`] from a file.
    ///
    /// # Errors
    /// As [`Collector::restore`]; the same code where the file cannot be read.
    pub fn load(path: impl AsRef<Path>, clock: Clock) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| {
            Error::new(ErrorCode::SnapshotInvalid, format!("it cannot be read: {error}")).file(path).caused_by(error)
        })?;
        Self::restore(&bytes, clock).map_err(|error| error.file(path))
    }

    fn take(&self, series: Vec<SavedSeries>) -> Result<()> {
        // Look at all of it first, so that a snapshot is taken whole or not at all.
        for saved in &series {
            let wanted = saved.metric_type.into();
            if !saved.state.is_sound() {
                return Err(
                    damaged(&format!("the numbers of {} are impossible", saved.metric)).field(saved.metric.clone())
                );
            }
            if let Some(known) = self.metric_type(&saved.metric).filter(|known| *known != wanted) {
                let message = format!("{} is a {} there and a {} here", saved.metric, wanted.as_str(), known.as_str());
                return Err(Error::new(ErrorCode::SnapshotInvalid, message).field(saved.metric.clone()));
            }
        }
        for saved in series {
            let labels: Vec<(&str, &str)> =
                saved.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let series = self.series(&saved.metric, &labels, Some(saved.metric_type.into()))?;
            match (&series.state, saved.state) {
                (State::Counter(counter), SavedState::Counter(state)) => counter.take(state),
                (State::Distribution(distribution), SavedState::Distribution(state)) => distribution.take(state),
                (State::Distinct(distinct), SavedState::Distinct(state)) => distinct.take(state),
                _ => return Err(damaged("a series is not what its type says")),
            }
        }
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<Snapshot> {
    let (Some(head), Some(body)) = (bytes.get(..HEAD), bytes.get(HEAD..)) else {
        return Err(damaged("it is too short"));
    };
    let (mark, rest) = head.split_at(MARK.len());
    let (version, checksum) = rest.split_at(size_of::<u32>());
    if mark != MARK {
        return Err(damaged("it does not begin like one"));
    }
    let version = version.try_into().map_or(0, u32::from_le_bytes);
    if version != VERSION {
        let message = format!("the snapshot has version {version}, this library reads version {VERSION}");
        return Err(Error::new(ErrorCode::SnapshotInvalid, message)
            .field("version")
            .hint("use the library that wrote it"));
    }
    if blake3::hash(body).as_bytes() != checksum {
        return Err(damaged("its checksum does not fit"));
    }
    postcard::from_bytes(body).map_err(|error| damaged(&error.to_string()))
}

fn damaged(why: &str) -> Error {
    Error::new(ErrorCode::SnapshotInvalid, format!("the snapshot is damaged: {why}"))
}

impl From<CollectorOptions> for SavedOptions {
    fn from(options: CollectorOptions) -> Self {
        let CollectorOptions { time_windows, retention, max_buffer_size, relative_error, .. } = options;
        let CollectorOptions { max_series_per_metric, max_series, max_ahead, .. } = options;
        Self { time_windows, retention, max_buffer_size, relative_error, max_series_per_metric, max_series, max_ahead }
    }
}

impl From<SavedOptions> for CollectorOptions {
    fn from(saved: SavedOptions) -> Self {
        let SavedOptions { time_windows, retention, max_buffer_size, relative_error, .. } = saved;
        let SavedOptions { max_series_per_metric, max_series, max_ahead, .. } = saved;
        Self { time_windows, retention, max_buffer_size, relative_error, max_series_per_metric, max_series, max_ahead }
    }
}

impl From<MetricType> for SavedType {
    fn from(metric_type: MetricType) -> Self {
        match metric_type {
            MetricType::Counter => Self::Counter,
            MetricType::Gauge => Self::Gauge,
            MetricType::Histogram => Self::Histogram,
            MetricType::Summary => Self::Summary,
            MetricType::Distinct => Self::Distinct,
        }
    }
}

impl From<SavedType> for MetricType {
    fn from(saved: SavedType) -> Self {
        match saved {
            SavedType::Counter => Self::Counter,
            SavedType::Gauge => Self::Gauge,
            SavedType::Histogram => Self::Histogram,
            SavedType::Summary => Self::Summary,
            SavedType::Distinct => Self::Distinct,
        }
    }
}
