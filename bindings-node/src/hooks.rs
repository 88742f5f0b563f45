//! Callbacks written in JavaScript, as the core calls them: it asks from a thread of its own, the answer is made on the
//! main thread, at once or by a promise.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use napi::bindgen_prelude::{FnArgs, Function, JsObjectValue as _, JsValue as _, Object, Unknown};
use napi::threadsafe_function::{ThreadsafeCallContext, ThreadsafeFunctionCallMode};
use napi::{Env, ValueType};
use opusclip_core::clip::JsonHook;
use opusclip_core::{Error, ErrorCode, Result};
use serde_json::Value;

use crate::convert::{self, Names};
use crate::errors::{foreign, invalid};

/// What is called with something to answer.
pub(crate) type Callback<'a> = Function<'a, FnArgs<(Unknown<'static>,)>, Unknown<'static>>;

type Answer = Sender<Result<Value>>;

/// A callback as the core calls it.
pub(crate) fn json(name: &'static str, callback: &Callback<'_>) -> Result<JsonHook> {
    // One that never answers must not keep the process alive; the job's promise does that as long as it has to.
    let function = callback
        .build_threadsafe_function::<Value>()
        .weak::<true>()
        .build_callback(|call: ThreadsafeCallContext<Value>| {
            Ok(FnArgs::from((convert::to_js(&call.env, call.value, Names::Camel)?,)))
        })
        .map_err(foreign(name))?;
    Ok(Arc::new(move |input| {
        let (sender, receiver) = channel();
        let _ = function.call_with_return_value(
            input,
            ThreadsafeFunctionCallMode::NonBlocking,
            move |returned: napi::Result<Unknown<'static>>, env| {
                match returned {
                    Ok(answer) => settle(&env, name, answer, &sender),
                    Err(thrown) => reply(&sender, Err(failed(thrown))),
                }
                Ok(())
            },
        );
        receiver.recv().unwrap_or_else(|_| Err(Error::new(ErrorCode::CallbackFailed, "the environment has closed")))
    }))
}

/// Hand over an answer, or wait for that of a promise.
fn settle(env: &Env, name: &'static str, answer: Unknown<'_>, sender: &Answer) {
    let waits = answer.is_promise().unwrap_or(false).then(|| wait(env, name, answer, sender));
    match waits {
        None => reply(sender, read(name, answer)),
        Some(Ok(())) => {}
        Some(Err(failure)) => reply(sender, Err(failed(failure))),
    }
}

fn wait(env: &Env, name: &'static str, promise: Unknown<'_>, sender: &Answer) -> napi::Result<()> {
    type Then<'a> = Function<'a, FnArgs<(Unknown<'a>, Unknown<'a>)>, Unknown<'a>>;
    let (resolved, rejected) = (sender.clone(), sender.clone());
    let resolve: Function<'_, FnArgs<(Unknown<'_>,)>, ()> =
        env.create_function_from_closure("resolve", move |call| {
            reply(&resolved, read(name, call.get::<Unknown<'_>>(0)?));
            Ok(())
        })?;
    let reject: Function<'_, FnArgs<(Unknown<'_>,)>, ()> = env.create_function_from_closure("reject", move |call| {
        let reason = call.get::<Unknown<'_>>(0)?;
        reply(&rejected, Err(failed(napi::Error::from(reason))));
        Ok(())
    })?;
    let promise = promise.coerce_to_object()?;
    let then = promise.get_named_property::<Then<'_>>("then")?;
    then.apply(promise, (resolve.to_unknown(), reject.to_unknown()).into()).map(|_| ())
}

fn read(name: &str, answer: Unknown<'_>) -> Result<Value> {
    let value = convert::from_js(answer, name)
        .map_err(|error| Error::new(ErrorCode::CallbackInvalid, error.message()).field(name))?;
    Ok(value.unwrap_or(Value::Null))
}

fn reply(sender: &Answer, answer: Result<Value>) {
    // A failed send means that the core waits no more.
    drop(sender.send(answer));
}

/// What a callback threw, which becomes the cause of our own error.
fn failed(thrown: napi::Error) -> Error {
    Error::new(ErrorCode::CallbackFailed, thrown.reason.to_string()).caused_by(thrown)
}

/// The callback of this name among the options.
pub(crate) fn member(options: &Object<'_>, name: &'static str) -> Result<Option<JsonHook>> {
    let value = options.get_named_property::<Unknown<'_>>(name).map_err(foreign(name))?;
    match value.get_type().map_err(foreign(name))? {
        ValueType::Undefined => Ok(None),
        ValueType::Function => {
            let callback = options.get_named_property::<Callback<'_>>(name).map_err(foreign(name))?;
            json(name, &callback).map(Some)
        }
        other => Err(invalid(name, format!("a {} is no function", convert::kind(other)))),
    }
}
