//! JavaScript values to JSON values and back.
//!
//! Names of fields are in camel case in JavaScript and in snake case in JSON; nothing else changes, so every rule about
//! values stays in the core. Numbers that JSON cannot hold travel as the texts that the core's `config` module documents.

use std::path::PathBuf;

use napi::bindgen_prelude::{
    Array, Float64Array, FromNapiValue as _, JsObjectValue as _, JsValue as _, Null, Object, ToNapiValue as _, Unknown,
};
use napi::{Env, JsString, ValueType};
use opusclip_core::{Error, Result, config};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::errors::{foreign, invalid};

/// Deeper values are cyclic or a mistake.
const DEEPEST: usize = 32;
/// The largest whole number up to which doubles are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What becomes of the names of fields.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    /// Snake case becomes camel case.
    Camel,
    /// They stay as they are.
    Kept,
}

/// `minDuration` to `min_duration`.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `min_duration` to `minDuration`; also in paths such as `clips[0].frame_rate`.
pub(crate) fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '_' && next.is_ascii_lowercase() && !text.is_empty() => {
                text.push(next.to_ascii_uppercase());
                letters.next();
            }
            _ => text.push(letter),
        }
    }
    text
}

/// A JavaScript value as JSON; `undefined` is `None`. `field` is what errors call it.
pub(crate) fn from_js(value: Unknown<'_>, field: &str) -> Result<Option<Value>> {
    at_depth(value, field, 0)
}

fn at_depth(value: Unknown<'_>, field: &str, depth: usize) -> Result<Option<Value>> {
    let unreadable = foreign(field);
    if depth > DEEPEST {
        return Err(invalid(field, "the value is nested too deeply"));
    }
    Ok(Some(match value.get_type().map_err(&unreadable)? {
        ValueType::Undefined => return Ok(None),
        ValueType::Null => Value::Null,
        ValueType::Boolean => Value::Bool(value.coerce_to_bool().map_err(&unreadable)?),
        ValueType::Number => number(value.coerce_to_number().and_then(|n| n.get_double()).map_err(&unreadable)?),
        ValueType::String => Value::String(value.coerce_to_string().and_then(text).map_err(&unreadable)?),
        ValueType::Object if is_list(&value).map_err(&unreadable)? => list(value, field, depth)?,
        ValueType::Object => {
            let object = value.coerce_to_object().map_err(&unreadable)?;
            match url(&object, field)? {
                Some(path) => Value::String(path),
                None => record(value, &object, field, depth)?,
            }
        }
        other => return Err(invalid(field, format!("a {} is no value for it", kind(other)))),
    }))
}

/// The name of a type as JavaScript programmers know it.
pub(crate) fn kind(kind: ValueType) -> String {
    kind.to_string().to_lowercase()
}

fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Value::from(value as i64);
    }
    let name = match value {
        v if v.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        _ => "-Infinity",
    };
    Number::from_f64(value).map_or_else(|| Value::from(name), Value::Number)
}

fn text(string: JsString<'_>) -> napi::Result<String> {
    string.into_utf8()?.into_owned()
}

/// Arrays, and those of numbers alone: models give vectors so.
fn is_list(value: &Unknown<'_>) -> napi::Result<bool> {
    let bytes = || value.coerce_to_object()?.get_named_property::<u32>("BYTES_PER_ELEMENT");
    Ok(value.is_array()? || value.is_typedarray()? && bytes()? > 1)
}

fn list(value: Unknown<'_>, field: &str, depth: usize) -> Result<Value> {
    let unreadable = foreign(field);
    // Columns are long: their numbers are read where they lie.
    if value.is_typedarray().map_err(&unreadable)?
        && let Ok(numbers) = Float64Array::from_unknown(value)
    {
        return Ok(numbers.iter().copied().map(number).collect());
    }
    let object = value.coerce_to_object().map_err(&unreadable)?;
    let length = object.get_named_property::<u32>("length").map_err(&unreadable)?;
    let element = |index: u32| {
        let element = object.get_element::<Unknown<'_>>(index).map_err(&unreadable)?;
        // Curves are long: their numbers need no name of their own.
        if element.get_type().map_err(&unreadable)? == ValueType::Number {
            return at_depth(element, field, depth).map(Option::unwrap_or_default);
        }
        // As in JSON.stringify, a hole is null.
        Ok(at_depth(element, &format!("{field}[{index}]"), depth + 1)?.unwrap_or(Value::Null))
    };
    (0..length).map(element).collect()
}

fn record(value: Unknown<'_>, object: &Object<'_>, field: &str, depth: usize) -> Result<Value> {
    let unreadable = foreign(field);
    for (found, name) in [
        (value.is_date(), "Date"),
        (value.is_promise(), "Promise"),
        (value.is_buffer(), "Buffer"),
        (value.is_typedarray(), "TypedArray"),
        (value.is_arraybuffer(), "ArrayBuffer"),
    ] {
        if found.map_err(&unreadable)? {
            return Err(invalid(field, format!("a {name} is no value for it")));
        }
    }
    let mut map = Map::new();
    for name in Object::keys(object).map_err(&unreadable)? {
        let path = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
        let member = object.get_named_property::<Unknown<'_>>(&name).map_err(foreign(&path))?;
        if let Some(member) = at_depth(member, &path, depth + 1)?
            && map.insert(snake(&name), member).is_some()
        {
            return Err(invalid(&path, "given twice, in both spellings"));
        }
    }
    Ok(Value::Object(map))
}

