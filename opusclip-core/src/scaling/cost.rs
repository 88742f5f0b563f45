//! What instances cost. All sums are whole millionths of a currency unit.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{PriceModel, ScalingConfig};
use super::hpa::shadow::Shadow;

/// What instances have cost since the first evaluation, and what others would have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostReport {
    /// Three letters of ISO 4217.
    pub currency: String,
    /// Seconds that were counted.
    pub seconds: f64,
    /// Hours of instances.
    pub instance_hours: f64,
    /// What they cost, in millionths of the currency unit.
    pub cost_micros: i64,
    /// What the present count costs for an hour.
    pub per_hour_micros: i64,
    /// What the next 24 hours will cost if they are as the last 24 were, or as long as it was counted; none before an
    /// hour was.
    pub next_day_micros: Option<i64>,
    /// What `max_instances` would have cost all the time.
    pub fixed_micros: i64,
    /// What the HorizontalPodAutoscaler would have cost with the same targets and bounds and its own defaults: its rules
    /// on the load that was measured, told by CPU usage; none where that was never measured.
    pub hpa_micros: Option<i64>,
    /// What was saved against the fixed count.
    pub saved_against_fixed_micros: i64,
    /// What was saved against that autoscaler.
    pub saved_against_hpa_micros: Option<i64>,
}

impl PriceModel {
    /// What so many instances cost for an hour, in millionths of the currency unit. Reserved ones are paid for whether
    /// they run or not; of the others a share is spot, rounded down.
    ///
    /// ```
    /// use opusclip_core::scaling::PriceModel;
    /// let price = PriceModel { reserved_instances: 2, reserved_micros: 30_000, ..PriceModel::on_demand("USD", 50_000) };
    /// assert_eq!(price.per_hour_micros(5), 2 * 30_000 + 3 * 50_000);
    /// ```
    pub fn per_hour_micros(&self, instances: u32) -> i64 {
        let beyond = i64::from(instances.saturating_sub(self.reserved_instances));
        let spot = (beyond as f64 * self.spot_share).floor() as i64;
        let price = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
        let reserved = i64::from(self.reserved_instances).saturating_mul(price(self.reserved_micros));
        let others = spot.saturating_mul(price(self.spot_micros));
        let on_demand = (beyond - spot).saturating_mul(price(self.on_demand_micros));
        reserved.saturating_add(others).saturating_add(on_demand)
    }
}

/// An hour in milliseconds, which time is counted in.
const HOUR: i64 = 3_600_000;

/// Whole milliseconds of a time, so that stretches add up to the whole.
fn millis(seconds: f64) -> i64 {
    (seconds * 1e3).round() as i64
}

/// A bill that grows: the count by its price over time, and what instances that went too early are paid for still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Bill {
    /// Whole millionths of a currency unit.
    micros: i64,
    /// What is left over of these: millionths by milliseconds, less than an hour of them.
    rest: i64,
    instance_millis: i64,
    count: u32,
    /// Starts of the running instances by the count they led to, the newest last: whoever came last goes first.
    starts: Vec<(f64, u32)>,
}

impl Bill {
    /// Time has passed with the count as it was, which then changes.
    pub(super) fn advance(&mut self, price: &PriceModel, from: f64, now: f64, count: u32) {
        let time = (millis(now) - millis(from)).max(0);
        self.charge(price.per_hour_micros(self.count), time);
        self.instance_millis = self.instance_millis.saturating_add(time.saturating_mul(i64::from(self.count)));
        if count > self.count {
            self.starts.push((now, count));
        }
        while count < self.count {
            let Some((start, top)) = self.starts.last_mut() else { break };
            let top = *top;
            let unused = millis((price.minimum_billing - (now - *start)).max(0.0));
            let below = self.starts.len().checked_sub(2).and_then(|at| self.starts.get(at)).map_or(0, |(_, top)| *top);
            let left = count.max(below);
            self.charge(price.per_hour_micros(top) - price.per_hour_micros(left), unused);
            if left == below {
                self.starts.pop();
            } else if let Some((_, top)) = self.starts.last_mut() {
                *top = left;
            }
            self.count = left;
            if self.starts.is_empty() {
                break;
            }
        }
        self.count = count;
    }

