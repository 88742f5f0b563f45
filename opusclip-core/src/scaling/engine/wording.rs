//! A decision in a sentence.

use std::fmt::Write as _;

use crate::scaling::decision::{
    ProposalSource, ScalingAction, ScalingDecision, ScalingNote, ScalingProposal, ScalingReason,
};

/// The sentence of a decision whose other fields are there.
pub(super) fn sentence(decision: &ScalingDecision) -> String {
    let mut text = String::with_capacity(160);
    // Writing into a string cannot fail.
    let _ = write_sentence(&mut text, decision);
    text
}

fn write_sentence(text: &mut String, decision: &ScalingDecision) -> std::fmt::Result {
    let (from, to) = (decision.current_instances, decision.target_instances);
    match decision.action {
        ScalingAction::ScaleUp => write!(text, "Scale up from {from} to {to}: ")?,
        ScalingAction::ScaleDown => write!(text, "Scale down from {from} to {to}: ")?,
        ScalingAction::NoAction => write!(text, "Stay at {from}: ")?,
    }
    if let Some(leading) = leading(decision) {
        write_proposal(text, leading)?;
        text.push_str("; ");
    }
    match decision.limits.last() {
        Some(limit) if limit.reason == decision.reason && limit.reason != ScalingReason::Panic => {
            write!(text, "{} leaves {} of {}", limit_of(limit.reason), limit.allowed, limit.wanted)?;
        }
        _ => text.push_str(because(decision.reason)),
    }
    let unseen = decision.notes.iter().find_map(|note| match note {
        ScalingNote::ActionNotSeen { expected, found } => Some((expected, found)),
        _ => None,
    });
    if let Some((expected, found)) = unseen {
        write!(text, "; {expected} were reported, but there are {found}")?;
    }
    if decision.dry_run {
        text.push_str(" (dry run)");
    }
    text.push('.');
    Ok(())
}

/// The proposal that asks for most.
fn leading(decision: &ScalingDecision) -> Option<&ScalingProposal> {
    let asks = decision.proposals.iter().filter(|proposal| proposal.instances.is_some());
    asks.max_by_key(|proposal| proposal.instances)
}

fn write_proposal(text: &mut String, proposal: &ScalingProposal) -> std::fmt::Result {
    text.push_str(proposal.name.as_deref().unwrap_or_else(|| proposal.source.noun()));
    if let Some(value) = proposal.value {
        let unit = match proposal.source {
            ProposalSource::Cpu | ProposalSource::Memory => " %",
            ProposalSource::ResponseTime => " ms",
            ProposalSource::Request => "/s",
            _ => "",
        };
        write!(text, " of {value:.1}{unit}")?;
    }
    write!(text, " asks for {}", proposal.instances.unwrap_or_default())
}

const fn limit_of(reason: ScalingReason) -> &'static str {
    match reason {
        ScalingReason::ScaleUpLimit => "the limit of growth",
        ScalingReason::ScaleDownLimit => "the limit of shrinking",
        ScalingReason::TooManyReplicas => "the maximum",
        ScalingReason::TooFewReplicas => "the minimum",
        ScalingReason::ScaleUpStabilized => "a smaller proposal of the last while",
        ScalingReason::ScaleDownStabilized => "a larger proposal of the last while",
        ScalingReason::StepSize => "the step size",
        ScalingReason::Cooldown => "the cooldown",
        _ => "a limit",
    }
}

const fn because(reason: ScalingReason) -> &'static str {
    match reason {
        ScalingReason::DesiredWithinRange => "that lies within all limits",
        ScalingReason::WithinTolerance => "no metric is far enough from its target",
        ScalingReason::BelowMinimum => "there are fewer than the minimum",
        ScalingReason::AboveMaximum => "there are more than the maximum",
        ScalingReason::ActionPending => "an action is being carried out",
        ScalingReason::NoMetrics => "every metric is missing",
        ScalingReason::PartialMetrics => "a metric is missing, and nothing is removed on partial data",
        ScalingReason::FormulaUndefined => "the formula gives no number from 0 on",
        ScalingReason::StaleMetrics => "the metrics are too old",
        ScalingReason::ClockWentBack => "the clock went back",
        ScalingReason::Panic => "a burst is followed",
        ScalingReason::Activated => "there is something to do again",
        ScalingReason::Idle => "there has been nothing to do for long enough",
        ScalingReason::ScalingDisabled => "the count was set to 0, which switches scaling off",
        other => limit_of(other),
    }
}
