//! Options, read the same way from Python, Node, JSON files and the command line, and checked before any work begins.
//!
//! Non-finite numbers travel through JSON as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as in the ProtoJSON
//! mapping (<https://protobuf.dev/programming-guides/json/>), so that the check can refuse them by name.
#![cfg_attr(
    not(all(feature = "clip", feature = "analytics", feature = "balance")),
    allow(dead_code, reason = "the checks serve the engines")
)]

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::error::{Error, ErrorCode, Result};

/// Read options from any serde source; a failure names the option at fault.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] for a wrong type or an unknown value.
pub fn from_deserializer<'de, T: DeserializeOwned, D: Deserializer<'de>>(source: D) -> Result<T>
where
    D::Error: std::fmt::Display,
{
    serde_path_to_error::deserialize(source).map_err(|failure| located(ErrorCode::ConfigInvalid, &failure))
}

/// A failed reading as an error that names the field at fault. An unknown name is its own field.
pub(crate) fn located<E: std::fmt::Display>(code: ErrorCode, failure: &serde_path_to_error::Error<E>) -> Error {
    let message = failure.inner().to_string();
    let path = failure.path().to_string();
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()).map(str::to_owned);
    // In the words of serde, and of Python where a number does not get as far as that.
    let beyond = message.starts_with("invalid value: integer") || message.contains("OverflowError");
    if beyond && code == ErrorCode::ConfigInvalid {
        let error = |what: &str| {
            Error::new(ErrorCode::ConfigOutOfRange, format!("{what} is negative or too large"))
                .hint("give a whole number from 0 up")
        };
        return if path == "." { error("the number") } else { error(&path).field(path) };
    }
    let mut error = Error::new(code, message);
    if let Some(known) = nearest(error.message()) {
        error = error.hint(format!("did you mean `{known}`?"));
    }
    match (path.as_str(), unknown) {
        (".", Some(name)) => error.field(name),
        (".", None) => error,
        (path, Some(name)) if !path.ends_with(&name) => error.field(format!("{path}.{name}")),
        _ => error.field(path),
    }
}

/// Names less alike than this are other names; 1 is the same name.
const ALIKE: f64 = 0.7;

/// The name that an unknown one was probably meant to be.
fn most_alike<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = known.map(|known| (strsim::normalized_damerau_levenshtein(unknown, known), known));
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(alike, _)| *alike >= ALIKE).map(|(_, known)| known)
}

/// A hint for an unknown name: the nearest one, and what there is, of which at most `most` are listed.
pub(crate) fn alternatives(unknown: &str, known: &[&str], most: usize) -> String {
    let listed: Vec<&str> = known.iter().copied().take(most).collect();
    let more = known.len() - listed.len();
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    let there =
        if known.is_empty() { "there is none yet".to_owned() } else { format!("there are {}{end}", listed.join(", ")) };
    match most_alike(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {there}"),
        None => there,
    }
}

/// The known name, of those that serde lists, that an unknown one was probably meant to be.
fn nearest(message: &str) -> Option<String> {
    // "unknown field `strat`, expected one of `index`, `start`": a name stands in every other piece. "unknown variant" has
    // the same form.
    let mut names = message.starts_with("unknown ").then(|| message.split('`').skip(1).step_by(2))?;
    let unknown = names.next()?;
    most_alike(unknown, names).map(str::to_owned)
}

/// [`from_deserializer`] for a JSON value.
///
/// # Errors
/// As [`from_deserializer`].
pub fn from_json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T> {
    from_deserializer(value)
}

/// Paths travel through JSON and FFmpeg as UTF-8; others are refused before any work begins.
pub(crate) fn utf8_path(field: &str, path: &std::path::Path) -> Result<()> {
    if path.to_str().is_some_and(|text| !text.contains('\0')) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::ConfigInvalid, format!("the path {} is not valid UTF-8", path.display()))
        .field(field)
        .hint("rename the file or folder"))
}

/// A number that may arrive as `"NaN"` or `"Infinity"`, to be refused by [`finite`].
pub(crate) fn number<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Number(f64),
        Text(String),
    }
    match Wire::deserialize(source).map_err(|_| D::Error::custom("expected a number"))? {
        Wire::Number(number) => Ok(number),
        Wire::Text(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            other => Err(D::Error::custom(format!("expected a number, found the text {other:?}"))),
        },
    }
}

/// Yes or no. Some languages would take any value for either.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(source: D) -> Result<bool, D::Error> {
    struct YesOrNo;
    impl serde::de::Visitor<'_> for YesOrNo {
        type Value = bool;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("true or false")
        }
        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }
    }
    source.deserialize_any(YesOrNo)
}

/// [`boolean`] for an option that may be left out.
pub(crate) fn optional_boolean<'de, D: Deserializer<'de>>(source: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    struct Wrapped(#[serde(deserialize_with = "boolean")] bool);
    Ok(Option::<Wrapped>::deserialize(source)?.map(|wrapped| wrapped.0))
}

/// [`number`] for an option that may be left out.
pub(crate) fn optional_number<'de, D: Deserializer<'de>>(source: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    struct Wrapped(#[serde(deserialize_with = "number")] f64);
    Ok(Option::<Wrapped>::deserialize(source)?.map(|wrapped| wrapped.0))
}

/// Fails unless the option is a finite number.
pub(crate) fn finite(field: &str, value: f64) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::new(ErrorCode::ConfigNotFinite, format!("{field} is {value}")).field(field).hint("give a finite number"))
}

/// Fails unless the option is a finite number from `low` to `high`.
pub(crate) fn within(field: &str, value: f64, low: f64, high: f64) -> Result<f64> {
    finite(field, value)?;
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(Error::new(ErrorCode::ConfigOutOfRange, format!("{field} is {value}, not in {low} to {high}")).field(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        #[serde(deserialize_with = "number")]
        length: f64,
    }

    #[test]
    fn non_finite_numbers_arrive_and_are_refused_by_name() {
        let sample: Sample = from_json(serde_json::json!({"length": "NaN"})).unwrap();
        let error = finite("length", sample.length).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigNotFinite, Some("length")));
    }

    #[test]
    fn an_unknown_name_is_told_the_nearest_known_one() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Known {
            #[serde(rename = "min_duration", default)]
            _min: f64,
            #[serde(rename = "start", default)]
            _start: f64,
        }
        let hint = |name: &str| {
            let error = from_json::<Known>(serde_json::json!({ name: 1 })).unwrap_err();
            error.hint_text().map(str::to_owned)
        };
        assert_eq!(hint("strat").as_deref(), Some("did you mean `start`?"));
        assert_eq!(hint("min_duraton").as_deref(), Some("did you mean `min_duration`?"));
        assert_eq!(hint("colour"), None);
    }

    #[test]
    fn a_wrong_type_names_its_option() {
        let error = from_json::<Sample>(serde_json::json!({"length": [1]})).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::ConfigInvalid, Some("length")));
    }
}
