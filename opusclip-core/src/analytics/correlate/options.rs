use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{finite, number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};

/// How a correlation is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationOptions {
    /// The method that the sentence and the order of many pairs go by.
    pub method: CorrelationMethod,
    /// Seconds between two times of the common grid; the longer of the two usual steps if left out.
    #[serde(deserialize_with = "optional_number")]
    pub step: Option<f64>,
    /// The longest lag tried, in seconds; 60 steps or a quarter of the span, the shorter, if left out.
    #[serde(deserialize_with = "optional_number")]
    pub max_lag: Option<f64>,
    /// How sure intervals and bounds are, 0.5 to 0.999.
    #[serde(deserialize_with = "number")]
    pub confidence: f64,
    /// How the p of each of many pairs is corrected for their number.
    pub correction: ManyCorrection,
    /// What the sentence calls the two metrics; "the first" and "the second" if left out. Many have names of their own.
    pub names: Option<[String; 2]>,
}

/// What kind of going together is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CorrelationMethod {
    /// On a straight line; one spike can make or break it.
    Pearson,
    /// On any curve that only rises or only falls; spikes count as any other value.
    #[default]
    Spearman,
    /// As Spearman; smaller numbers, surer with few values.
    Kendall,
}

/// How p is corrected where many pairs are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ManyCorrection {
    /// Of the pairs taken for significant, this share may be chance: Benjamini and Hochberg (1995).
    #[default]
    BenjaminiHochberg,
    /// That even one of them is chance has this probability: Holm (1979).
    Holm,
    /// Not at all.
    None,
}

impl Default for CorrelationOptions {
    fn default() -> Self {
        Self {
            method: CorrelationMethod::default(),
            step: None,
            max_lag: None,
            confidence: 0.95,
            correction: ManyCorrection::default(),
            names: None,
        }
    }
}

impl CorrelationOptions {
    /// Check what can be checked before the values are known.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`] with the option's name.
    pub fn validate(&self) -> Result<()> {
        within("confidence", self.confidence, 0.5, 0.999)?;
        if let Some(step) = self.step {
            positive("step", step)?;
        }
        match self.max_lag {
            Some(lag) if finite("max_lag", lag)? < 0.0 => {
                Err(Error::new(ErrorCode::ConfigOutOfRange, format!("max_lag is {lag}, below 0")).field("max_lag"))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn positive(field: &str, value: f64) -> Result<f64> {
    if finite(field, value)? > 0.0 {
        return Ok(value);
    }
    Err(Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is {value}, not above 0")).field(field))
}

impl CorrelationMethod {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pearson => "Pearson",
            Self::Spearman => "Spearman",
            Self::Kendall => "Kendall",
        }
    }
}
