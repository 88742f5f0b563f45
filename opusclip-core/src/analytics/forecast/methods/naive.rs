//! Forecasts that repeat what was: the last value, a drift, or past seasons.

use super::Model;
use crate::analytics::forecast::history::History;

/// The mean of the last seasons, moved towards the present level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::analytics::forecast) struct Repeated {
    /// Steps of the season.
    season: usize,
    /// How many seasons the mean is of.
    cycles: usize,
    /// The share of the difference between the present level and that of the mean which is added.
    level: f64,
}

/// What others are compared with: the shortest season repeated, or the last value.
pub(super) fn reference(history: &History) -> Model {
    history.seasons.first().map_or(Model::Naive, |season| Model::Repeated(Repeated::last(*season)))
}

pub(super) fn family(history: &History) -> Vec<Repeated> {
    let shortest = history.seasons.first().copied();
    let of = |&season: &usize| {
        let mean = |cycles: usize, level: f64| Repeated { season, cycles, level };
        [Some(Repeated::last(season)), Some(mean(4, 1.0)), (Some(season) != shortest).then(|| mean(1, 0.5))]
    };
    history.seasons.iter().flat_map(of).flatten().collect()
}

pub(super) fn last(history: &History) -> Option<Vec<f64>> {
    from_each_origin(history, |past, path| {
        let last = *past.last()?;
        path.fill(last);
        Some(())
    })
}

pub(super) fn drift(history: &History) -> Option<Vec<f64>> {
    from_each_origin(history, |past, path| {
        let (first, last) = (*past.first()?, *past.last()?);
        let change = (last - first) / past.len().saturating_sub(1).max(1) as f64;
        path.iter_mut().enumerate().for_each(|(step, value)| *value = last + change * (step + 1) as f64);
        Some(())
    })
}

impl Repeated {
    const fn last(season: usize) -> Self {
        Self { season, cycles: 1, level: 0.0 }
    }

    pub(super) fn settings(&self) -> String {
        let seasons = match self.cycles {
            1 => format!("last {} steps", self.season),
            cycles => format!("mean of the last {cycles} times {} steps", self.season),
        };
        if self.level == 0.0 {
            seasons
        } else {
            format!("{seasons}, {:.0} % of the change in level added", self.level * 100.0)
        }
    }

    pub(super) fn paths(&self, history: &History) -> Option<Vec<f64>> {
        let window = *history.seasons.first()?;
        from_each_origin(history, |past, path| {
            let cycles = self.cycles.min(past.len() / self.season);
            let recent = past.get(past.len().checked_sub(cycles * self.season)?..)?;
            let mut mean = vec![0.0; self.season];
            for cycle in recent.chunks_exact(self.season) {
                mean.iter_mut().zip(cycle).for_each(|(sum, value)| *sum += value / cycles as f64);
            }
            let level = |values: &[f64]| values.iter().rev().take(window).sum::<f64>() / window as f64;
            // Of one season alone, the level before is that of the same place one season earlier.
            let before =
                if cycles == 1 { level(past.get(..past.len().checked_sub(self.season)?)?) } else { level(&mean) };
            let change = self.level * (level(past) - before);
            path.iter_mut().zip(mean.iter().cycle()).for_each(|(value, mean)| *value = mean + change);
            (cycles > 0).then_some(())
        })
    }
}

/// Calls what fills a path with what is known at each origin.
pub(super) fn from_each_origin(
    history: &History,
    mut fill: impl FnMut(&[f64], &mut [f64]) -> Option<()>,
) -> Option<Vec<f64>> {
    let mut paths = vec![0.0; history.origins.len() * history.horizon];
    for (origin, path) in history.origins.iter().zip(paths.chunks_exact_mut(history.horizon)) {
        fill(history.values.get(..*origin)?, path)?;
    }
    Some(paths)
}