    /// So much an hour, for some milliseconds.
    fn charge(&mut self, per_hour: i64, time: i64) {
        let total = i128::from(per_hour) * i128::from(time) + i128::from(self.rest);
        let whole = i64::try_from(total / i128::from(HOUR)).unwrap_or(i64::MAX);
        self.micros = self.micros.saturating_add(whole);
        // Less than an hour of milliseconds.
        self.rest = (total % i128::from(HOUR)) as i64;
    }

    pub(super) fn micros(&self) -> i64 {
        self.micros
    }

    pub(super) fn instance_hours(&self) -> f64 {
        self.instance_millis as f64 / HOUR as f64
    }

    fn shift(&mut self, by: f64) {
        self.starts.iter_mut().for_each(|(start, _)| *start += by);
    }
}

/// Bills of what runs and of what would run otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Meter {
    since: Option<f64>,
    last: f64,
    own: Bill,
    fixed: Bill,
    hpa: Bill,
    /// The HorizontalPodAutoscaler beside the engine.
    shadow: Shadow,
    /// What it had cost by the hour, for a day.
    #[serde(default)]
    hourly: VecDeque<(f64, i64)>,
}

impl Meter {
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;

    /// `load`: instances that would be at their CPU target, where that was measured.
    pub(super) fn advance(
        &mut self,
        config: &ScalingConfig,
        price: &PriceModel,
        now: f64,
        count: u32,
        load: Option<f64>,
    ) {
        let from = if self.since.is_some() { self.last } else { now };
        self.since.get_or_insert(now);
        if let Some(load) = load {
            self.shadow.follow(load, config.min_instances, config.max_instances, now);
        }
        self.own.advance(price, from, now, count);
        self.fixed.advance(price, from, now, config.max_instances);
        if let Some(count) = self.shadow.count() {
            self.hpa.advance(price, from, now, count);
        }
        self.last = now;
        self.note();
    }

    /// Keeps what it has cost by now, once an hour.
    fn note(&mut self) {
        if self.hourly.back().is_none_or(|(time, _)| self.last - time >= Self::HOUR) {
            self.hourly.push_back((self.last, self.own.micros()));
        }
        while self.hourly.get(1).is_some_and(|(time, _)| self.last - time >= Self::DAY) {
            self.hourly.pop_front();
        }
    }

    /// What the next day will cost, by the last one.
    fn next_day(&self) -> Option<i64> {
        let (since, before) = *self.hourly.front()?;
        let time = millis(self.last - since);
        let spent = i128::from(self.own.micros()) - i128::from(before);
        let day = spent * i128::from(millis(Self::DAY)) / i128::from(time.max(1));
        (time >= HOUR).then(|| i64::try_from(day).unwrap_or(i64::MAX))
    }

    pub(super) fn shift(&mut self, by: f64) {
        self.since = self.since.map(|since| since + by);
        self.last += by;
        [&mut self.own, &mut self.fixed, &mut self.hpa].into_iter().for_each(|bill| bill.shift(by));
        self.shadow.shift(by);
        self.hourly.iter_mut().for_each(|(time, _)| *time += by);
    }

    pub(super) fn report(&self, price: &PriceModel) -> CostReport {
        let cost = self.own.micros();
        let fixed = self.fixed.micros();
        let hpa = self.shadow.count().map(|_| self.hpa.micros());
        CostReport {
            currency: price.currency.clone(),
            seconds: self.since.map_or(0.0, |since| self.last - since),
            instance_hours: self.own.instance_hours(),
            cost_micros: cost,
            per_hour_micros: price.per_hour_micros(self.own.count),
            next_day_micros: self.next_day(),
            fixed_micros: fixed,
            hpa_micros: hpa,
            saved_against_fixed_micros: fixed - cost,
            saved_against_hpa_micros: hpa.map(|hpa| hpa - cost),
        }
    }
}
