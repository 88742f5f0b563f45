//! Policies of others, as far as their documents tell. What a document leaves open is said where it is chosen.

use std::collections::VecDeque;

use super::recorded::Recorded;
use crate::scaling::hpa::replicas::round_up;

/// Rounding must not make more of a whole number.
const ROUNDING: f64 = 1e-6;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
/// Seconds that instances warm up on AWS, and that pass between two steps in, by default.
const WARM_UP: f64 = 300.0;

/// Target tracking: alarms over minutes.
#[derive(Debug)]
pub(super) struct Tracking {
    /// Requests a second of an instance.
    rate: f64,
    last_in: f64,
}

impl Tracking {
    pub(super) fn new(rate: f64) -> Self {
        Self { rate, last_in: f64::NEG_INFINITY }
    }

    pub(super) fn decide(&mut self, instances: u32, seen: &Recorded, now: f64) -> Option<u32> {
        let wanted = |rate: f64| round_up(rate / self.rate);
        let minute = |ago: u32| seen.window(MINUTE, now - MINUTE * f64::from(ago)).map(|seen| seen.rate);
        let share = |rate: f64| rate / self.rate / f64::from(instances.max(1));
        let minutes = |count: u32| (0..count).map(minute).collect::<Option<Vec<f64>>>();
        let high = minutes(3)?;
        if high.iter().all(|rate| share(*rate) > 1.0) {
            return high.first().map(|rate| wanted(*rate).max(instances));
        }
        let low = minutes(15)?;
        if now - self.last_in >= WARM_UP && low.iter().all(|rate| share(*rate) < 0.9) {
            self.last_in = now;
            return Some(wanted(low.iter().copied().fold(0.0, f64::max)).min(instances));
        }
        Some(instances)
    }
}

/// Predictive scaling beside target tracking, of which the larger count holds: so it never removes anything by itself.
///
/// AWS forecasts each hour of the next two days by up to fourteen past ones, anew every six hours, and starts instances
/// 300 s before their hour (`aas-predictive-scaling-how-it-works`). How it forecasts is not published: here by the mean of
/// the same hour of those days, all of which is known six hours before.
#[derive(Debug)]
pub(super) struct Forecasting {
    rate: f64,
    tracking: Tracking,
}

impl Forecasting {
    const DAYS: u32 = 14;

    pub(super) fn new(rate: f64) -> Self {
        Self { rate, tracking: Tracking::new(rate) }
    }

    pub(super) fn decide(&mut self, instances: u32, seen: &Recorded, now: f64) -> Option<u32> {
        let tracked = self.tracking.decide(instances, seen, now);
        let hours = [now, now + WARM_UP].map(|time| (time / HOUR).floor());
        let forecast = hours.into_iter().filter_map(|hour| Self::forecast(seen, hour)).reduce(f64::max);
        let foreseen = forecast.map(|rate| round_up(rate / self.rate));
        tracked.max(foreseen)
    }

    /// The mean rate of an hour, by the same hour of the days before.
    fn forecast(seen: &Recorded, hour: f64) -> Option<f64> {
        let days = (1..=Self::DAYS).map(|day| (hour + 1.0) * HOUR - f64::from(day) * DAY).filter(|end| *end >= HOUR);
        let rates: Vec<f64> = days.filter_map(|end| seen.ended(HOUR, end)).map(|seen| seen.rate).collect();
        (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64)
    }
}

/// Steps by how far CPU usage is from its target: those of the example of AWS's step scaling, ten percent from ten points
/// on and thirty from twenty on, with twenty points between growing and shrinking.
#[derive(Debug)]
pub(super) struct Steps {
    /// 0 to 1.
    usage: f64,
    last_out: f64,
}

impl Steps {
    /// Points between the threshold to grow and that to shrink.
    const GAP: f64 = 20.0;

    pub(super) fn new(usage: f64) -> Self {
        Self { usage, last_out: f64::NEG_INFINITY }
    }

    pub(super) fn decide(&mut self, instances: u32, seen: &Recorded, now: f64) -> Option<u32> {
        let usage = 100.0 * seen.window(MINUTE, now)?.usage;
        let share = |beyond: f64| match beyond {
            _ if beyond >= 20.0 => 0.3,
            _ if beyond >= 10.0 => 0.1,
            _ => 0.0,
        };
        let grow = share(usage - 100.0 * self.usage);
        if grow > 0.0 {
            self.last_out = now;
            return Some(instances.saturating_add(Self::step(instances, grow)));
        }
        let shrink = share(100.0 * self.usage - Self::GAP - usage);
        // While instances warm up nothing is removed.
        let warm = now - self.last_out >= WARM_UP;
        Some(if warm { instances.saturating_sub(Self::step(instances, shrink)) } else { instances })
    }

