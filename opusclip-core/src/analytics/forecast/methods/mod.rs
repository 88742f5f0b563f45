//! The candidates: each forecasts from every origin at once, so that what it learns on the way is not learnt again.

mod autoregression;
mod naive;
mod smoothing;
mod theta;

use self::autoregression::Autoregression;
use self::naive::Repeated;
use self::smoothing::Smoothing;
use self::theta::Theta;
use super::history::History;
use super::options::{Effort, Method};

/// One way to forecast, with its settings.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Model {
    Naive,
    Drift,
    Repeated(Repeated),
    Theta(Theta),
    Smoothing(Smoothing),
    Autoregression(Autoregression),
}

impl Model {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Naive => Method::Naive,
            Self::Drift => Method::Drift,
            Self::Repeated(_) => Method::SeasonalNaive,
            Self::Theta(_) => Method::Theta,
            Self::Smoothing(_) => Method::ExponentialSmoothing,
            Self::Autoregression(_) => Method::Autoregression,
        }
    }

    /// The settings in words; empty where there are none.
    pub(super) fn settings(&self) -> String {
        match self {
            Self::Naive | Self::Drift => String::new(),
            Self::Repeated(model) => model.settings(),
            Self::Theta(model) => model.settings(),
            Self::Smoothing(model) => model.settings(),
            Self::Autoregression(model) => model.settings(),
        }
    }

    /// Forecasts from each origin, one after the other, `horizon` steps each; `None` where the values do not allow it.
    pub(super) fn paths(&self, history: &History) -> Option<Vec<f64>> {
        let paths = match self {
            Self::Naive => naive::last(history),
            Self::Drift => naive::drift(history),
            Self::Repeated(model) => model.paths(history),
            Self::Theta(model) => model.paths(history),
            Self::Smoothing(model) => model.paths(history),
            Self::Autoregression(model) => model.paths(history),
        }?;
        paths.iter().all(|value| value.is_finite()).then_some(paths)
    }
}

/// Everything that is tried; the first is what the others are compared with.
pub(super) fn candidates(history: &History, effort: Effort, only: Option<Method>) -> Vec<Model> {
    let mut models = vec![naive::reference(history)];
    models.extend([Model::Naive, Model::Drift]);
    models.extend(naive::family(history).into_iter().map(Model::Repeated));
    models.extend(theta::family(history, effort).into_iter().map(Model::Theta));
    models.extend(smoothing::family(history, effort).into_iter().map(Model::Smoothing));
    models.extend(autoregression::family(history, effort).into_iter().map(Model::Autoregression));
    let mut seen: Vec<Model> = Vec::new();
    for model in models {
        let wanted = only.is_none_or(|method| method == Method::Combination || method == model.method());
        if wanted && !seen.contains(&model) {
            seen.push(model);
        }
    }
    seen
}
