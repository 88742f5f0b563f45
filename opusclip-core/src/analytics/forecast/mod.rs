//! What comes next: forecasts with intervals, chosen by a backtest, and when a limit is reached.
//!
//! Several ways to forecast are tried from origins in the past, each knowing only what came before. Those that were
//! nearly as good as the best share in the forecast, by their errors; the errors of their mean give the intervals.
//!
//! | method | what it does |
//! |---|---|
//! | naive, drift | the last value carried on, with the mean change so far |
//! | seasonal naive | past seasons repeated, one or a mean of several |
//! | Theta | half of the trend and a smoothed level, on values without their season |
//! | exponential smoothing | level, damped trend and up to two seasons that adapt |
//! | autoregression | a linear model of the values just before and a season or two before |
//!
//! Rules for what the values are like:
//!
//! - Gaps (NaN) at the beginning are left out, at the end forecast. Others are filled: up to two on a line, longer ones
//!   by the season before, moved to meet its neighbours. Filled places are not counted as truth in the backtest.
//! - The fewer values, the fewer candidates: a season must have been seen twice, a regression needs three rows for each
//!   regressor, and six values are needed at all.
//! - Of more than 50 000 values the last 50 000 count.
//! - Values beyond 1e100 are refused.

mod combine;
mod conformal;
mod history;
mod limit;
mod linear;
mod methods;
mod numbers;
mod options;
mod result;
mod seasons;

pub use limit::{LimitOptions, LimitSide, LimitSlope, TimeToLimit, time_to_limit};
pub use options::{Effort, ForecastOptions, Method};
pub use result::{Accuracy, Candidate, Forecast};

use self::combine::Rated;
use self::history::History;
use super::{Explanation, Regular};
use crate::error::{Error, ErrorCode, Result};

/// Fewer known values than this cannot be forecast and checked.
const LEAST_VALUES: usize = 6;
/// Fewer known values after the first origin of the backtest tell nothing of errors.
const LEAST_LATER: usize = 3;
/// A gap at the end that is longer than this is not forecast over, in steps.
const LONGEST_GAP: usize = 10_000;
/// Squares and products of larger values could overflow.
const LARGEST: f64 = 1e100;

/// Forecasts the values that follow.
///
/// ```
/// use opusclip_core::analytics::Regular;
/// use opusclip_core::analytics::forecast::{ForecastOptions, forecast};
/// // Six weeks of daily values, lower at weekends.
/// let values = (0..42).map(|day| if day % 7 < 5 { 100.0 } else { 40.0 } + f64::from(day % 3)).collect();
/// let daily = Regular { start: 0.0, step: 86_400.0, values };
/// let next = forecast(&daily, &ForecastOptions { horizon: 7, ..ForecastOptions::default() })?;
/// assert_eq!((next.start, next.seasons.as_slice()), (42.0 * 86_400.0, &[7][..]));
/// assert!((next.mean[0] - 100.0).abs() < 5.0 && (next.mean[6] - 40.0).abs() < 5.0);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`ForecastOptions::validate`]; [`ErrorCode::DataTooFew`] below six known values, or below three in the
/// later half; [`ErrorCode::DataInvalid`] for infinite values, values beyond 1e100, a step that is not above 0, or a
/// gap of more than 10 000 steps at the end.
pub fn forecast(values: &Regular, options: &ForecastOptions) -> Result<Forecast> {
    options.validate()?;
    check_values(values, LEAST_VALUES)?;
    let (known, missing) = history::trimmed(&values.values);
    if missing > LONGEST_GAP {
        let message = format!("the last {missing} values are missing, more than {LONGEST_GAP}");
        return Err(Error::new(ErrorCode::DataInvalid, message)
            .field("values")
            .hint("end the values with a known one"));
    }
    let history = History::new(known, options.horizon + missing, options);
    let first = history.origins.first().copied().unwrap_or(0);
    let later = history.known.iter().skip(first).filter(|known| **known).count();
    if later < LEAST_LATER {
        let message = format!("only {later} of the later values are known, {LEAST_LATER} are needed for a backtest");
        return Err(Error::new(ErrorCode::DataTooFew, message).field("values").hint("give values with shorter gaps"));
    }
    let models = methods::candidates(&history, options.effort, options.method);
    let rated = combine::rated(models, &history);
    if rated.is_empty() {
        let method = options.method.map_or("", Method::name);
        let message = format!("{} values are too few for {method}", known.len());
        return Err(Error::new(ErrorCode::DataTooFew, message).field("method").hint("leave the method out"));
    }
    let judged = Judged::of(&rated, &history, options.level);
    Ok(judged.told(values, &rated, &history, missing, options))
}

