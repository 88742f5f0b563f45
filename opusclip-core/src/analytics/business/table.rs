//! Events as JSON holds them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::{Events, Names, People};
use crate::error::Result;

/// A person's id or a name as it stands in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Key {
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
}

/// Events by columns of equal length, as JSON holds them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTable {
    /// Unix seconds.
    pub time: Vec<f64>,
    /// Who did it. The number 7 and the text "7" are two people.
    pub user: Vec<Key>,
    /// What was done; null for an event that is no step.
    #[serde(default)]
    pub event: Option<Vec<Option<String>>>,
    /// A property to break down by; null where it is missing.
    #[serde(default)]
    pub breakdown: Option<Vec<Option<String>>>,
}

impl EventTable {
    /// The same, ready for an analysis.
    ///
    /// # Errors
    /// Those of [`Events::new`].
    pub fn events(&self) -> Result<Events<'_>> {
        let mut events = Events::new(&self.time[..], keys(&self.user))?;
        if let Some(names) = &self.event {
            events = events.names(Names::of(names.iter().map(Option::as_deref)))?;
        }
        if let Some(values) = &self.breakdown {
            events = events.breakdown(Names::of(values.iter().map(Option::as_deref)))?;
        }
        Ok(events)
    }
}

/// People by keys of either kind.
pub(super) fn keys(keys: &[Key]) -> People<'static> {
    People::of(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_digits_are_two_people() {
        assert_eq!(keys(&[Key::Integer(7), Key::Text("7".into()), Key::Integer(7)]).codes(), [0, 1, 0]);
        let key = |text: &str| serde_json::from_str::<Key>(text).ok();
        assert_eq!((key("7"), key("\"7\""), key("7.5")), (Some(Key::Integer(7)), Some(Key::Text("7".into())), None));
    }
}
