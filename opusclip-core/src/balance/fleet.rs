//! Instances that an autoscaler starts and stops: new ones join with slow start, those that are wanted no more give their
//! requests back before anybody stops them.
//!
//! Whoever decides how many there should be, such as the scaling engine, and whoever starts and stops them, is the host's
//! business: here are only numbers and ids.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LoadBalancer;
use super::discovery::{self, InstanceChanges, InstanceSpec};
use super::flight::Listed;
use super::options::{BalancerOptions, LONGEST, time};
use super::roster::{Record, Roster};
use super::types::InstanceState;
use crate::config::{number, within};
use crate::error::Result;

/// Which instances leave first. Before any choice go those that are not well; after it, those that an operator disabled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeaveFirst {
    /// Those with the fewest requests in flight, the newest among equals: they are gone soonest.
    #[default]
    FewestInFlight,
    /// Those that were added last.
    Newest,
    /// Those that were added first.
    Oldest,
}

/// Options of a [`Fleet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FleetOptions {
    /// Seconds in which an instance that leaves may end its requests; 0 to a year.
    #[serde(deserialize_with = "number")]
    pub drain: f64,
    /// Which leave first.
    pub leave_first: LeaveFirst,
    /// Seconds until an instance that joins later than the first has its whole share, where `slow_start` of the balancer
    /// has no window of its own; 0 gives it at once, at most a year.
    #[serde(deserialize_with = "number")]
    pub slow_start_window: f64,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self { drain: 30.0, leave_first: LeaveFirst::default(), slow_start_window: 30.0 }
    }
}

/// What a new number of instances asks the host for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resized {
    /// Instances to start; they join once they run.
    pub start: u32,
    /// Ids that were leaving and stay: they must not be stopped.
    pub returned: Vec<String>,
    /// Those that leave: they get no more requests, and are to be stopped once [`Fleet::stoppable`] says so.
    pub leaving: Vec<Leaver>,
}

/// An instance that leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leaver {
    /// The instance.
    pub id: String,
    /// Requests that it has in flight.
    pub in_flight: u64,
    /// When it may be stopped even if some are left, in Unix seconds.
    pub until: f64,
}

/// An instance that may be stopped now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stoppable {
    /// The instance.
    pub id: String,
    /// Requests that it could not end in time; 0 where it has ended all.
    pub in_flight: u64,
}

/// The instances of a balancer as an autoscaler has them. Keeps no thread: it is told of the time.
///
/// ```
/// use opusclip_core::balance::discovery::InstanceSpec;
/// use opusclip_core::balance::{BalancerOptions, Fleet, FleetOptions, LoadBalancer};
/// let balancer = LoadBalancer::new(BalancerOptions::default())?;
/// let fleet = Fleet::new(&balancer, FleetOptions::default())?;
/// fleet.join(&["a", "b"].map(InstanceSpec::new), 0.0)?;
/// assert_eq!(fleet.resize(3, 0, 60.0)?.start, 1); // start one more; it joins once it runs
/// fleet.join(&[InstanceSpec::new("c")], 90.0)?;
/// assert_eq!(fleet.resize(2, 0, 600.0)?.leaving[0].id, "c");
/// assert_eq!(fleet.stoppable(600.0)?[0].id, "c"); // it had no requests
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Fleet {
    balancer: LoadBalancer,
    options: FleetOptions,
    /// The balancer's own, with a slow start for who joins.
    joining: BalancerOptions,
    /// Those that leave and were not stopped yet.
    leaving: Mutex<BTreeMap<String, Listed>>,
}