/// Refuses what no analysis here can use.
fn check_values(values: &Regular, least: usize) -> Result<()> {
    if !(values.step > 0.0 && values.step.is_finite() && values.start.is_finite()) {
        let message = format!("the grid starts at {} with a step of {}", values.start, values.step);
        return Err(Error::new(ErrorCode::DataInvalid, message).field("step").hint("give a step above 0"));
    }
    if let Some((at, value)) = values.values.iter().enumerate().find(|(_, value)| value.abs() > LARGEST) {
        let message = format!("value {at} is {value}");
        return Err(Error::new(ErrorCode::DataInvalid, message)
            .field(format!("values[{at}]"))
            .hint("give amounts up to 1e100, or NaN for a gap"));
    }
    let known = values.values.iter().filter(|value| !value.is_nan()).count();
    if known < least {
        let message = format!("{known} values are too few, {least} are needed");
        return Err(Error::new(ErrorCode::DataTooFew, message).field("values").hint(format!("give at least {least}")));
    }
    Ok(())
}

/// The forecast in the unit of [`History`], with what the backtest says of it.
struct Judged {
    errors: Vec<f64>,
    weights: Vec<f64>,
    mean: Vec<f64>,
    half_widths: Vec<f64>,
    accuracy: Accuracy,
}

impl Judged {
    fn of(rated: &[Rated], history: &History, level: f64) -> Self {
        let errors = combine::relative_errors(rated, None);
        let weights = combine::weights(&errors);
        let mut smape = (0.0, 0.0);
        let mut off: conformal::Errors = Vec::with_capacity(history.folds());
        for fold in 0..history.folds() {
            // The fold has no say in the weights by which it is forecast.
            let others = if history.folds() > 1 { combine::relative_errors(rated, Some(fold)) } else { errors.clone() };
            let mean = combine::mixed(rated, &combine::weights(&others), history, fold);
            let mut fold_off = Vec::with_capacity(history.compared);
            for (step, truth, said) in combine::compared(history, &mean, fold) {
                smape.0 += combine::symmetric(truth, said);
                smape.1 += 1.0;
                fold_off.push((step, truth - said));
            }
            off.push(fold_off);
        }
        let absolute: f64 = off.iter().flatten().map(|(_, error)| error.abs()).sum();
        let count = f64::max(smape.1, 1.0);
        let scale = seasonal_change(history);
        let accuracy = Accuracy {
            smape: 100.0 * smape.0 / count,
            mase: if scale > 0.0 { absolute / count / scale } else { 0.0 },
            coverage: coverage(&off, history, level),
            folds: history.folds(),
        };
        let half_widths = conformal::half_widths(&off, None, history, level);
        let mean = combine::mixed(rated, &weights, history, history.folds());
        Self { errors, weights, mean, half_widths, accuracy }
    }

