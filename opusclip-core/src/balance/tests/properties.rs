//! What holds for any history, told by a model of its own.

use proptest::prelude::*;

use super::model::{Model, Modelled, outlier};
use super::{
    BalancerOptions, BalancingStrategy, ErrorCode, HashOptions, InstanceOptions, LoadBalancer, OwnedPick, PickRequest,
    RequestOutcome, SlowStartOptions,
};

/// What may happen to a balancer.
#[derive(Debug, Clone)]
enum Step {
    Add(u8, u32, u32),
    Remove(u8),
    Health(u8, bool),
    Disable(u8, bool),
    Drain(u8),
    Weight(u8, u32),
    Pick(u64, bool, Option<u8>),
    Finish(u8, u8),
    Drop(u8),
    Wait(f64),
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0_u8..6;
    prop_oneof![
        3 => (id.clone(), 1_u32..5, 0_u32..3).prop_map(|(id, weight, limit)| Step::Add(id, weight, limit)),
        1 => id.clone().prop_map(Step::Remove),
        2 => (id.clone(), any::<bool>()).prop_map(|(id, healthy)| Step::Health(id, healthy)),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, disabled)| Step::Disable(id, disabled)),
        1 => id.clone().prop_map(Step::Drain),
        1 => (id.clone(), 1_u32..5).prop_map(|(id, weight)| Step::Weight(id, weight)),
        8 => (any::<u64>(), any::<bool>(), prop::option::weighted(0.2, id)).prop_map(|(key, keyed, not)| Step::Pick(key, keyed, not)),
        6 => (any::<u8>(), 0_u8..7).prop_map(|(at, outcome)| Step::Finish(at, outcome)),
        1 => any::<u8>().prop_map(Step::Drop),
        1 => (0.0_f64..20.0).prop_map(Step::Wait),
        1 => Just(Step::Look),
    ]
}

const OUTCOMES: [RequestOutcome; 7] = [
    RequestOutcome::Success,
    RequestOutcome::ServerError,
    RequestOutcome::ServerError,
    RequestOutcome::GatewayError,
    RequestOutcome::LocalError,
    RequestOutcome::Overloaded,
    RequestOutcome::Cancelled,
];

type Checked = std::result::Result<(), TestCaseError>;

/// A balancer beside its model.
struct Both {
    balancer: LoadBalancer,
    model: Model,
    /// Requests in flight, and the numbers of their instances.
    held: Vec<OwnedPick>,
    /// The number of the instance that has an id now; one that comes later with the same id is another one.
    numbers: [Option<u64>; 6],
    added: u64,
    now: f64,
}

impl Both {
    fn new(strategy: BalancingStrategy) -> Self {
        let slow_start = SlowStartOptions { window: 20.0, ..SlowStartOptions::default() };
        // A table that is made anew with each change is made small.
        let hash = HashOptions { table_size: 251, points_per_weight: 8, ..HashOptions::default() };
        let options = BalancerOptions { slow_start, hash, outlier: Some(outlier()), ..BalancerOptions::of(strategy) };
        let balancer = LoadBalancer::new(options).unwrap();
        Self { balancer, model: Model::default(), held: Vec::new(), numbers: [None; 6], added: 0, now: 0.0 }
    }

    fn step(&mut self, step: &Step) -> Checked {
        let now = self.now;
        match step {
            Step::Add(id, weight, limit) => return self.add(*id, *weight, *limit),
            Step::Remove(at) => {
                let id = at.to_string();
                let removed = self.balancer.remove_instance(&id, now).is_ok();
                prop_assert_eq!(removed, self.model.0.contains_key(&id));
                self.forget(*at);
            }
            Step::Health(id, healthy) => {
                let id = id.to_string();
                if self.balancer.set_instance_health(&id, *healthy, now).is_ok() {
                    self.model.set_health(&id, *healthy);
                }
            }
            Step::Disable(id, disabled) => {
                let id = id.to_string();
                let change = if *disabled { LoadBalancer::disable } else { LoadBalancer::enable };
                if change(&self.balancer, &id, now).is_ok() {
                    self.model.0.entry(id).and_modify(|one| one.disabled = *disabled);
                }
            }
            Step::Drain(id) => {
                let id = id.to_string();
                if let Ok(in_flight) = self.balancer.drain(&id, 10.0, now) {
                    let one = self.model.0.get_mut(&id);
                    prop_assert_eq!(Some(in_flight), one.as_ref().map(|one| one.in_flight));
                    one.into_iter().for_each(|one| one.draining = Some(now + 10.0));
                }
            }
            Step::Weight(id, weight) => drop(self.balancer.set_weight(&id.to_string(), f64::from(*weight), now)),
            Step::Pick(key, keyed, not) => return self.pick(*key, *keyed, *not),
            Step::Finish(at, outcome) if !self.held.is_empty() => {
                let pick = self.held.swap_remove(*at as usize % self.held.len());
                let outcome = OUTCOMES[*outcome as usize];
                self.ended(&pick, outcome);
                pick.finish(outcome, now);
            }
            Step::Drop(at) if !self.held.is_empty() => {
                let pick = self.held.swap_remove(*at as usize % self.held.len());
                self.ended(&pick, RequestOutcome::Cancelled);
            }
            Step::Finish(..) | Step::Drop(_) => {}
            Step::Wait(seconds) => self.now += seconds,
            Step::Look => return self.look(),
        }
        Ok(())
    }