/// The path of a `file:` URL object; `None` for what is no URL. The test is Node's own (`isURL` in `lib/internal/url.js`).
fn url(object: &Object<'_>, field: &str) -> Result<Option<String>> {
    let part = |name: &str| -> Result<Option<String>> {
        let value = object.get_named_property::<Unknown<'_>>(name).map_err(foreign(field))?;
        match value.get_type().map_err(foreign(field))? {
            ValueType::String => Ok(Some(value.coerce_to_string().and_then(text).map_err(foreign(field))?)),
            _ => Ok(None),
        }
    };
    let (Some(_), Some(protocol), Some(pathname)) = (part("href")?, part("protocol")?, part("pathname")?) else {
        return Ok(None);
    };
    if protocol != "file:" {
        return Err(invalid(field, format!("a {protocol} URL is no file")).hint("give a path or a file: URL"));
    }
    if part("host")?.is_some_and(|host| !host.is_empty()) {
        return Err(invalid(field, "the URL names a file on another host"));
    }
    let path = percent_encoding::percent_decode_str(&pathname).decode_utf8();
    let path = path.map_err(|_| invalid(field, "the URL's path is not UTF-8"))?;
    // On Windows the drive follows the slash.
    let path = if cfg!(windows) { path.trim_start_matches('/') } else { &path };
    Ok(Some(path.to_owned()))
}

/// A path: text or a `file:` URL.
pub(crate) fn path(value: Unknown<'_>, field: &str) -> Result<PathBuf> {
    match from_js(value, field)? {
        Some(Value::String(path)) => Ok(path.into()),
        Some(_) => Err(wrong_path(field, "it is no path")),
        None => Err(wrong_path(field, "it is missing")),
    }
}

/// A path that may be left out.
pub(crate) fn optional_path(value: Unknown<'_>, field: &str) -> Result<Option<PathBuf>> {
    match from_js(value, field)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(path)) => Ok(Some(path.into())),
        Some(_) => Err(wrong_path(field, "it is no path")),
    }
}

/// A result that is given back, as the core reads it.
pub(crate) fn read<T: DeserializeOwned>(value: Unknown<'_>, field: &str) -> Result<T> {
    let value = from_js(value, field)?.ok_or_else(|| invalid(field, "it is missing"))?;
    config::from_json(value).map_err(|error| {
        let place = error.field_name().map_or_else(|| field.to_owned(), |name| format!("{field}.{name}"));
        error.field(place)
    })
}

/// The same of what may be left out.
pub(crate) fn read_optional<T: DeserializeOwned>(value: Unknown<'_>, field: &str) -> Result<Option<T>> {
    match value.get_type().map_err(foreign(field))? {
        ValueType::Undefined | ValueType::Null => Ok(None),
        _ => read(value, field).map(Some),
    }
}

/// The members of an object whose names are the caller's own, in their order.
pub(crate) fn read_named<T: DeserializeOwned>(value: Unknown<'_>, field: &str) -> Result<Vec<(String, T)>> {
    members(value, field, |member, path| read(member, path))
}

/// What `each` makes of the members of such an object.
pub(crate) fn members<'a, T>(
    value: Unknown<'a>,
    field: &str,
    each: impl Fn(Unknown<'a>, &str) -> Result<T>,
) -> Result<Vec<(String, T)>> {
    if value.get_type().map_err(foreign(field))? != ValueType::Object || is_list(&value).map_err(foreign(field))? {
        return Err(invalid(field, "it is no object with names"));
    }
    let object = value.coerce_to_object().map_err(foreign(field))?;
    let names = Object::keys(&object).map_err(foreign(field))?.into_iter();
    let read = |name: String| {
        let path = format!("{field}.{name}");
        let member = object.get_named_property::<Unknown<'_>>(&name).map_err(foreign(&path))?;
        Ok((name, each(member, &path)?))
    };
    names.map(read).collect()
}

/// An error about something that should have been a path.
pub(crate) fn wrong_path(field: &str, message: &str) -> Error {
    invalid(field, message).hint("give a path or a file: URL")
}

/// JSON as a JavaScript value.
pub(crate) fn to_js(env: &Env, value: Value, names: Names) -> napi::Result<Unknown<'static>> {
    let value = match value {
        Value::Null => Null.into_unknown(env)?.raw(),
        Value::Bool(value) => value.into_unknown(env)?.raw(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into_unknown(env)?.raw(),
        Value::String(text) => text.into_unknown(env)?.raw(),
        Value::Array(values) => {
            let values = values.into_iter().map(|value| to_js(env, value, names)).collect::<napi::Result<Vec<_>>>()?;
            Array::from_vec(env, values)?.raw()
        }
        Value::Object(map) => {
            let mut object = Object::new(env)?;
            for (name, value) in map {
                let name = match names {
                    Names::Camel => camel(&name),
                    Names::Kept => name,
                };
                object.set_named_property(&name, to_js(env, value, names)?)?;
            }
            object.raw()
        }
    };
    Ok(Object::from_raw(env.raw(), value).to_unknown())
}
