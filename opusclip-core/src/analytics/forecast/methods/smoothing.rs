//! Exponential smoothing with a damped trend and up to two additive seasons, of values or their logarithms.
//!
//! As by Taylor (2003, "Short-term electricity demand forecasting using double seasonal exponential smoothing"), the
//! last error one step ahead fades away over the forecast. Of a grid of parameters those are taken whose forecasts over
//! the whole horizon were best so far, not only one step ahead.

use crate::analytics::forecast::history::History;
use crate::analytics::forecast::options::Effort;

/// What is smoothed, and the parameters that are tried.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::analytics::forecast) struct Smoothing {
    logarithm: bool,
    seasons: Vec<usize>,
    grid: Vec<Parameters>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Parameters {
    level: f64,
    trend: f64,
    damping: f64,
    /// For the shorter and the longer season.
    seasons: [f64; 2],
    /// What of an error is left one step later.
    error: f64,
}

/// Errors are judged over at most so many steps.
const JUDGED: usize = 48;
/// Paths that are judged, at most.
const PATHS: usize = 24;

pub(super) fn family(history: &History, effort: Effort) -> Vec<Smoothing> {
    let first = history.origins.first().copied().unwrap_or(0);
    let seasons: Vec<usize> = history.seasons.iter().filter(|season| **season * 2 <= first).copied().collect();
    let grid = grid(seasons.len(), effort);
    let kinds: &[bool] = match (effort, history.log_shift) {
        (Effort::Fast, _) if !seasons.is_empty() => &[],
        (Effort::Thorough, Some(_)) => &[false, true],
        _ => &[false],
    };
    kinds
        .iter()
        .map(|logarithm| Smoothing { logarithm: *logarithm, seasons: seasons.clone(), grid: grid.clone() })
        .collect()
}

/// Parameters to try, by the number of seasons.
fn grid(seasons: usize, effort: Effort) -> Vec<Parameters> {
    let thorough = effort == Effort::Thorough;
    let levels: &[f64] = match (seasons, thorough) {
        (0, _) => &[0.1, 0.3, 0.6, 0.95],
        (_, true) => &[0.01, 0.05, 0.2, 0.5],
        _ => &[0.02, 0.2],
    };
    let trends: &[(f64, f64)] = match (seasons, thorough) {
        (0, true) => &[(0.0, 0.0), (0.05, 0.9), (0.2, 0.9), (0.05, 0.98), (0.2, 0.98)],
        (0, false) => &[(0.0, 0.0), (0.1, 0.9), (0.1, 0.98)],
        (_, true) => &[(0.0, 0.0), (0.05, 0.95)],
        _ => &[(0.0, 0.0)],
    };
    let shares: &[[f64; 2]] = match seasons {
        0 => &[[0.0, 0.0]],
        1 => &[[0.1, 0.0], [0.3, 0.0], [0.6, 0.0]],
        _ => &[[0.05, 0.15], [0.2, 0.2], [0.1, 0.4], [0.3, 0.1]],
    };
    let errors: &[f64] = if seasons == 0 { &[0.0] } else { &[0.0, 0.85] };
    let mut grid = Vec::new();
    for level in levels {
        for (trend, damping) in trends {
            for seasons in shares {
                for error in errors {
                    grid.push(Parameters {
                        level: *level,
                        trend: *trend,
                        damping: *damping,
                        seasons: *seasons,
                        error: *error,
                    });
                }
            }
        }
    }
    grid
}

/// Level, trend, seasons and the last error at one place.
#[derive(Debug, Clone)]
struct State {
    level: f64,
    trend: f64,
    seasons: [Vec<f64>; 2],
    /// Where in each season the next value lies.
    places: [usize; 2],
    error: f64,
}

impl State {
    /// From the first values: their mean, and the mean deviations of two short and of two long seasons.
    fn initial(values: &[f64], seasons: &[usize]) -> Self {
        let longest = seasons.last().map_or(1, |season| season * 2).min(values.len());
        let begin = values.get(..longest).unwrap_or(values);
        let level = begin.iter().sum::<f64>() / longest.max(1) as f64;
        let mut rest: Vec<f64> = begin.iter().map(|value| value - level).collect();
        let mut parts = [vec![0.0], vec![0.0]];
        for (part, season) in parts.iter_mut().zip(seasons) {
            *part = vec![0.0; *season];
            let cycles = (rest.len() / season).max(1) as f64;
            for cycle in rest.chunks_exact(*season) {
                part.iter_mut().zip(cycle).for_each(|(mean, value)| *mean += value / cycles);
            }
            rest.iter_mut().zip(part.iter().cycle()).for_each(|(value, mean)| *value -= mean);
        }
        Self { level, trend: 0.0, seasons: parts, places: [0, 0], error: 0.0 }
    }

