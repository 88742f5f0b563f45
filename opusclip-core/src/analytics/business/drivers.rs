//! Which parts of the whole made a figure change from one period to the next.
//!
//! # Definition
//!
//! The figure is a sum of values, or, with weights, a ratio: the sum of values over the sum of weights (orders per
//! visit, revenue per order, a mean). Each dimension divides the whole into segments, and the contributions of its
//! segments sum to the change.
//!
//! - **Sum**: a segment contributes its own change.
//! - **Ratio**: with `w` the segment's share of all weight, `r` its own ratio and `R` that of the whole, before (0) and
//!   after (1), it contributes `mix + rate`: `mix = (w1 - w0) * ((r0 + r1) / 2 - (R0 + R1) / 2)`, that it grew while
//!   being better or worse than the rest, and `rate = (r1 - r0) * (w0 + w1) / 2`, that it changed itself. This is the
//!   decomposition of Kitagawa (1955) against the mean of the whole. A segment without weight on one side has the ratio
//!   of the other.
//!
//! Dimensions are ordered by **surprise**, how differently the values are divided before and after: the Jensen-Shannon
//! divergence, as in Adtributor (Bhagwan et al. 2014, "Adtributor: revenue debugging in advertising systems").

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::{Names, same_length};
use super::invalid;
use crate::analytics::Explanation;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// Values of two periods, with what they can be divided by.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverRows<'a> {
    after: Cow<'a, [bool]>,
    values: Cow<'a, [f64]>,
    weights: Option<Cow<'a, [f64]>>,
    dimensions: Vec<(String, Names<'a>)>,
}

/// The same by columns of equal length, as JSON holds them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverTable {
    /// Whether a row belongs to the later period.
    pub after: Vec<bool>,
    /// The value of each row.
    pub value: Vec<f64>,
    /// The weight of each row, not below 0, for a ratio.
    #[serde(default)]
    pub weight: Option<Vec<f64>>,
    /// By name, the property of each row; null where it is missing.
    pub dimensions: BTreeMap<String, Vec<Option<String>>>,
}

/// How drivers are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DriverOptions {
    /// So many segments are shown in each dimension and in `top`, 1 to 10,000; 10. The rest of a dimension is one
    /// segment.
    pub limit: usize,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self { limit: 10 }
    }
}

/// A part of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverSegment {
    /// The dimension that divides the whole.
    pub dimension: String,
    /// The segment's value in it; null where it is missing, and for `other`.
    pub value: Option<String>,
    /// Whether these are all segments beyond the limit together.
    pub other: bool,
    /// Its own figure before; null for a ratio without weight.
    pub before: Option<f64>,
    /// Its own figure after.
    pub after: Option<f64>,
    /// What it adds to the change of the whole.
    pub contribution: f64,
    /// Of that, by its share of the weight; null for a sum.
    pub mix: Option<f64>,
    /// Of that, by its own ratio; null for a sum.
    pub rate: Option<f64>,
}

/// One way to divide the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverDimension {
    /// Its name.
    pub name: String,
    /// How differently values are divided before and after: 0 the same, 1 not alike at all.
    pub surprise: f64,
    /// Its segments, the largest contributions of either sign first; they sum to the change.
    pub segments: Vec<DriverSegment>,
}

/// What made a figure change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drivers {
    /// The figure before.
    pub before: f64,
    /// The figure after.
    pub after: f64,
    /// `after - before`.
    pub change: f64,
    /// The largest contributions of either sign in any dimension. Those of different dimensions overlap.
    pub top: Vec<DriverSegment>,
    /// Each dimension, the most surprising first.
    pub dimensions: Vec<DriverDimension>,
    /// How it was found.
    pub explanation: Explanation,
}

impl<'a> DriverRows<'a> {
    /// Values, each with whether it belongs to the later period.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where the columns differ in length or a value is NaN or infinite.
    pub fn new(after: impl Into<Cow<'a, [bool]>>, values: impl Into<Cow<'a, [f64]>>) -> Result<Self> {
        let (after, values) = (after.into(), values.into());
        same_length("value", values.len(), after.len())?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(invalid(&format!("value[{at}]"), format!("value {at} is {}", values[at])));
        }
        Ok(Self { after, values, weights: None, dimensions: Vec::new() })
    }

    /// With the weight of each, for a ratio.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is not one for each value, or one is negative, NaN or infinite.
    pub fn weights(mut self, weights: impl Into<Cow<'a, [f64]>>) -> Result<Self> {
        let weights = weights.into();
        same_length("weight", weights.len(), self.after.len())?;
        if let Some(at) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(invalid(&format!("weight[{at}]"), format!("weight {at} is {}", weights[at])));
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// With a property to divide by.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where there is not one for each value.
    pub fn dimension(mut self, name: impl Into<String>, values: Names<'a>) -> Result<Self> {
        let name = name.into();
        same_length(&format!("dimensions.{name}"), values.codes().len(), self.after.len())?;
        self.dimensions.push((name, values));
        Ok(self)
    }
}