    fn add(&mut self, at: u8, weight: u32, limit: u32) -> Checked {
        let id = at.to_string();
        let options = InstanceOptions { max_connections: Some(limit), ..InstanceOptions::weight(f64::from(weight)) };
        if self.balancer.add_instance(&id, options, self.now).is_err() {
            prop_assert!(self.model.0.contains_key(&id));
            return Ok(());
        }
        prop_assert!(!self.model.0.contains_key(&id), "{id} was there");
        let limit = (limit > 0).then_some(u64::from(limit));
        self.model.0.insert(id, Modelled::new(limit));
        self.numbers[at as usize] = Some(self.added);
        self.added += 1;
        Ok(())
    }

    fn forget(&mut self, at: u8) {
        self.model.0.remove(&at.to_string());
        self.numbers[at as usize] = None;
    }

    fn pick(&mut self, key: u64, keyed: bool, not: Option<u8>) -> Checked {
        self.model.advance(self.now);
        let key = key.to_le_bytes();
        let not = not.map(|id| id.to_string());
        let exclude: Vec<&str> = not.as_deref().into_iter().collect();
        let request = PickRequest { key: keyed.then_some(&key[..]), exclude: &exclude, ..PickRequest::default() };
        let picked = self.balancer.pick_owned(&request, self.now);
        self.drained()?;
        match picked {
            Ok(pick) => {
                prop_assert!(self.model.may(pick.id(), &exclude), "{} was picked of {:?}", pick.id(), self.model);
                self.model.0.entry(pick.id().to_owned()).and_modify(|one| one.in_flight += 1);
                self.held.push(pick);
            }
            Err(error) => {
                prop_assert_eq!(error.code(), ErrorCode::BalanceNoInstance);
                let may = self.model.0.keys().find(|id| self.model.may(id, &exclude));
                prop_assert_eq!(may, None, "{} of {:?}", error, self.model);
            }
        }
        Ok(())
    }

    /// Let those go that have drained: without a request, or because they had their time.
    fn drained(&mut self) -> Checked {
        if !self.model.0.values().any(|one| one.draining.is_some()) {
            return Ok(());
        }
        let there = self.balancer.instance_ids();
        for at in 0..6_u8 {
            let Some(one) = self.model.0.get(&at.to_string()).filter(|_| !there.contains(&at.to_string())) else {
                continue;
            };
            let over = one.draining.is_some_and(|deadline| self.now >= deadline || one.in_flight == 0);
            prop_assert!(over, "{} went before its time: {:?}", at, one);
            self.forget(at);
        }
        Ok(())
    }

    /// Let the model know that a request ends, if its instance is still there.
    fn ended(&mut self, pick: &OwnedPick, outcome: RequestOutcome) {
        let there = pick.id().parse().ok().and_then(|at: usize| self.numbers[at]);
        if there == Some(pick.number()) {
            self.model.end(pick.id(), outcome, self.now);
        }
    }

    /// Every count is that of the model, at any moment.
    fn look(&mut self) -> Checked {
        self.model.advance(self.now);
        let seen = self.balancer.snapshot(self.now).unwrap();
        self.drained()?;
        for one in &seen.instances {
            prop_assert_eq!(Some(one.in_flight), self.model.0.get(&one.id).map(|one| one.in_flight), "{:?}", one);
        }
        prop_assert_eq!(seen.instances.len(), self.model.0.len());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(9_200))]

    /// Eleven strategies by so many histories are more than a hundred thousand.
    #[test]
    fn only_who_may_is_picked_and_nothing_leaks(steps in prop::collection::vec(step(), 1..30)) {
        for strategy in BalancingStrategy::ALL {
            let mut both = Both::new(strategy);
            for step in &steps {
                both.step(step)?;
            }
            while let Some(pick) = both.held.pop() {
                both.ended(&pick, RequestOutcome::Cancelled);
            }
            both.look()?;
            prop_assert_eq!(both.balancer.snapshot(both.now).unwrap().in_flight, 0, "a request has leaked");
        }
    }
}