    /// Percent of the count: less than one is one, and more is cut off.
    fn step(instances: u32, share: f64) -> u32 {
        if share > 0.0 { ((f64::from(instances) * share).floor() as u32).max(1) } else { 0 }
    }
}

/// What demand was a day ago, a start-up time ahead, or is now, whichever is more; shrinks by the largest of five minutes.
#[derive(Debug)]
pub(super) struct DayAgo {
    rate: f64,
    start_up: f64,
    recent: VecDeque<(f64, u32)>,
}

impl DayAgo {
    /// Seconds whose largest count is kept, as the HorizontalPodAutoscaler does.
    const KEPT: f64 = 300.0;

    pub(super) fn new(rate: f64, start_up: f64) -> Self {
        Self { rate, start_up, recent: VecDeque::new() }
    }

    pub(super) fn decide(&mut self, seen: &Recorded, now: f64) -> Option<u32> {
        let present = seen.window(MINUTE, now)?.rate;
        let ago = seen.ended(MINUTE, now + self.start_up + MINUTE - DAY).map_or(0.0, |seen| seen.rate);
        self.recent.push_back((now, round_up(present.max(ago) / self.rate)));
        while self.recent.front().is_some_and(|(time, _)| *time <= now - Self::KEPT) {
            self.recent.pop_front();
        }
        self.recent.iter().map(|(_, count)| *count).max()
    }
}

/// Counts of another autoscaler, smoothed and taken further by Holt and Winters' method, as the
/// PredictiveHorizontalPodAutoscaler does: the larger of both holds. Its numbers are set by hand there; here they are
/// moderate ones.
#[derive(Debug, Default)]
pub(super) struct CountSeasons {
    counts: VecDeque<f64>,
    next: f64,
    foreseen: u32,
}

impl CountSeasons {
    /// Seconds between two counts, of which a day is a season.
    const STEP: f64 = 300.0;
    const SEASON: usize = 288;
    /// Seasons that are stored.
    const STORED: usize = 4;
    /// Of level, trend and season.
    const SMOOTHING: [f64; 3] = [0.3, 0.05, 0.3];

    pub(super) fn decide(&mut self, count: u32, now: f64) -> u32 {
        if now >= self.next {
            self.next = now + Self::STEP;
            self.counts.push_back(f64::from(count));
            if self.counts.len() > Self::STORED * Self::SEASON {
                self.counts.pop_front();
            }
            let foreseen = holt_winters(self.counts.make_contiguous(), Self::SEASON, Self::SMOOTHING);
            self.foreseen = foreseen.map_or(0, |count| round_up(count - ROUNDING));
        }
        count.max(self.foreseen)
    }
}

