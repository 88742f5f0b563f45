//! Ways of scaling, each of which has one number to be found: its target.

use crate::scaling::config::ScalingConfig;
use crate::scaling::simulate::{Plant, SimulatedPolicy, Trace};
use crate::scaling::{ScalingStrategy, StartUp};

/// What many run: CPU usage at half.
pub(super) const USUAL_CPU_TARGET: f64 = 0.5;

/// A way of scaling. Targets are the share of its capacity that an instance should have to do.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) name: &'static str,
    made: Made,
}

#[derive(Debug)]
enum Made {
    /// It can be run by an engine.
    Configured(fn(&Plant, f64) -> ScalingConfig),
    /// It is there to be compared with.
    Simulated(fn(&Trace, &Plant, f64) -> SimulatedPolicy),
}

pub(super) static HPA_CPU: Way = Way {
    name: "hpa_cpu",
    made: Made::Configured(|plant, target| SimulatedPolicy::hpa(plant, ScalingStrategy::Cpu, target)),
};

pub(super) static ORACLE: Way =
    Way { name: "oracle", made: Made::Simulated(|_, _, target| SimulatedPolicy::Oracle { target }) };

/// All but these two; `hpa_cpu` again, for its best target.
pub(super) static WAYS: [Way; 8] = [
    Way { name: "predictive", made: Made::Configured(SimulatedPolicy::predictive) },
    Way {
        name: "hybrid",
        made: Made::Configured(|plant, target| SimulatedPolicy::reactive(plant, ScalingStrategy::Hybrid, target)),
    },
    Way {
        name: "cpu",
        made: Made::Configured(|plant, target| SimulatedPolicy::reactive(plant, ScalingStrategy::Cpu, target)),
    },
    Way {
        name: "hpa",
        made: Made::Configured(|plant, target| SimulatedPolicy::hpa(plant, ScalingStrategy::Request, target)),
    },
    Way {
        name: "hpa_cpu",
        made: Made::Configured(|plant, target| SimulatedPolicy::hpa(plant, ScalingStrategy::Cpu, target)),
    },
    Way { name: "kpa", made: Made::Simulated(|_, _, target| SimulatedPolicy::Kpa { target }) },
    Way { name: "target_tracking", made: Made::Simulated(|_, _, target| SimulatedPolicy::TargetTracking { target }) },
    Way {
        name: "fixed",
        made: Made::Simulated(|trace, plant, target| SimulatedPolicy::fixed_for(trace, 1.0, plant, target)),
    },
];

impl Way {
    pub(super) fn is_configured(&self) -> bool {
        matches!(self.made, Made::Configured(_))
    }

    pub(super) fn policy(&self, trace: &Trace, plant: &Plant, target: f64) -> SimulatedPolicy {
        match self.made {
            Made::Configured(config) => SimulatedPolicy::Engine(Box::new(config(plant, target))),
            Made::Simulated(policy) => policy(trace, plant, target),
        }
    }

    /// The options of an engine that goes this way, with what is known of the service; those of the engine itself where it
    /// does not go this way, which is nobody's to recommend.
    pub(super) fn config(&self, plant: &Plant, target: f64) -> ScalingConfig {
        let config = match self.made {
            Made::Configured(config) => config(plant, target),
            Made::Simulated(_) => ScalingConfig::default(),
        };
        // A price that nobody has given is none to count with.
        let price = (plant.price != Plant::default().price).then(|| plant.price.clone());
        ScalingConfig { price, start_up: StartUp { seconds: Some(plant.start_up), ..StartUp::default() }, ..config }
    }
}
