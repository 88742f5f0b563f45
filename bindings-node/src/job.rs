//! Work off the main thread, seen from JavaScript as a promise.
//!
//! Each job has a thread of its own, so that Node's small pool stays free for files and names. The promise is settled
//! when the thread is done *and* every progress report has been heard: whoever holds the last share of [`Ending`] ends
//! the job. An abort asks the core to stop, and the promise is rejected once it has, with nothing left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use napi::bindgen_prelude::{
    FnArgs, Function, FunctionRef, JsObjectValue as _, JsValue as _, Object, ObjectRef, Unknown,
};
use napi::threadsafe_function::{ThreadsafeCallContext, ThreadsafeFunctionCallMode};
use napi::{Env, JsDeferred};
use opusclip_core::{CancelToken, Control, Error, ErrorCode, Progress, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::convert::{self, Names};
use crate::options::{Listener, Options};
use crate::{Addon, errors};

type Resolver = Box<dyn FnOnce(Env) -> napi::Result<Unknown<'static>> + Send>;

/// Start what `prepare` makes of the arguments; every failure, also one of `prepare`, rejects the promise.
pub(crate) fn start<'env, 'a, T, W, P>(env: &'env Env, prepare: P) -> napi::Result<Object<'env>>
where
    T: Serialize,
    W: FnOnce(&Control) -> Result<T> + Send + 'static,
    P: FnOnce() -> Result<(Options<'a>, W)>,
{
    let (deferred, promise) = env.create_deferred::<Unknown<'static>, Resolver>()?;
    let ending = Ending { deferred: Some(deferred), abort: None, result: None, thrown: None };
    let ending = Arc::new(Mutex::new(ending));
    if let Err(failure) = launch(env, &ending, prepare) {
        // Where the caller's own code threw (a getter, a strange signal), that exception is the better answer.
        lock(&ending).thrown = Some(errors::pending(env).unwrap_or(failure));
    }
    Ok(promise)
}

fn launch<'a, T, W, P>(env: &Env, ending: &Arc<Mutex<Ending>>, prepare: P) -> napi::Result<()>
where
    T: Serialize,
    W: FnOnce(&Control) -> Result<T> + Send + 'static,
    P: FnOnce() -> Result<(Options<'a>, W)>,
{
    let (options, work) = guarded(prepare).map_err(|error| errors::thrown(env, error, None))?;
    let token = CancelToken::new();
    let mut control = Control::new().with_cancel(token.clone());
    if let Some(signal) = options.signal {
        lock(ending).abort = Some(Abort::listen(env, &signal, &token)?);
        if signal.get_named_property::<bool>("aborted")? {
            token.cancel();
            lock(ending).result = Some(control.check().map(|()| Value::Null));
            return Ok(());
        }
    }
    if let Some(listener) = options.on_progress {
        control = report(control, &listener, &token, ending)?;
    }
    let share = Arc::clone(ending);
    let thread = Builder::new().name("opusclip".into()).spawn(move || {
        let result = guarded(|| json(&work(&control)?));
        // The control holds the listener, and with it a share of the ending.
        drop(control);
        lock(&share).result = Some(result);
    });
    let thread = thread.map_err(|error| {
        let message = format!("no thread could be started: {error}");
        errors::thrown(env, Error::new(ErrorCode::LimitExceeded, message), None)
    })?;
    Addon::of(env)?.jobs.add(token, thread);
    Ok(())
}

/// Do something short at once, on the main thread.
pub(crate) fn at_once<T: Serialize>(
    env: &Env,
    names: Names,
    work: impl FnOnce() -> Result<T>,
) -> napi::Result<Unknown<'static>> {
    match guarded(|| json(&work()?)) {
        Ok(value) => convert::to_js(env, value, names),
        Err(error) => Err(errors::pending(env).unwrap_or_else(|| errors::thrown(env, error, None))),
    }
}

fn json<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("the result cannot be handed over: {error}")))
}

/// A panic must not end the process; it is reported as the defect that it is.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Nothing that a panic could leave half done is used afterwards.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(errors::defect(&*panic)))
}

/// Nothing that is kept behind these locks can be half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Let the listener hear, on the main thread, how far the work has come. If it throws, the work stops.
fn report(
    control: Control,
    listener: &Listener<'_>,
    token: &CancelToken,
    ending: &Arc<Mutex<Ending>>,
) -> napi::Result<Control> {
    let listener =
        listener.build_threadsafe_function::<Progress>().build_callback(|call: ThreadsafeCallContext<Progress>| {
            let Progress { stage, fraction, remaining } = call.value;
            let progress = json!({"stage": stage, "fraction": fraction, "remaining": remaining});
            Ok(FnArgs::from((convert::to_js(&call.env, progress, Names::Camel)?,)))
        })?;
    let (token, ending) = (token.clone(), Arc::clone(ending));
    Ok(control.on_progress(move |progress| {
        let (token, ending) = (token.clone(), Arc::clone(&ending));
        // Only a closing environment refuses a call, and then nobody listens any more.
        let _ = listener.call_with_return_value(
            progress.clone(),
            ThreadsafeFunctionCallMode::NonBlocking,
            move |returned: napi::Result<Unknown<'static>>, _env| {
                if let Err(thrown) = returned {
                    token.cancel();
                    lock(&ending).thrown.get_or_insert(thrown);
                }
                Ok(())
            },
        );
    }))
}

