//! Fields of a case's input, refused by name where they are missing or wrong.

use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};

pub(super) fn wrong(field: &str, what: &str) -> Error {
    Error::new(ErrorCode::DataInvalid, format!("input.{field} is no {what}")).field(format!("input.{field}"))
}

pub(super) fn number(input: &Value, field: &str) -> Result<f64> {
    input.get(field).and_then(Value::as_f64).ok_or_else(|| wrong(field, "number"))
}

pub(super) fn number_or(input: &Value, field: &str, otherwise: f64) -> Result<f64> {
    if input.get(field).is_some() { number(input, field) } else { Ok(otherwise) }
}

pub(super) fn whole(input: &Value, field: &str) -> Result<u64> {
    input
        .get(field)
        .and_then(Value::as_u64)
        .filter(|number| *number <= MOST)
        .ok_or_else(|| wrong(field, "whole number"))
}

/// Larger counts would run for ever.
const MOST: u64 = 10_000_000;

pub(super) fn list<'a>(input: &'a Value, field: &str) -> Result<&'a [Value]> {
    input.get(field).and_then(Value::as_array).map(Vec::as_slice).ok_or_else(|| wrong(field, "list"))
}

pub(super) fn numbers(input: &Value, field: &str) -> Result<Vec<f64>> {
    list(input, field)?.iter().map(|value| value.as_f64().ok_or_else(|| wrong(field, "list of numbers"))).collect()
}

/// Rows of numbers.
pub(super) fn rows(input: &Value, field: &str) -> Result<Vec<Vec<f64>>> {
    let row = |row: &Value| row.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
    list(input, field)?.iter().map(|value| row(value).ok_or_else(|| wrong(field, "list of rows of numbers"))).collect()
}

/// Weights by name, in their order.
pub(super) fn weights<'a>(input: &'a Value) -> Result<Vec<(&'a str, f64)>> {
    let weights = input.get("weights").and_then(Value::as_object).ok_or_else(|| wrong("weights", "object"))?;
    let weight = |(id, value): (&'a String, &'a Value)| {
        let weight = value.as_f64().filter(|weight| *weight > 0.0);
        Ok((id.as_str(), weight.ok_or_else(|| wrong("weights", "object of numbers above 0"))?))
    };
    weights.iter().map(weight).collect()
}