impl DriverTable {
    /// The same, ready for the analysis.
    ///
    /// # Errors
    /// Those of [`DriverRows`].
    pub fn rows(&self) -> Result<DriverRows<'_>> {
        let mut rows = DriverRows::new(&self.after[..], &self.value[..])?;
        if let Some(weights) = &self.weight {
            rows = rows.weights(&weights[..])?;
        }
        for (name, values) in &self.dimensions {
            rows = rows.dimension(name, Names::of(values.iter().map(Option::as_deref)))?;
        }
        Ok(rows)
    }
}

/// Sums of a segment or of the whole, before and after.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    values: [f64; 2],
    weights: [f64; 2],
}

impl Sums {
    fn ratio(&self, side: usize) -> Option<f64> {
        (self.weights[side] > 0.0).then(|| self.values[side] / self.weights[side])
    }

    fn add(&mut self, other: &Self) {
        for side in 0..2 {
            self.values[side] += other.values[side];
            self.weights[side] += other.weights[side];
        }
    }
}

/// Find what made a figure change; see [the definition](self).
///
/// ```
/// use opusclip_core::analytics::business::{DriverOptions, DriverRows, Names, drivers};
/// let country = Names::of(["de", "fr", "de", "fr"].map(Some));
/// let rows = DriverRows::new(&[false, false, true, true][..], &[100.0, 50.0, 70.0, 60.0][..])?;
/// let answer = drivers(&rows.dimension("country", country)?, &DriverOptions::default())?;
/// assert_eq!((answer.change, answer.top[0].value.as_deref(), answer.top[0].contribution), (-20.0, Some("de"), -30.0));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorCode::DataTooFew`] where a period has no row, or no weight for a ratio; [`ErrorCode::DataInvalid`] where a
/// sum is beyond what a number can hold; [`ErrorCode::ConfigOutOfRange`] for a limit of zero.
pub fn drivers(rows: &DriverRows<'_>, options: &DriverOptions) -> Result<Drivers> {
    within("limit", options.limit as f64, 1.0, 10_000.0)?;
    let missing =
        |what: &str| Error::new(ErrorCode::DataTooFew, format!("one of the periods has no {what}")).field("after");
    if !(rows.after.contains(&true) && rows.after.contains(&false)) {
        return Err(missing("rows"));
    }
    let mut whole = Sums::default();
    sums(rows, |_| 0, std::slice::from_mut(&mut whole));
    let ratio = rows.weights.is_some();
    let figures = if ratio { [whole.ratio(0), whole.ratio(1)] } else { whole.values.map(Some) };
    let [Some(before), Some(after)] = figures else { return Err(missing("weight")) };
    if !(before.is_finite() && after.is_finite() && whole.weights.iter().all(|weight| weight.is_finite())) {
        return Err(invalid("value", "the sum is beyond what a number can hold".to_owned()));
    }
    let mut dimensions: Vec<DriverDimension> =
        rows.dimensions.iter().map(|(name, values)| dimension(rows, name, values, &whole, options.limit)).collect();
    let numbers = |own: &DriverSegment| [own.before, own.after, Some(own.contribution), own.mix, own.rate];
    let all = dimensions.iter().flat_map(|dimension| &dimension.segments).flat_map(numbers);
    if all.flatten().any(|number| !number.is_finite()) {
        return Err(invalid("value", "a part is beyond what a number can hold".to_owned()));
    }
    dimensions.sort_by(|a, b| b.surprise.total_cmp(&a.surprise).then_with(|| a.name.cmp(&b.name)));
    let segments = dimensions.iter().flat_map(|dimension| &dimension.segments).filter(|segment| !segment.other);
    let mut top: Vec<DriverSegment> = segments.cloned().collect();
    top.sort_by(larger);
    top.truncate(options.limit);
    let change = after - before;
    Ok(Drivers { before, after, change, explanation: explanation(before, after, &top, ratio), top, dimensions })
}

/// Add each row to the place that `of` names.
fn sums(rows: &DriverRows<'_>, of: impl Fn(usize) -> usize, places: &mut [Sums]) {
    for (row, (after, value)) in rows.after.iter().zip(rows.values.iter()).enumerate() {
        let Some(place) = places.get_mut(of(row)) else { continue };
        let side = usize::from(*after);
        place.values[side] += value;
        place.weights[side] += rows.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(0.0);
    }
}