    fn season(&self, at: usize, ahead: usize) -> f64 {
        let (Some(season), Some(place)) = (self.seasons.get(at), self.places.get(at)) else { return 0.0 };
        let place = place + ahead;
        let place = if place < season.len() { place } else { place % season.len() };
        season.get(place).copied().unwrap_or(0.0)
    }

    /// Takes one value in.
    fn step(&mut self, value: f64, parameters: &Parameters) {
        let damped = self.trend * parameters.damping;
        let plain = self.level + damped + self.season(0, 0) + self.season(1, 0);
        let error = value - plain - parameters.error * self.error;
        self.level += damped + parameters.level * error;
        self.trend = damped + parameters.level * parameters.trend * error;
        self.error = value - plain;
        for ((season, place), share) in self.seasons.iter_mut().zip(&mut self.places).zip(parameters.seasons) {
            if let Some(value) = season.get_mut(*place) {
                *value += share * error;
            }
            *place = if *place + 1 < season.len() { *place + 1 } else { 0 };
        }
    }

    /// Calls back with each forecast.
    fn ahead(&self, steps: usize, parameters: &Parameters, mut say: impl FnMut(usize, f64)) {
        let (mut level, mut trend, mut error) = (self.level, self.trend, self.error);
        for step in 0..steps {
            trend *= parameters.damping;
            level += trend;
            error *= parameters.error;
            say(step, level + error + self.season(0, step) + self.season(1, step));
        }
    }
}

impl Smoothing {
    pub(super) fn settings(&self) -> String {
        let seasons: Vec<String> = self.seasons.iter().map(ToString::to_string).collect();
        let seasons = if seasons.is_empty() { String::new() } else { format!("seasons {}", seasons.join(" and ")) };
        match (self.logarithm, seasons.is_empty()) {
            (true, true) => "logarithms".to_owned(),
            (true, false) => format!("logarithms, {seasons}"),
            (false, _) => seasons,
        }
    }

    pub(super) fn paths(&self, history: &History) -> Option<Vec<f64>> {
        let shift = if self.logarithm { Some(history.log_shift?) } else { None };
        let values: Vec<f64> = match shift {
            Some(shift) => history.values.iter().map(|value| (value + shift).ln()).collect(),
            None => history.values.clone(),
        };
        let mut least = vec![f64::INFINITY; history.origins.len()];
        let mut paths = vec![f64::NAN; history.origins.len() * history.horizon];
        for parameters in &self.grid {
            self.run(&values, history, parameters, &mut least, &mut paths);
        }
        if let Some(shift) = shift {
            paths.iter_mut().for_each(|value| *value = (value.exp() - shift).max(0.0));
        }
        Some(paths)
    }

    /// Goes over the values once; where these parameters are the best so far, their forecasts replace those of others.
    fn run(&self, values: &[f64], history: &History, parameters: &Parameters, least: &mut [f64], paths: &mut [f64]) {
        let judged = history.horizon.min(JUDGED);
        let begin = self.seasons.last().map_or(values.len().min(4) / 2, |season| *season);
        let every = (values.len().saturating_sub(begin) / PATHS).max(1);
        let mut state = State::initial(values, &self.seasons);
        // Errors of judged paths with the place at which each is known.
        let mut errors: Vec<(usize, f64)> = Vec::with_capacity(PATHS + 2);
        let mut origins =
            history.origins.iter().zip(least.iter_mut().zip(paths.chunks_exact_mut(history.horizon))).peekable();
        for at in 0..=values.len() {
            while let Some((_, (least, path))) = origins.next_if(|(origin, _)| **origin == at) {
                let known = errors.iter().filter(|(end, _)| *end <= at);
                let (sum, count) = known.fold((0.0, 0.0), |(sum, count), (_, error)| (sum + error, count + 1.0));
                let mean = if count > 0.0 { sum / count } else { f64::MAX };
                if mean < *least {
                    *least = mean;
                    state.ahead(path.len(), parameters, |step, value| {
                        if let Some(place) = path.get_mut(step) {
                            *place = value;
                        }
                    });
                }
            }
            if at >= begin && (at - begin).is_multiple_of(every) && at + judged <= values.len() {
                let mut sum = 0.0;
                let after = values.get(at..).unwrap_or(&[]);
                state.ahead(judged, parameters, |step, value| {
                    sum += after.get(step).map_or(0.0, |truth| (truth - value).abs());
                });
                errors.push((at + judged, sum / judged as f64));
            }
            if let Some(value) = values.get(at) {
                state.step(*value, parameters);
            }
        }
    }
}
