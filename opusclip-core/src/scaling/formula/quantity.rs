//! What a formula may name, and where it comes from.

use super::Formula;
use crate::error::Result;
use crate::scaling::config::ScalingConfig;
use crate::scaling::decision::{ProposalSource, ScalingProposal};
use crate::scaling::proposals::Situation;

/// Something that has a name in formulas.
#[derive(Debug, Clone, PartialEq)]
enum Quantity {
    CpuUsage,
    MemoryUsage,
    ResponseTime,
    RequestRate,
    Instances,
    ReadyInstances,
    /// How many instances a metric asks for; one of the user's own by its name.
    Asked(ProposalSource, Option<String>),
    /// A metric of the user's own.
    Custom(String),
}

/// The formula of a configuration, with what its names stand for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scaling) struct HybridFormula {
    formula: Formula,
    quantities: Vec<Quantity>,
}

impl HybridFormula {
    /// # Errors
    /// As [`Formula::read`].
    pub(in crate::scaling) fn of(config: &ScalingConfig) -> Result<Option<Self>> {
        let Some(text) = &config.formula else { return Ok(None) };
        let (names, quantities): (Vec<String>, Vec<Quantity>) = named(config).into_iter().unzip();
        Ok(Some(Self { formula: Formula::read(text, &names)?, quantities }))
    }

    /// What it gives; none where something that it names is missing.
    pub(in crate::scaling) fn evaluate(&self, situation: &Situation<'_>, proposals: &[ScalingProposal]) -> Option<f64> {
        self.formula.evaluate(|place| self.quantities.get(place)?.value(situation, proposals))
    }
}

/// Every name, and what it stands for.
fn named(config: &ScalingConfig) -> Vec<(String, Quantity)> {
    let asked = |source: ProposalSource| (format!("{}_instances", source.as_str()), Quantity::Asked(source, None));
    let fixed = [
        ("cpu_usage", Quantity::CpuUsage),
        ("memory_usage", Quantity::MemoryUsage),
        ("response_time", Quantity::ResponseTime),
        ("request_rate", Quantity::RequestRate),
        ("instances", Quantity::Instances),
        ("ready_instances", Quantity::ReadyInstances),
    ];
    let mut named: Vec<_> = fixed.into_iter().map(|(name, quantity)| (name.to_owned(), quantity)).collect();
    named.extend([ProposalSource::Cpu, ProposalSource::Memory, ProposalSource::ResponseTime].map(asked));
    // Requests without a target ask for nothing.
    named.extend(config.target_request_rate.map(|_| asked(ProposalSource::Request)));
    let written_otherwise: Vec<_> = named.iter().map(|(name, quantity)| (camel(name), quantity.clone())).collect();
    named.extend(written_otherwise);
    for metric in &config.metrics {
        let name = &metric.name;
        named.push((name.clone(), Quantity::Custom(name.clone())));
        named.push((format!("{name}_instances"), Quantity::Asked(ProposalSource::Custom, Some(name.clone()))));
    }
    named
}

/// A name as JavaScript writes it.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |sum, word| {
        let (head, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        sum + &head.to_ascii_uppercase() + rest
    })
}

impl Quantity {
    fn value(&self, situation: &Situation<'_>, proposals: &[ScalingProposal]) -> Option<f64> {
        let metrics = situation.metrics;
        // A mean of instances that work says nothing where none does.
        let of_ready = |value: Option<f64>| value.filter(|_| situation.ready > 0);
        match self {
            Self::CpuUsage => of_ready(metrics.cpu_usage),
            Self::MemoryUsage => of_ready(metrics.memory_usage),
            Self::ResponseTime => of_ready(metrics.response_time),
            Self::RequestRate => metrics.request_rate,
            Self::Instances => Some(f64::from(situation.current)),
            Self::ReadyInstances => Some(f64::from(situation.ready)),
            Self::Custom(name) => metrics.custom.get(name).copied(),
            Self::Asked(source, name) => {
                let asks = |proposal: &&ScalingProposal| proposal.source == *source && proposal.name == *name;
                proposals.iter().find(asks)?.instances.map(f64::from)
            }
        }
    }
}