fn dimension(rows: &DriverRows<'_>, name: &str, values: &Names<'_>, whole: &Sums, limit: usize) -> DriverDimension {
    // The last place is for a missing value.
    let missing = values.table().len();
    let mut places = vec![Sums::default(); missing + 1];
    sums(rows, |row| values.codes().get(row).map_or(missing, |code| (*code as usize).min(missing)), &mut places);
    let mut seen = vec![false; missing + 1];
    values.codes().iter().for_each(|code| seen[(*code as usize).min(missing)] = true);
    let surprise = surprise(&places);
    let ratio = rows.weights.is_some();
    let row =
        |sums: &Sums, value: Option<&str>, other| segment(name, value.map(str::to_owned), other, sums, whole, ratio);
    let known = places.iter().enumerate().filter(|(code, _)| seen[*code]);
    let mut all: Vec<(DriverSegment, Sums)> =
        known.map(|(code, sums)| (row(sums, values.text(code as u32), false), *sums)).collect();
    all.sort_by(|a, b| larger(&a.0, &b.0));
    let mut rest = Sums::default();
    let others = all.len() > limit;
    all.iter().skip(limit).for_each(|(_, sums)| rest.add(sums));
    let left: f64 = all.iter().skip(limit).map(|(segment, _)| segment.contribution).sum();
    let mut segments: Vec<DriverSegment> = all.into_iter().take(limit).map(|(segment, _)| segment).collect();
    if others {
        // Together they contribute what each of them does.
        let mut rest = row(&rest, None, true);
        rest.rate = rest.rate.map(|rate| rate + left - rest.contribution);
        rest.contribution = left;
        segments.push(rest);
    }
    DriverDimension { name: name.to_owned(), surprise, segments }
}

fn segment(name: &str, value: Option<String>, other: bool, sums: &Sums, whole: &Sums, ratio: bool) -> DriverSegment {
    let dimension = name.to_owned();
    if !ratio {
        let [before, after] = sums.values;
        let (before, after, contribution) = (Some(before), Some(after), after - before);
        return DriverSegment { dimension, value, other, before, after, contribution, mix: None, rate: None };
    }
    let own = [sums.ratio(0), sums.ratio(1)];
    let share = |side: usize| sums.weights[side] / whole.weights[side];
    let middle = (whole.ratio(0).unwrap_or(0.0) + whole.ratio(1).unwrap_or(0.0)) / 2.0;
    let grown = share(1) - share(0);
    let ratios = (own[0].or(own[1]).unwrap_or(0.0) + own[1].or(own[0]).unwrap_or(0.0)) / 2.0;
    let contribution = sums.values[1] / whole.weights[1] - sums.values[0] / whole.weights[0] - grown * middle;
    let mix = grown * (ratios - middle);
    let (mix, rate) = (Some(mix), Some(contribution - mix));
    DriverSegment { dimension, value, other, before: own[0], after: own[1], contribution, mix, rate }
}

/// The larger contribution first, whatever its sign; equal ones by name.
fn larger(a: &DriverSegment, b: &DriverSegment) -> std::cmp::Ordering {
    let size = |segment: &DriverSegment| segment.contribution.abs();
    let names = |segment: &DriverSegment| (segment.dimension.clone(), segment.value.clone());
    size(b).total_cmp(&size(a)).then_with(|| names(a).cmp(&names(b)))
}

/// The Jensen-Shannon divergence of the segments' shares of the value, in bits; by their sizes where some are negative.
fn surprise(places: &[Sums]) -> f64 {
    let total = |side: usize| places.iter().map(|sums| sums.values[side].abs()).sum::<f64>();
    let totals = [total(0), total(1)];
    if !totals.iter().all(|total| *total > 0.0 && total.is_finite()) {
        return 0.0;
    }
    let parts = places.iter().map(|sums| {
        let [p, q] = [0, 1].map(|side| sums.values[side].abs() / totals[side]);
        let part = |own: f64| if own > 0.0 { own / 2.0 * (2.0 * own / (p + q)).log2() } else { 0.0 };
        part(p) + part(q)
    });
    parts.sum::<f64>().clamp(0.0, 1.0)
}

fn explanation(before: f64, after: f64, top: &[DriverSegment], ratio: bool) -> Explanation {
    let verb = if after >= before { "rose" } else { "fell" };
    let most = top.first().map(|most| {
        let value = most.value.as_deref().unwrap_or("(missing)");
        format!("; the largest part of it, {:+.4}, is {} = {value}", most.contribution, most.dimension)
    });
    let method = if ratio { "mix and rate effects (Kitagawa 1955)" } else { "changes of the parts of a sum" };
    Explanation {
        sentence: format!("The figure {verb} from {before:.4} to {after:.4}{}.", most.unwrap_or_default()),
        method: format!("{method}; dimensions by Jensen-Shannon divergence"),
        assumptions: vec![
            "a contribution says where a change happened, not why".to_owned(),
            "segments of different dimensions overlap and do not add up".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests;