impl Fleet {
    /// # Errors
    /// [`ConfigOutOfRange`](crate::ErrorCode::ConfigOutOfRange) or
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) with the field.
    pub fn new(balancer: &LoadBalancer, options: FleetOptions) -> Result<Self> {
        within("drain", options.drain, 0.0, LONGEST)?;
        within("slow_start_window", options.slow_start_window, 0.0, LONGEST)?;
        let mut joining = balancer.options().clone();
        if joining.slow_start.window == 0.0 {
            joining.slow_start.window = options.slow_start_window;
        }
        Ok(Self { balancer: balancer.clone(), options, joining, leaving: Mutex::default() })
    }

    /// Instances that run now join, with a slow start where there were others before. Those that are there stay as they are;
    /// those that were leaving stay. Gives the ids of those that get requests from now on and did not before.
    ///
    /// # Errors
    /// As [`LoadBalancer::set_instances`]; then none has joined.
    pub fn join(&self, instances: &[InstanceSpec], now: f64) -> Result<Vec<String>> {
        time(now)?;
        discovery::check(instances)?;
        let mut leaving = self.leaving.lock();
        self.balancer.change(now, |roster, now| {
            let mut changes = InstanceChanges::default();
            for spec in instances {
                roster.adopt(spec, &self.joining, now, &mut changes)?;
                leaving.remove(&spec.id);
            }
            Ok(changes.added)
        })
    }

    /// There should be so many instances, `starting` of them on their way already. Those that have joined and do not leave
    /// count, also those that are not well: their number is the autoscaler's business.
    ///
    /// Where there are too few, instances that were leaving stay, which costs nothing, and the rest is to be started. Where there
    /// are too many, some leave ([`FleetOptions::leave_first`]).
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn resize(&self, target: u32, starting: u32, now: f64) -> Result<Resized> {
        let mut leaving = self.leaving.lock();
        self.balancer.change(now, |roster, now| {
            let here = roster.records.values().filter(|record| record.draining.is_none()).count();
            let (here, target) = (here + starting as usize, target as usize);
            let mut resized = Resized::default();
            if here < target {
                resized.returned = recall(roster, &mut leaving, target - here, now)?;
                let start = target - here - resized.returned.len();
                resized.start = u32::try_from(start).unwrap_or(u32::MAX);
            } else {
                let ids = first_to_leave(roster, self.options.leave_first, here - target);
                resized.leaving = self.send_away(roster, &mut leaving, &ids, now)?;
            }
            Ok(resized)
        })
    }

    /// These instances leave, as the host chose them. Those that leave already go on doing so.
    ///
    /// # Errors
    /// [`BalanceUnknownInstance`](crate::ErrorCode::BalanceUnknownInstance); then none leaves.
    pub fn leave(&self, ids: &[impl AsRef<str>], now: f64) -> Result<Vec<Leaver>> {
        let mut leaving = self.leaving.lock();
        self.balancer.change(now, |roster, now| {
            let mut new: Vec<String> = Vec::new();
            for id in ids.iter().map(AsRef::as_ref) {
                let record = roster.record(id)?;
                if record.draining.is_none() && !new.iter().any(|known| known == id) {
                    new.push(id.to_owned());
                }
            }
            self.send_away(roster, &mut leaving, &new, now)
        })
    }

    /// Instances that left and may be stopped now, each once: they have no requests any more, or their time is over.
    ///
    /// # Errors
    /// [`ConfigNotFinite`](crate::ErrorCode::ConfigNotFinite) for a time that is none.
    pub fn stoppable(&self, now: f64) -> Result<Vec<Stoppable>> {
        let mut leaving = self.leaving.lock();
        self.balancer.change(now, |roster, now| {
            let mut stoppable = Vec::new();
            let mut gone = Vec::new();
            for (id, instance) in leaving.iter() {
                let in_flight = instance.in_flight();
                match roster.record_of(instance).map(|record| record.draining) {
                    Some(Some(until)) if in_flight > 0 && now < until => continue,
                    Some(Some(_)) => roster.remove(id, now)?,
                    // Somebody else wants it again.
                    Some(None) => {
                        gone.push(id.clone());
                        continue;
                    }
                    None => {}
                }
                gone.push(id.clone());
                // Another one of its name is there by now, which must not be stopped.
                if !roster.has(id) {
                    stoppable.push(Stoppable { id: id.clone(), in_flight });
                }
            }
            gone.iter().for_each(|id| drop(leaving.remove(id)));
            Ok(stoppable)
        })
    }

    fn send_away(
        &self,
        roster: &mut Roster,
        leaving: &mut BTreeMap<String, Listed>,
        ids: &[String],
        now: f64,
    ) -> Result<Vec<Leaver>> {
        ids.iter()
            .map(|id| {
                let in_flight = roster.drain(id, self.options.drain, now)?;
                leaving.insert(id.clone(), roster.record(id)?.instance.clone());
                Ok(Leaver { id: id.clone(), in_flight, until: now + self.options.drain })
            })
            .collect()
    }
}

/// Up to so many of those that leave stay, those with the most time left first.
fn recall(roster: &mut Roster, leaving: &mut BTreeMap<String, Listed>, most: usize, now: f64) -> Result<Vec<String>> {
    let mut there: Vec<(f64, String)> = Vec::new();
    for (id, instance) in leaving.iter() {
        let until = roster.record_of(instance).and_then(|record| record.draining);
        there.extend(until.filter(|until| now < *until).map(|until| (until, id.clone())));
    }
    there.sort_by(|a, b| b.0.total_cmp(&a.0));
    let ids: Vec<String> = there.into_iter().take(most).map(|(_, id)| id).collect();
    for id in &ids {
        roster.stay(id, now)?;
        leaving.remove(id);
    }
    Ok(ids)
}

/// So many that leave first.
fn first_to_leave(roster: &Roster, order: LeaveFirst, count: usize) -> Vec<String> {
    let rank = |record: &Record| match record.state() {
        InstanceState::Unhealthy | InstanceState::Ejected => 0,
        InstanceState::Disabled => 2,
        _ => 1,
    };
    let staying = roster.records.values().filter(|record| record.draining.is_none());
    let mut records: Vec<&Record> = staying.collect();
    records.sort_by_cached_key(|record| {
        let (added, in_flight) = (record.instance.number, record.instance.in_flight());
        let wish = match order {
            LeaveFirst::FewestInFlight => (in_flight, u64::MAX - added),
            LeaveFirst::Newest => (0, u64::MAX - added),
            LeaveFirst::Oldest => (0, added),
        };
        (rank(record), wish)
    });
    records.into_iter().take(count).map(|record| record.instance.id.to_string()).collect()
}
