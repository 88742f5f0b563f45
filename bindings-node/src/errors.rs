//! The core's errors as JavaScript errors: real `Error` objects with `code`, and place and way out where known.

use napi::Env;
use napi::bindgen_prelude::{FnArgs, Function, FunctionRef, JsObjectValue as _, JsValue as _, Object, Unknown};
use opusclip_core::{Error, ErrorCode};

use crate::Addon;
use crate::convert::{self, Names};

type Arguments = FnArgs<(String, Object<'static>)>;
pub(crate) type ErrorClass = FunctionRef<Arguments, Unknown<'static>>;

/// The class `OpusClipError`, new for this environment.
pub(crate) fn define_class(env: &Env) -> napi::Result<Function<'static, Arguments, Unknown<'static>>> {
    env.run_script(include_str!("error.js"))
}

/// The error as something to throw or to reject with.
pub(crate) fn thrown(env: &Env, error: Error, cause: Option<Unknown<'_>>) -> napi::Error {
    match instance(env, error, cause) {
        Ok(value) => napi::Error::from_unknown_without_coercion(value),
        Err(failure) => failure,
    }
}

fn instance(env: &Env, error: Error, cause: Option<Unknown<'_>>) -> napi::Result<Unknown<'static>> {
    let error = renamed(error);
    let mut place = error.to_json();
    if let Some(place) = place.as_object_mut() {
        // The message of the JavaScript error is the whole line, place and way out included.
        place.remove("message");
    }
    let mut place = convert::to_js(env, place, Names::Kept)?.coerce_to_object()?;
    if let Some(cause) = cause {
        place.set_named_property("cause", cause)?;
    } else if let Some(thrown) =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<napi::Error>())
    {
        place.set_named_property("cause", napi::JsError::from(thrown.try_clone()?).into_unknown(*env))?;
    }
    Addon::of(env)?.error_class.borrow_back(env)?.new_instance((error.to_string(), place).into())
}

/// Options go by the names that the caller wrote. A field with a line is one of a file, and keeps the file's name.
fn renamed(error: Error) -> Error {
    match error.field_name().map(convert::camel) {
        Some(field) if error.line_number().is_none() => error.field(field),
        _ => error,
    }
}

/// An argument that is not what it should be.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorCode::ConfigInvalid, message).field(field)
}

/// What the caller's own code threw while its values were read, and is still in the air.
pub(crate) fn pending(env: &Env) -> Option<napi::Error> {
    // A call answers at once with the exception in the air, if there is one, and takes it.
    let idle = Addon::of(env).and_then(|addon| addon.idle.borrow_back(env));
    idle.and_then(|idle| idle.call(())).err()
}

/// A failure of the JavaScript engine itself: a getter that throws, for instance.
pub(crate) fn foreign(field: &str) -> impl Fn(napi::Error) -> Error + '_ {
    move |failure| invalid(field, format!("cannot be read: {}", failure.reason))
}

/// A panic, as the error that it is reported as.
pub(crate) fn defect(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorCode::Internal, text.unwrap_or("a defect without a message")).hint("please report it")
}