/// The next value, with an additive trend and an additive season; none of less than two seasons. The first two give the
/// beginning: the mean, the mean change, and how far each value of the first one is from its mean (Hyndman and
/// Athanasopoulos, *Forecasting: Principles and Practice*, section 8.3).
fn holt_winters(values: &[f64], season: usize, [alpha, beta, gamma]: [f64; 3]) -> Option<f64> {
    let (first, second) = (values.get(..season)?, values.get(season..2 * season)?);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut level = mean(first);
    let mut trend = (mean(second) - level) / season as f64;
    let mut seasons: VecDeque<f64> = first.iter().map(|value| value - level).collect();
    for value in values.iter().skip(season) {
        let of_season = seasons.pop_front()?;
        let before = level + trend;
        level = alpha * (value - of_season) + (1.0 - alpha) * before;
        seasons.push_back(gamma * (value - before) + (1.0 - gamma) * of_season);
        trend = beta * (level - (before - trend)) + (1.0 - beta) * trend;
    }
    seasons.front().map(|of_season| level + trend + of_season)
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64Mcg;
    use rand_pcg::rand_core::SeedableRng;

    use super::super::Plant;
    use super::*;

    /// Seconds of (rate, usage), seen at once.
    fn recorded(seconds: impl IntoIterator<Item = (f64, f64)>) -> Recorded {
        let plant = Plant { metric_delay: 0.0, lost_samples: 0.0, ..Plant::default() };
        let mut recorded = Recorded::new(&plant);
        let mut chance = Pcg64Mcg::seed_from_u64(1);
        seconds.into_iter().for_each(|(rate, usage)| recorded.push(rate, usage, 10, &plant, &mut chance));
        recorded
    }

    fn steady(seconds: usize, rate: f64) -> Vec<(f64, f64)> {
        vec![(rate, 0.5); seconds]
    }

    #[test]
    fn alarms_grow_after_three_minutes_and_shrink_after_fifteen() {
        let mut tracking = Tracking::new(10.0);
        let two_minutes = recorded([steady(900, 80.0), steady(120, 150.0)].concat());
        assert_eq!(tracking.decide(10, &two_minutes, 1020.0), Some(10));
        let three_minutes = recorded([steady(600, 80.0), steady(180, 150.0)].concat());
        assert_eq!(tracking.decide(10, &three_minutes, 780.0), Some(15));
        let low = recorded([steady(100, 100.0), steady(900, 65.0)].concat());
        assert_eq!(tracking.decide(10, &low, 940.0), Some(10));
        assert_eq!(tracking.decide(10, &low, 1000.0), Some(7));
        // Nine tenths of the target is not below nine tenths.
        assert_eq!(Tracking::new(10.0).decide(10, &recorded(steady(1000, 90.0)), 1000.0), Some(10));
    }

    #[test]
    fn steps_are_a_tenth_and_three_tenths() {
        let step = |usage: f64| Steps::new(0.6).decide(10, &recorded(vec![(0.0, usage); 60]), 60.0);
        let cases = [(0.85, 13), (0.72, 11), (0.65, 10), (0.35, 10), (0.27, 9), (0.15, 7)];
        for (usage, count) in cases {
            assert_eq!(step(usage), Some(count), "{usage}");
        }
        let mut steps = Steps::new(0.6);
        let (high, low) = (recorded(vec![(0.0, 0.9); 60]), recorded(vec![(0.0, 0.1); 600]));
        assert_eq!(steps.decide(3, &high, 60.0), Some(4), "less than one is one");
        assert_eq!(steps.decide(4, &low, 350.0), Some(4), "instances warm up");
        assert_eq!(steps.decide(4, &low, 360.0), Some(3));
    }

    /// A day of which the second hour is three times as busy, and as much of the next one as is asked for.
    fn days(seconds: usize) -> Recorded {
        let rate = |second: usize| if second / 3600 % 24 == 1 { 300.0 } else { 100.0 };
        recorded((0..seconds).map(|second| (rate(second), 0.5)))
    }

    #[test]
    fn an_hour_is_provided_for_five_minutes_before_it_begins() {
        let decide = |seconds: usize| Forecasting::new(10.0).decide(10, &days(seconds), seconds as f64);
        let day = 86_400;
        assert_eq!(decide(day + 3000), Some(10));
        assert_eq!(decide(day + 3300), Some(30));
        // It keeps what the hour asks for, though nothing more comes than before.
        let quiet = recorded([vec![(300.0, 0.5); 3600], vec![(100.0, 0.5); day - 3600 + 1800]].concat());
        assert_eq!(Forecasting::new(10.0).decide(30, &quiet, (day + 1800) as f64), Some(30));
    }

    #[test]
    fn yesterday_counts_a_start_ahead() {
        let day = 86_400;
        let decide = |seconds: usize| DayAgo::new(10.0, 60.0).decide(&days(seconds), seconds as f64);
        assert_eq!(decide(3000), Some(10));
        assert_eq!(decide(day + 3480), Some(10));
        assert_eq!(decide(day + 3540), Some(30));
    }

    #[test]
    fn seasons_go_on_as_they_were() {
        let same: Vec<f64> = (0..12).map(|at| [10.0, 30.0, 20.0][at % 3]).collect();
        assert_eq!(holt_winters(&same, 3, [0.3, 0.05, 0.3]), Some(10.0));
        // By hand: level 2, trend 1, seasons -1 and 1. Of 4: level 0.5 * 5 + 0.5 * 3 is 4, season 0.5 * 1 + 0.5 * -1 is 0,
        // trend 0.5 * 2 + 0.5 * 1 is 1.5. Of 4 again: level 0.5 * 3 + 0.5 * 5.5 is 4.25, season 0.5 * -1.5 + 0.5 * 1 is
        // -0.25, trend 0.5 * 0.25 + 0.5 * 1.5 is 0.875. Next: 4.25 + 0.875 + 0.
        assert_eq!(holt_winters(&[1.0, 3.0, 4.0, 4.0], 2, [0.5; 3]), Some(5.125));
        assert_eq!(holt_winters(&[1.0, 3.0, 4.0], 2, [0.5; 3]), None);
    }

    #[test]
    fn the_larger_of_count_and_forecast_holds() {
        let mut seasons = CountSeasons::default();
        let count = |at: usize| if at.is_multiple_of(288) { 50 } else { 10 };
        let at = |at: usize| 300.0 * at as f64;
        for step in 0..575 {
            assert_eq!(seasons.decide(count(step), at(step)), count(step));
        }
        // Two whole days are there: the third one begins as they did.
        assert_eq!(seasons.decide(10, at(575)), 50);
        assert_eq!(seasons.decide(60, at(575) + 15.0), 60);
    }
}
