//! Names of metrics, and labels.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::error::{Error, ErrorCode, Result};

/// What a series is called: a metric and its labels in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) metric: Box<str>,
    pub(super) labels: Box<[(Box<str>, Box<str>)]>,
}

/// Longer names are a mistake of some kind, and would fill the memory.
const LONGEST: usize = 1024;
const MOST_LABELS: usize = 64;

impl Name {
    /// # Errors
    /// [`ErrorCode::MetricInvalid`] for a name that is empty or too long, and for a label that is given twice.
    pub(super) fn new(metric: &str, labels: &[(&str, &str)]) -> Result<Self> {
        let invalid = |message: String, field: String| Err(Error::new(ErrorCode::MetricInvalid, message).field(field));
        if metric.is_empty() || metric.len() > LONGEST {
            let message = format!("the name of a metric has {} bytes, not 1 to {LONGEST}", metric.len());
            return invalid(message, "name".into());
        }
        if labels.len() > MOST_LABELS {
            return invalid(format!("{metric} has {} labels, more than {MOST_LABELS}", labels.len()), "labels".into());
        }
        let mut sorted: Vec<(Box<str>, Box<str>)> =
            labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        sorted.sort();
        if let Some((key, value)) =
            sorted.iter().find(|(key, value)| key.is_empty() || key.len().max(value.len()) > LONGEST)
        {
            let message =
                format!("label {key:?} of {metric} has no name, or more than {LONGEST} bytes ({})", value.len());
            return invalid(message, format!("labels.{}", key.chars().take(40).collect::<String>()));
        }
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return invalid(format!("label {} of {metric} is given twice", pair[0].0), format!("labels.{}", pair[0].0));
        }
        Ok(Self { metric: metric.into(), labels: sorted.into_boxed_slice() })
    }

    /// Whether these are the name's metric and labels, in any order.
    #[inline]
    pub(super) fn is(&self, metric: &str, labels: &[(&str, &str)]) -> bool {
        *self.metric == *metric && self.labels.len() == labels.len() && self.has(labels)
    }

    /// Whether all of these are among the name's labels.
    #[inline]
    pub(super) fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(key, value)| self.labels.iter().any(|own| *own.0 == **key && *own.1 == **value))
    }

    /// Labels as they are borrowed elsewhere.
    pub(super) fn labels(&self) -> Vec<(&str, &str)> {
        self.labels.iter().map(|(key, value)| (&**key, &**value)).collect()
    }

    /// `metric{key="value"}`, for people.
    pub(super) fn shown(&self) -> String {
        shown(&self.metric, &self.labels())
    }
}

/// `metric{key="value"}`, for people.
pub(super) fn shown(metric: &str, labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return metric.to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    format!("{metric}{{{}}}", labels.join(", "))
}

/// Hashes names; labels in any order give the same.
#[derive(Debug, Clone, Default)]
pub(super) struct NameHash(FixedState);

impl NameHash {
    #[inline]
    pub(super) fn of(&self, metric: &str, labels: &[(&str, &str)]) -> u64 {
        let hash = self.0.hash_one(metric);
        labels.iter().fold(hash, |sum, (key, value)| sum.wrapping_add(self.0.hash_one((*key, *value))))
    }
}
