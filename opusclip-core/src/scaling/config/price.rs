//! What instances cost. Money is whole millionths of a currency unit, since an hour of a small instance costs a fraction
//! of a cent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{contradiction, count};
use crate::config::{number, within};
use crate::error::{Error, ErrorCode, Result};

/// Prices of instances for an hour, in millionths of the currency unit: 41_600 is 0.0416 dollars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PriceModel {
    /// Three letters of ISO 4217.
    pub currency: String,
    /// Of an instance on demand.
    pub on_demand_micros: u64,
    /// Of a reserved instance, whether it runs or not.
    pub reserved_micros: u64,
    /// Reserved instances; they are used first.
    pub reserved_instances: u32,
    /// Of a spot instance.
    pub spot_micros: u64,
    /// The share of instances beyond the reserved ones that are spot, 0 to 1.
    #[serde(deserialize_with = "number")]
    pub spot_share: f64,
    /// Seconds that an instance is paid for at least.
    #[serde(deserialize_with = "number")]
    pub minimum_billing: f64,
}

impl Default for PriceModel {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            on_demand_micros: 0,
            reserved_micros: 0,
            reserved_instances: 0,
            spot_micros: 0,
            spot_share: 0.0,
            minimum_billing: 0.0,
        }
    }
}

/// A million units of any currency for an hour.
const MOST_MICROS: u64 = 1_000_000_000_000;

impl PriceModel {
    /// Instances on demand at a price in millionths of the currency unit.
    pub fn on_demand(currency: &str, micros: u64) -> Self {
        Self { currency: currency.to_owned(), on_demand_micros: micros, ..Self::default() }
    }

    pub(in crate::scaling) fn check(&self) -> Result<()> {
        if self.currency.len() != 3 || !self.currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(Error::new(ErrorCode::ConfigInvalid, format!("{:?} is no currency", self.currency))
                .field("price.currency")
                .hint("write three capital letters, such as USD"));
        }
        let prices = [
            ("price.on_demand_micros", self.on_demand_micros),
            ("price.reserved_micros", self.reserved_micros),
            ("price.spot_micros", self.spot_micros),
        ];
        for (field, micros) in prices {
            if micros > MOST_MICROS {
                let message = format!("{field} is {micros}, more than {MOST_MICROS}");
                return Err(contradiction(field, message, "prices are millionths of the currency unit for an hour"));
            }
        }
        if self.on_demand_micros == 0 {
            let hint = "give what an instance costs for an hour, in millionths, or leave the price out";
            return Err(contradiction("price.on_demand_micros", "the price is 0".to_owned(), hint));
        }
        within("price.spot_share", self.spot_share, 0.0, 1.0)?;
        if self.spot_share > 0.0 && self.spot_micros == 0 {
            let hint = "give the price of a spot instance";
            return Err(contradiction("price.spot_micros", "there is a spot_share without a price".to_owned(), hint));
        }
        count("price.reserved_instances", self.reserved_instances, 0, super::MOST_INSTANCES)?;
        within("price.minimum_billing", self.minimum_billing, 0.0, 86_400.0).map(drop)
    }
}
