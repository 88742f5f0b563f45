//! pingora's: a selection as its users call it. There is no result to tell it.

use std::error::Error;
use std::time::{Duration, Instant};

use pingora_load_balancing::selection::RoundRobin;
use pingora_load_balancing::{Backend, Backends, LoadBalancer, discovery};

use crate::Contender;

struct Selecting(LoadBalancer<RoundRobin>);

/// Backends of equal weights.
pub(crate) fn equal(size: u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    selecting(size, |_| 1)
}

/// Backends with weights of 1 to 3.
pub(crate) fn weighted(size: u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    selecting(size, |at| 1 + at % 3)
}

fn selecting(size: u32, weight: impl Fn(u32) -> u32) -> Result<Box<dyn Contender>, Box<dyn Error>> {
    let backend = |at| Backend::new_with_weight(&format!("10.0.{}.{}:80", at / 256, at % 256), weight(at) as usize);
    let backends = (0..size).map(backend).collect::<Result<_, _>>()?;
    let balancer = LoadBalancer::from_backends(Backends::new(discovery::Static::new(backends)));
    crate::tower::at_once(balancer.update()).ok_or("pingora's list was not there at once")??;
    Ok(Box::new(Selecting(balancer)))
}

/// Entries that are looked at before it gives up, as in its documentation.
const MOST_STEPS: usize = 256;

impl Contender for Selecting {
    fn picks(&self, count: u32) -> Duration {
        let begun = Instant::now();
        for at in 0..count {
            std::hint::black_box(self.0.select(&at.to_le_bytes(), MOST_STEPS));
        }
        begun.elapsed()
    }
}
