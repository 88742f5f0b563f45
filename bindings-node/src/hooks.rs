//! Callbacks written in JavaScript, as the core calls them: it asks from a thread of its own, the answer is made on the
//! main thread, at once or by a promise.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use napi::bindgen_prelude::{
    Buffer, Float32Array, FnArgs, Function, JsObjectValue as _, JsValue as _, Object, Uint8Array, Unknown,
};
use napi::threadsafe_function::{ThreadsafeCallContext, ThreadsafeFunctionCallMode};
use napi::{Env, ValueType};
use opusclip_core::clip::{
    AudioChunk, Hook, JsonHook, Picture, SubjectHook, Transcriber, json_subjects, json_transcriber,
};
use opusclip_core::{Error, ErrorCode, Result};
use serde_json::Value;

use crate::convert::{self, Names};
use crate::errors::{self, foreign, invalid};

/// What is called with something to answer.
pub(crate) type Callback<'a> = Function<'a, FnArgs<(Unknown<'static>,)>, Unknown<'static>>;

type Answer = Sender<Result<Value>>;

/// The callback of this name among the options.
pub(crate) fn json(options: &Object<'_>, name: &'static str) -> Result<Option<JsonHook>> {
    hook(options, name, "", |env, input| convert::to_js(env, input, Names::Camel))
}

/// The speech engine of this name among the options.
pub(crate) fn transcriber(options: &Object<'_>, name: &'static str) -> Result<Option<Arc<dyn Transcriber>>> {
    Ok(hook(options, name, "transcribe", sound)?.map(json_transcriber))
}

/// The detector of this name among the options.
pub(crate) fn subjects(options: &Object<'_>, name: &'static str) -> Result<Option<SubjectHook>> {
    Ok(hook(options, name, "", picture)?.map(json_subjects))
}

/// A callback as the core calls it, with what `argument` makes of its input. Its answers go by the name `called`, if that
/// is another one.
fn hook<I: Send + 'static>(
    options: &Object<'_>,
    name: &'static str,
    called: &'static str,
    argument: fn(&Env, I) -> napi::Result<Unknown<'static>>,
) -> Result<Option<Hook<I, Value>>> {
    let value = options.get_named_property::<Unknown<'_>>(name).map_err(foreign(name))?;
    match value.get_type().map_err(foreign(name))? {
        ValueType::Undefined | ValueType::Null => return Ok(None),
        ValueType::Function => {}
        other => return Err(invalid(name, format!("a {} is no function", convert::kind(other)))),
    }
    let callback = options.get_named_property::<Callback<'_>>(name).map_err(foreign(name))?;
    // One that never answers must not keep the process alive; the job's promise does that as long as it has to.
    let function = callback
        .build_threadsafe_function::<I>()
        .weak::<true>()
        .build_callback(move |call: ThreadsafeCallContext<I>| Ok(FnArgs::from((argument(&call.env, call.value)?,))))
        .map_err(foreign(name))?;
    let name = if called.is_empty() { name } else { called };
    Ok(Some(Arc::new(move |input| {
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
    })))
}

/// A piece of sound: where it lies, its samples, and a way to make a WAV file of them.
fn sound(env: &Env, chunk: AudioChunk) -> napi::Result<Unknown<'static>> {
    let mut object = Object::new(env)?;
    object.set_named_property("start", chunk.start)?;
    object.set_named_property("end", chunk.end)?;
    object.set_named_property("sampleRate", chunk.sample_rate)?;
    object.set_named_property("samples", Float32Array::new(chunk.samples.clone()))?;
    let wav: Function<'_, (), Buffer> = env.create_function_from_closure("toWav", move |call| {
        chunk.to_wav().map(Buffer::from).map_err(|error| errors::thrown(call.env, error, None))
    })?;
    object.set_named_property("toWav", wav)?;
    Ok(Object::from_raw(env.raw(), object.raw()).to_unknown())
}

/// A small picture: when it is shown, its size and its pixels.
fn picture(env: &Env, picture: Picture) -> napi::Result<Unknown<'static>> {
    let mut object = Object::new(env)?;
    object.set_named_property("time", picture.time)?;
    object.set_named_property("width", picture.width)?;
    object.set_named_property("height", picture.height)?;
    object.set_named_property("rgb", Uint8Array::new(picture.rgb))?;
    Ok(Object::from_raw(env.raw(), object.raw()).to_unknown())
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
