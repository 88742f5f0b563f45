//! Arguments taken apart. Only their JavaScript types are checked here; what they mean is the core's business.

use std::path::PathBuf;
use std::sync::Arc;

use napi::ValueType;
use napi::bindgen_prelude::{FnArgs, Function, JsObjectValue as _, JsValue as _, Object, Unknown};
use opusclip_core::clip::{Hooks, JsonHook, SubjectHook, Transcriber};
use opusclip_core::{Result, config};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::errors::{foreign, invalid};
use crate::{convert, hooks};

/// What is called with how far the work has come.
pub(crate) type Listener<'a> = Function<'a, FnArgs<(Unknown<'static>,)>, Unknown<'static>>;

/// The last argument of a call that takes time.
#[derive(Default)]
pub(crate) struct Options<'a> {
    pub(crate) signal: Option<Object<'a>>,
    pub(crate) on_progress: Option<Listener<'a>>,
    hooks: Vec<(&'static str, JsonHook)>,
    engine: Option<Arc<dyn Transcriber>>,
    detector: Option<SubjectHook>,
    rest: Map<String, Value>,
}

impl<'a> Options<'a> {
    /// Options of a call that takes no callbacks but a listener.
    pub(crate) fn read(options: Unknown<'a>) -> Result<Self> {
        Self::read_with(options, &[], None, None)
    }

    /// Options of a call that takes these callbacks as well, and a speech engine and a detector by these names.
    pub(crate) fn read_with(
        options: Unknown<'a>,
        callbacks: &[&'static str],
        engine: Option<&'static str>,
        detector: Option<&'static str>,
    ) -> Result<Self> {
        let wrong = foreign("options");
        match options.get_type().map_err(&wrong)? {
            ValueType::Undefined => return Ok(Self::default()),
            ValueType::Object if !options.is_array().map_err(&wrong)? => {}
            ValueType::Object => return Err(invalid("options", "an array is no set of options")),
            other => return Err(invalid("options", format!("a {} is no set of options", convert::kind(other)))),
        }
        let object = options.coerce_to_object().map_err(&wrong)?;
        let mut read = Self { signal: signal(&object)?, on_progress: listener(&object)?, ..Self::default() };
        for &name in callbacks {
            read.hooks.extend(hooks::json(&object, name)?.map(|hook| (name, hook)));
        }
        if let Some(name) = engine {
            read.engine = hooks::transcriber(&object, name)?;
        }
        if let Some(name) = detector {
            read.detector = hooks::subjects(&object, name)?;
        }
        for name in Object::keys(&object).map_err(&wrong)? {
            let known = ["signal", "onProgress"].iter().chain(&engine).chain(&detector).chain(callbacks);
            if known.into_iter().any(|known| *known == name) {
                continue;
            }
            let value = object.get_named_property::<Unknown<'_>>(&name).map_err(foreign(&name))?;
            if let Some(value) = convert::from_js(value, &name)?
                && read.rest.insert(convert::snake(&name), value).is_some()
            {
                return Err(invalid(&name, "given twice, in both spellings"));
            }
        }
        Ok(read)
    }

    /// Take out the callbacks.
    pub(crate) fn hooks(&mut self) -> Hooks {
        let mut given = std::mem::take(&mut self.hooks);
        Hooks::from_json(|name| {
            let at = given.iter().position(|(held, _)| *held == name)?;
            Some(given.swap_remove(at).1)
        })
    }

    /// Take out the speech engine.
    pub(crate) fn engine(&mut self) -> Option<Arc<dyn Transcriber>> {
        self.engine.take()
    }

    /// Take out the detector.
    pub(crate) fn detector(&mut self) -> Option<SubjectHook> {
        self.detector.take()
    }

    /// Take out the folder for the output.
    pub(crate) fn out_dir(&mut self) -> Result<Option<PathBuf>> {
        match self.rest.remove("out_dir") {
            None => Ok(None),
            Some(Value::String(path)) => Ok(Some(path.into())),
            Some(_) => Err(convert::wrong_path("out_dir", "it is no path")),
        }
    }

    /// Take these out.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, names: &[&str]) -> Result<T> {
        config::from_json(Value::Object(names.iter().filter_map(|name| self.rest.remove_entry(*name)).collect()))
    }

    /// What is left, as the core reads it.
    pub(crate) fn rest<T: DeserializeOwned>(&mut self) -> Result<T> {
        config::from_json(Value::Object(std::mem::take(&mut self.rest)))
    }
}

fn member<'a>(object: &Object<'a>, name: &str) -> Result<Option<Unknown<'a>>> {
    let value = object.get_named_property::<Unknown<'a>>(name).map_err(foreign(name))?;
    Ok(match value.get_type().map_err(foreign(name))? {
        ValueType::Undefined => None,
        _ => Some(value),
    })
}

fn signal<'a>(options: &Object<'a>) -> Result<Option<Object<'a>>> {
    let Some(value) = member(options, "signal")? else { return Ok(None) };
    let wrong = || invalid("signal", "it is no AbortSignal");
    if value.get_type().map_err(foreign("signal"))? != ValueType::Object {
        return Err(wrong());
    }
    let signal = value.coerce_to_object().map_err(foreign("signal"))?;
    for (name, kind) in [
        ("aborted", ValueType::Boolean),
        ("addEventListener", ValueType::Function),
        ("removeEventListener", ValueType::Function),
    ] {
        let found = member(&signal, name)?.map(|member| member.get_type()).transpose().map_err(foreign("signal"))?;
        if found != Some(kind) {
            return Err(wrong());
        }
    }
    Ok(Some(signal))
}

fn listener<'a>(options: &Object<'a>) -> Result<Option<Listener<'a>>> {
    let Some(value) = member(options, "onProgress")? else { return Ok(None) };
    match value.get_type().map_err(foreign("onProgress"))? {
        ValueType::Function => options.get_named_property("onProgress").map(Some).map_err(foreign("onProgress")),
        other => Err(invalid("onProgress", format!("a {} is no function", convert::kind(other)))),
    }
}