    /// In the unit of the values, without the steps that fill the gap at the end.
    fn told(
        self,
        values: &Regular,
        rated: &[Rated],
        history: &History,
        missing: usize,
        options: &ForecastOptions,
    ) -> Forecast {
        let none_negative = || values.values.iter().all(|value| value.is_nan() || *value >= 0.0);
        let floor = if options.non_negative.unwrap_or_else(none_negative) { 0.0 } else { f64::NEG_INFINITY };
        let path = |sign: f64| -> Vec<f64> {
            let steps = self.mean.iter().zip(&self.half_widths).skip(missing);
            steps.map(|(mean, half)| ((mean + sign * half) * history.scale).max(floor)).collect()
        };
        let (mean, low, high) = (path(0.0), path(-1.0), path(1.0));
        let mut candidates: Vec<Candidate> = rated
            .iter()
            .zip(self.errors.iter().zip(&self.weights))
            .map(|(rated, (error, weight))| Candidate {
                method: rated.model.method(),
                settings: rated.model.settings(),
                error: *error,
                weight: *weight,
            })
            .collect();
        candidates.sort_by(|a, b| a.error.total_cmp(&b.error));
        let method = family(&candidates);
        let explanation = explained(&candidates, &self.accuracy, method, options.level, mean.len());
        Forecast {
            start: values.time(values.values.len()),
            step: values.step,
            mean,
            low,
            high,
            level: options.level,
            method,
            candidates,
            accuracy: self.accuracy,
            seasons: history.seasons.clone(),
            explanation,
        }
    }
}

/// The family of all candidates that have a weight.
fn family(candidates: &[Candidate]) -> Method {
    let mut used = candidates.iter().filter(|candidate| candidate.weight > 0.0).map(|candidate| candidate.method);
    let first = used.next().unwrap_or(Method::Combination);
    if used.all(|method| method == first) { first } else { Method::Combination }
}

/// The mean change from one season, or step, to the next.
fn seasonal_change(history: &History) -> f64 {
    let lag = history.seasons.first().copied().unwrap_or(1);
    let pairs = history.values.iter().zip(history.values.iter().skip(lag));
    let count = history.values.len().saturating_sub(lag).max(1) as f64;
    pairs.map(|(before, value)| (value - before).abs()).sum::<f64>() / count
}

/// The share of values in intervals told from the other folds.
fn coverage(errors: &conformal::Errors, history: &History, level: f64) -> f64 {
    let (mut inside, mut count) = (0.0, 0.0);
    for (fold, errors_here) in errors.iter().enumerate() {
        let without = (errors.len() > 1).then_some(fold);
        let widths = conformal::half_widths(errors, without, history, level);
        for (step, error) in errors_here {
            inside += f64::from(u8::from(widths.get(*step).is_some_and(|width| error.abs() <= *width)));
            count += 1.0;
        }
    }
    if count > 0.0 { inside / count } else { 0.0 }
}

fn explained(candidates: &[Candidate], accuracy: &Accuracy, method: Method, level: f64, steps: usize) -> Explanation {
    let used = candidates.iter().filter(|candidate| candidate.weight > 0.0);
    let parts: Vec<String> = used
        .map(|candidate| {
            let settings =
                if candidate.settings.is_empty() { String::new() } else { format!(" ({})", candidate.settings) };
            format!("{:.0} % {}{settings}", candidate.weight * 100.0, candidate.method.name())
        })
        .collect();
    let by = if parts.len() > 1 {
        format!("{} of {} forecasts", method.name(), parts.len())
    } else {
        method.name().to_owned()
    };
    let sentence = format!(
        "{steps} steps by {by}; from {} earlier origins its error was {:.1} % (sMAPE), and {:.0} % of values lay \
         within the {:.0} % intervals",
        accuracy.folds,
        accuracy.smape,
        accuracy.coverage * 100.0,
        level * 100.0
    );
    let method = format!("{}; weights by rolling-origin backtest, conformal intervals", parts.join(", "));
    let assumptions = vec![
        "what comes is like what was: seasons, trend and spread go on".to_owned(),
        "errors of the next steps are like those from earlier origins".to_owned(),
    ];
    Explanation { sentence, method, assumptions }
}

#[cfg(test)]
mod tests;
