//! Amounts and the currencies they are in.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::events::{Events, Names, People, Times, same_length};
use super::super::invalid;
use super::super::table::{Key, keys};
use crate::error::{Error, ErrorCode, Result};

/// The largest whole number below which all are exact in every language.
const MOST: i64 = (1 << 53) - 1;

/// Payments and refunds by columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Payments<'a> {
    events: Events<'a>,
    amounts: Cow<'a, [i64]>,
    currencies: Currencies<'a>,
}

/// The currency of each amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Currencies<'a> {
    /// One for all, as an ISO 4217 code.
    One(String),
    /// One for each.
    Each(Names<'a>),
}

impl From<&str> for Currencies<'_> {
    fn from(code: &str) -> Self {
        Self::One(code.to_owned())
    }
}

impl<'a> From<Names<'a>> for Currencies<'a> {
    fn from(codes: Names<'a>) -> Self {
        Self::Each(codes)
    }
}

impl Currencies<'_> {
    pub(super) fn check(&self, amounts: usize) -> Result<()> {
        match self {
            Self::One(code) => check_code(code, ErrorCode::DataInvalid),
            Self::Each(names) => {
                same_length("currency", names.codes().len(), amounts)?;
                if let Some(at) = names.codes().iter().position(|code| names.text(*code).is_none()) {
                    return Err(invalid(&format!("currency[{at}]"), format!("amount {at} is in no currency")));
                }
                names.table().iter().try_for_each(|code| check_code(code, ErrorCode::DataInvalid))
            }
        }
    }

    /// The currency that counts, and which code it has; empty where there are no amounts.
    pub(in super::super) fn choose(&self, wanted: Option<&str>) -> Result<(String, Option<u32>)> {
        if let Some(wanted) = wanted {
            let known = match self {
                Self::One(code) => (code == wanted).then_some(0),
                Self::Each(names) => names.code(wanted),
            };
            return Ok((wanted.to_owned(), known));
        }
        let Self::Each(names) = self else { return Ok((self.text(0), Some(0))) };
        // A table may hold currencies that no amount is in.
        let mut used = names.codes().iter();
        let Some(first) = used.next() else { return Ok((String::new(), None)) };
        match used.find(|code| *code != first) {
            None => Ok((self.text(*first), Some(*first))),
            Some(other) => {
                let message =
                    format!("amounts are in {} and in {}, which do not add up", self.text(*first), self.text(*other));
                Err(invalid("currency", message).hint("choose one in the option `currency`"))
            }
        }
    }

    fn text(&self, code: u32) -> String {
        match self {
            Self::One(code) => code.clone(),
            Self::Each(names) => names.text(code).unwrap_or_default().to_owned(),
        }
    }

    /// Whether an amount is in the chosen currency.
    pub(in super::super) fn is(&self, row: usize, chosen: Option<u32>) -> bool {
        match self {
            Self::One(_) => chosen.is_some(),
            Self::Each(names) => chosen.is_some() && names.codes().get(row).copied() == chosen,
        }
    }
}

/// Fails unless a text has the form of an ISO 4217 code.
pub(super) fn check_code(code: &str, kind: ErrorCode) -> Result<()> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    let error = Error::new(kind, format!("`{code}` is no currency code")).field("currency");
    Err(error.hint("give an ISO 4217 code, such as `USD`"))
}

/// Fails unless a currency that was named has the form of a code.
pub(in super::super) fn validate_currency(code: Option<&str>) -> Result<()> {
    code.map_or(Ok(()), |code| check_code(code, ErrorCode::ConfigInvalid))
}

/// A sum that every language can hold.
pub(in super::super) fn checked(sum: i128) -> Result<i64> {
    i64::try_from(sum).ok().filter(|sum| sum.unsigned_abs() <= MOST.unsigned_abs()).ok_or_else(|| {
        let error = invalid("amount", format!("the sum {sum} is beyond 2^53 - 1, the largest exact in all languages"));
        error.hint("look for amounts that are not in minor units")
    })
}

/// Fails unless every amount is one that every language can hold, and not below `least`.
pub(super) fn check_amounts(amounts: &[i64], least: i64) -> Result<()> {
    match amounts.iter().position(|amount| !(least..=MOST).contains(amount)) {
        None => Ok(()),
        Some(at) => {
            let message = format!("amount {at} is {}, not in {least} to {MOST}", amounts[at]);
            Err(invalid(&format!("amount[{at}]"), message))
        }
    }
}

impl<'a> Payments<'a> {
    /// Payments (above 0) and refunds (below 0) of these people at these times, in minor units, in any order.
    ///
    /// # Errors
    /// [`ErrorCode::DataInvalid`] where the columns differ in length, a time cannot be used ([`Events::new`]), an
    /// amount is beyond 2^53 - 1 or a currency is no code of three capital letters.
    pub fn new(
        times: impl Into<Times<'a>>,
        people: People<'a>,
        amounts: impl Into<Cow<'a, [i64]>>,
        currencies: impl Into<Currencies<'a>>,
    ) -> Result<Self> {
        let (amounts, currencies) = (amounts.into(), currencies.into());
        let events = Events::new(times, people)?;
        same_length("amount", amounts.len(), events.len())?;
        check_amounts(&amounts, -MOST)?;
        currencies.check(amounts.len())?;
        Ok(Self { events, amounts, currencies })
    }

    /// When and by whom.
    pub fn events(&self) -> &Events<'a> {
        &self.events
    }

    /// In minor units.
    pub fn amounts(&self) -> &[i64] {
        &self.amounts
    }

    /// In which currencies.
    pub fn currencies(&self) -> &Currencies<'a> {
        &self.currencies
    }
}

/// Payments by columns of equal length, as JSON holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentTable {
    /// Unix seconds.
    pub time: Vec<f64>,
    /// Who paid.
    pub user: Vec<Key>,
    /// Minor units; below 0 for a refund.
    pub amount: Vec<i64>,
    /// The currency of all, or that of each.
    pub currency: CurrencyColumn,
}

/// Currencies as JSON holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CurrencyColumn {
    /// One for all.
    One(String),
    /// One for each.
    Each(Vec<String>),
}

impl CurrencyColumn {
    pub(super) fn currencies(&self) -> Currencies<'_> {
        match self {
            Self::One(code) => Currencies::One(code.clone()),
            Self::Each(codes) => Currencies::Each(Names::of(codes.iter().map(Some))),
        }
    }
}

impl PaymentTable {
    /// The same, ready for an analysis.
    ///
    /// # Errors
    /// Those of [`Payments::new`].
    pub fn payments(&self) -> Result<Payments<'_>> {
        Payments::new(&self.time[..], keys(&self.user), &self.amount[..], self.currency.currencies())
    }
}
