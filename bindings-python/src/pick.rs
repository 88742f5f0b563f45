//! A request of a load balancer: what it asks for, and the guard of the instance that it got.
#![allow(clippy::needless_pass_by_value, reason = "arguments of Python are handed over by value")]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use opusclip_core::balance::{OwnedPick, PickRequest, RequestEnd, RequestOutcome};
use opusclip_core::{Error, ErrorCode, Result};
use pyo3::exceptions::{PyException, PyStopIteration};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyString, PyType};
use serde::de::DeserializeOwned;
use smallvec::SmallVec;

use crate::calls::from_python;
use crate::collector::seconds;
use crate::errors::{exception, or_raise};

pub(crate) type Time<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// An instance that was picked for a request, which is in flight until this is left, reported or dropped.
///
/// The first end counts: whatever is told later changes nothing. Dropped without an end, the request counts as
/// cancelled. Any thread may end it.
#[pyclass(frozen, freelist = 256, module = "opusclip.performance")]
pub(crate) struct Pick {
    /// Seconds from the system's clock to that of the request.
    ahead: f64,
    core: Mutex<OwnedPick>,
}

#[pymethods]
impl Pick {
    /// Tell how the request ended, if nobody has.
    ///
    /// Parameters
    /// ----------
    /// outcome : RequestOutcome, optional
    ///     How it ended, default a success.
    /// status : int, optional
    ///     The HTTP status, in place of an outcome.
    /// retry_after : float, optional
    ///     For how many seconds the instance wants to be left alone (``Retry-After``).
    /// now : float or datetime, optional
    ///     When it ended, default the time that has gone by since it began.
    ///
    /// Returns
    /// -------
    /// bool
    ///     Whether it was in flight until now.
    #[pyo3(signature = (outcome=None, *, status=None, retry_after=None, now=None))]
    fn report(
        &self,
        py: Python<'_>,
        outcome: Option<&Bound<'_, PyAny>>,
        status: Option<i64>,
        retry_after: Option<f64>,
        now: Time<'_, '_>,
    ) -> PyResult<bool> {
        let now = now.map_or_else(|| Ok(self.now()), seconds)?;
        let end = or_raise(py, RequestEnd::new(said(py, outcome)?, status, retry_after, now))?;
        Ok(self.core().end(end))
    }

    /// The id of the instance.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.core().id())
    }

    /// What the instance was added with.
    #[getter]
    fn metadata(&self) -> BTreeMap<String, String> {
        self.core().metadata().cloned().unwrap_or_default()
    }

    /// When the request began, in Unix seconds.
    #[getter]
    fn begun(&self) -> f64 {
        self.core().begun()
    }

    /// Whether the request is in flight no longer.
    #[getter]
    fn ended(&self) -> bool {
        !self.core().is_open()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(
        &self,
        exc_type: &Bound<'_, PyAny>,
        _exc_value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let outcome = if exc_type.is_none() {
            RequestOutcome::Success
        } else if exc_type.cast::<PyType>()?.is_subclass_of::<PyException>()? {
            RequestOutcome::LocalError
        } else {
            RequestOutcome::Cancelled
        };
        self.core().end(RequestEnd::of(outcome, self.now()));
        Ok(false)
    }

    fn __aenter__(slf: Py<Self>) -> Ready {
        Ready(Some(slf.into_any()))
    }

    fn __aexit__(
        &self,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<Ready> {
        self.__exit__(exc_type, exc_value, traceback)?;
        Ok(Ready(None))
    }

    fn __repr__(&self) -> String {
        let core = self.core();
        format!("Pick({}, {})", core.id(), if core.is_open() { "in flight" } else { "ended" })
    }
}

impl Pick {
    pub(crate) fn new(core: OwnedPick, ahead: f64) -> Self {
        Self { ahead, core: Mutex::new(core) }
    }

    fn core(&self) -> MutexGuard<'_, OwnedPick> {
        // Nothing that a panic could leave half done is behind it.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> f64 {
        clock() + self.ahead
    }
}

/// Something to await that is there already: a coroutine would cost a frame.
#[pyclass(frozen, module = "opusclip.performance")]
pub(crate) struct Ready(Option<Py<PyAny>>);

#[pymethods]
impl Ready {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<()> {
        Err(PyStopIteration::new_err((self.0.as_ref().map(|value| value.clone_ref(py)),)))
    }
}

/// What a request asks for, as Python gave it.
pub(crate) struct Asked {
    key: Option<Key>,
    exclude: SmallVec<[PyBackedStr; USUAL]>,
}

enum Key {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
}

/// More excluded ids than these are kept on the heap.
const USUAL: usize = 4;

impl Asked {
    pub(crate) fn read(
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        exclude: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let key = match key {
            None => None,
            Some(key) => Some(Key::read(py, key)?),
        };
        let mut ids = SmallVec::new();
        if let Some(exclude) = exclude {
            if exclude.is_instance_of::<PyString>() {
                return Err(invalid(py, "exclude", "exclude is a text", "give a list of ids"));
            }
            for id in exclude.try_iter()? {
                let id = id?.extract().map_err(|_| invalid(py, "exclude", "one of exclude is no text", "give ids"))?;
                ids.push(id);
            }
        }
        Ok(Self { key, exclude: ids })
    }

    pub(crate) fn with<T>(&self, call: impl FnOnce(&PickRequest<'_>) -> T) -> T {
        let exclude: SmallVec<[&str; USUAL]> = self.exclude.iter().map(|id| &**id).collect();
        let key = self.key.as_ref().map(|key| match key {
            Key::Text(text) => text.as_bytes(),
            Key::Bytes(bytes) => bytes,
        });
        call(&PickRequest { key, exclude: &exclude, ..PickRequest::default() })
    }
}

impl Key {
    fn read(py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = key.extract() {
            return Ok(Self::Text(text));
        }
        let bytes = key.extract().map(Self::Bytes);
        bytes.map_err(|_| invalid(py, "key", "key is neither text nor bytes", "give str(key)"))
    }
}

fn invalid(py: Python<'_>, field: &str, message: &str, hint: &str) -> PyErr {
    exception(py, &Error::new(ErrorCode::ConfigInvalid, message).field(field).hint(hint))
}

pub(crate) fn said(py: Python<'_>, outcome: Option<&Bound<'_, PyAny>>) -> PyResult<Option<RequestOutcome>> {
    let read = outcome.map(|outcome| from_python(outcome).map_err(|error| error.field("outcome")));
    or_raise(py, read.transpose())
}

/// Read an argument; errors name the place within it.
pub(crate) fn placed<T: DeserializeOwned>(given: &Bound<'_, PyAny>, field: &str) -> Result<T> {
    from_python(given).map_err(|error| {
        let place = error.field_name().map_or_else(|| field.to_owned(), |name| format!("{field}.{name}"));
        error.field(place)
    })
}

/// The system's clock in Unix seconds.
pub(crate) fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A time, or the system's clock.
pub(crate) fn time(now: Time<'_, '_>) -> PyResult<f64> {
    now.map_or_else(|| Ok(clock()), seconds)
}