/// How a job ends. Dropping it settles the promise.
struct Ending {
    deferred: Option<JsDeferred<Unknown<'static>, Resolver>>,
    abort: Option<Abort>,
    result: Option<Result<Value>>,
    /// What the caller's own code threw; it goes before the result.
    thrown: Option<napi::Error>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(deferred) = self.deferred.take() else { return };
        let (abort, thrown) = (self.abort.take(), self.thrown.take());
        let result = self.result.take();
        deferred.resolve(Box::new(move |env| {
            let reason = abort.map(|abort| abort.end(&env)).transpose()?;
            if let Some(thrown) = thrown {
                return Err(thrown);
            }
            match result.unwrap_or_else(|| Err(Error::new(ErrorCode::Internal, "the job ended without a result"))) {
                Ok(value) => convert::to_js(&env, value, Names::Camel),
                Err(error) => {
                    let cause = reason.filter(|_| error.code() == ErrorCode::Cancelled);
                    Err(errors::thrown(&env, error, cause))
                }
            }
        }));
    }
}

type OnAbort = FunctionRef<(), ()>;

/// A job's ear at an `AbortSignal`.
struct Abort {
    signal: ObjectRef<false>,
    listener: OnAbort,
}

impl Abort {
    fn listen(env: &Env, signal: &Object<'_>, token: &CancelToken) -> napi::Result<Self> {
        let token = token.clone();
        let listener: Function<'_, (), ()> = env.create_function_from_closure("onAbort", move |_| {
            token.cancel();
            Ok(())
        })?;
        subscription(signal, "addEventListener", listener)?;
        Ok(Self { signal: signal.create_ref()?, listener: listener.create_ref()? })
    }

    /// Listen no more; returns the signal's reason.
    fn end(self, env: &Env) -> napi::Result<Unknown<'static>> {
        let signal = self.signal.get_value(env)?;
        subscription(&signal, "removeEventListener", self.listener.borrow_back(env)?)?;
        let reason = signal.get_named_property::<Unknown<'_>>("reason")?.raw();
        self.signal.unref(env)?;
        Ok(Object::from_raw(env.raw(), reason).to_unknown())
    }
}

fn subscription(signal: &Object<'_>, method: &str, listener: Function<'_, (), ()>) -> napi::Result<()> {
    type Method<'a> = Function<'a, FnArgs<(String, Unknown<'a>)>, Unknown<'a>>;
    let method = signal.get_named_property::<Method<'_>>(method)?;
    method.apply(signal, ("abort".to_owned(), listener.to_unknown()).into()).map(|_| ())
}

/// See to it that the end of the process or of a worker stops the jobs, which then clean up after themselves.
pub(crate) fn stop_at_exit(env: &Env, jobs: &Jobs) -> napi::Result<()> {
    type Once<'a> = Function<'a, FnArgs<(String, Unknown<'a>)>, Unknown<'a>>;
    let leaving = jobs.clone();
    let leave: Function<'_, (), ()> = env.create_function_from_closure("stopJobs", move |_| {
        leaving.stop();
        Ok(())
    })?;
    let process = env.get_global()?.get_named_property::<Object<'_>>("process")?;
    let once = process.get_named_property::<Once<'_>>("once")?;
    once.apply(process, ("exit".to_owned(), leave.to_unknown()).into())?;
    // `worker.terminate()` tells nobody in JavaScript.
    env.add_env_cleanup_hook(jobs.clone(), |jobs| jobs.stop()).map(|_| ())
}

/// The jobs of one environment.
#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Running>>>);

type Running = (CancelToken, JoinHandle<()>);

impl Jobs {
    fn add(&self, token: CancelToken, thread: JoinHandle<()>) {
        let mut jobs = lock(&self.0);
        jobs.retain(|(_, thread)| !thread.is_finished());
        jobs.push((token, thread));
    }

    /// Stop them all and wait until they have cleaned up, which takes them at most 200 ms.
    pub(crate) fn stop(&self) {
        let jobs = std::mem::take(&mut *lock(&self.0));
        for (token, _) in &jobs {
            token.cancel();
        }
        for (_, thread) in jobs {
            // A job catches its own panics.
            let _ = thread.join();
        }
    }
}
