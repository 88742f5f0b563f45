//! How fast counts may change.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{LONGEST, count};
use crate::config::{number, optional_number, within};

/// What a rate policy counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RatePolicyKind {
    /// Instances.
    #[serde(alias = "Pods", alias = "pods")]
    Instances,
    /// Percent of the instances that there were when the period began.
    #[serde(alias = "Percent")]
    Percent,
}

/// So much change in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePolicy {
    /// What `value` counts.
    #[serde(rename = "type")]
    pub kind: RatePolicyKind,
    /// How many instances, or how many percent, 1 to 1,000,000.
    pub value: u32,
    /// The period in seconds.
    #[serde(deserialize_with = "number")]
    pub period: f64,
}

/// Which of several rate policies counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    #[default]
    #[serde(alias = "Max")]
    Max,
    /// The one that allows the smallest.
    #[serde(alias = "Min")]
    Min,
    /// None: there is no change in this direction.
    #[serde(alias = "Disabled")]
    Disabled,
}

/// How fast counts change in one direction. The rules and the defaults are those of `behavior` in the
/// HorizontalPodAutoscaler v2 (`pkg/apis/autoscaling/v2/defaults.go` of Kubernetes).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingRules {
    /// Seconds whose proposals are looked at: instances are added up to the smallest of them, and removed down to the
    /// largest. 0 looks at the present one alone; at most 3600. 0 to add, 300 to remove where it is not given.
    #[serde(default, deserialize_with = "number")]
    pub stabilization_window: f64,
    /// Which policy counts.
    #[serde(default)]
    pub select: SelectPolicy,
    /// The policies; an empty list sets no limit. Where it is not given, those of [`ScalingRules::up`] and
    /// [`ScalingRules::down`].
    #[serde(default)]
    pub policies: Vec<RatePolicy>,
}

/// What of the rules is given; the rest is that of the direction.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRules {
    #[serde(default, deserialize_with = "optional_number")]
    stabilization_window: Option<f64>,
    select: Option<SelectPolicy>,
    policies: Option<Vec<RatePolicy>>,
}

impl GivenRules {
    fn over(self, rest: ScalingRules) -> ScalingRules {
        ScalingRules {
            stabilization_window: self.stabilization_window.unwrap_or(rest.stabilization_window),
            select: self.select.unwrap_or(rest.select),
            policies: self.policies.unwrap_or(rest.policies),
        }
    }
}

pub(super) fn read_up<'de, D: Deserializer<'de>>(given: D) -> Result<ScalingRules, D::Error> {
    GivenRules::deserialize(given).map(|given| given.over(ScalingRules::up()))
}

pub(super) fn read_down<'de, D: Deserializer<'de>>(given: D) -> Result<ScalingRules, D::Error> {
    GivenRules::deserialize(given).map(|given| given.over(ScalingRules::down()))
}

impl ScalingRules {
    /// To add: what is proposed now, by four or by all that there are every 15 s, whichever is more.
    pub fn up() -> Self {
        let policy = |kind, value| RatePolicy { kind, value, period: 15.0 };
        let policies = vec![policy(RatePolicyKind::Instances, 4), policy(RatePolicyKind::Percent, 100)];
        Self { stabilization_window: 0.0, select: SelectPolicy::Max, policies }
    }

    /// To remove: the largest proposal of 300 s, all at once.
    pub fn down() -> Self {
        let policies = vec![RatePolicy { kind: RatePolicyKind::Percent, value: 100, period: 15.0 }];
        Self { stabilization_window: 300.0, select: SelectPolicy::Max, policies }
    }

    /// Whatever is proposed, at once.
    pub fn unlimited() -> Self {
        Self { stabilization_window: 0.0, select: SelectPolicy::Max, policies: Vec::new() }
    }

    /// The longest time that a change matters, in seconds.
    pub(crate) fn longest_period(&self) -> f64 {
        self.policies.iter().map(|policy| policy.period).fold(0.0, f64::max)
    }

    pub(super) fn check(&self, field: &str) -> crate::error::Result<()> {
        within(&format!("{field}.stabilization_window"), self.stabilization_window, 0.0, 3600.0)?;
        for policy in &self.policies {
            count(&format!("{field}.policies.value"), policy.value, 1, super::MOST_INSTANCES)?;
            within(&format!("{field}.policies.period"), policy.period, 1.0, LONGEST)?;
        }
        Ok(())
    }
}
