//! Worker processes for Python.

use std::sync::Arc;

use opusclip_core::scaling::ScalingRequest;
use opusclip_core::scaling::pool::ProcessPool;
use pyo3::prelude::*;

use crate::calls::{from_python, to_python};
use crate::errors::or_raise;
use crate::job::Watch;
use crate::pick::placed;

/// Worker processes, as many as were asked for; `opusclip.performance.ProcessPool` documents it.
#[pyclass(frozen, module = "opusclip._opusclip")]
pub(crate) struct Pool(Arc<ProcessPool>);

#[pymethods]
impl Pool {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let pool = from_python(options).and_then(ProcessPool::new);
        or_raise(py, pool).map(|pool| Self(Arc::new(pool)))
    }

    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.options())
    }

    fn scale_to(&self, py: Python<'_>, instances: &Bound<'_, PyAny>) -> PyResult<()> {
        let asked = placed(instances, "instances").and_then(|instances| self.0.scale_to(instances));
        or_raise(py, asked)
    }

    fn wait<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let pool = Arc::clone(&self.0);
        let status = Watch::new(None, None).run(py, move |control| pool.wait(timeout, control))?;
        to_python(py, &status)
    }

    fn execute<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'py, PyAny>,
        timeout: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request: ScalingRequest = or_raise(py, placed(request, "request"))?;
        let pool = Arc::clone(&self.0);
        let status = Watch::new(None, None).run(py, move |control| pool.execute(&request, timeout, control))?;
        to_python(py, &status)
    }

    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.status())
    }

    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let pool = Arc::clone(&self.0);
        Watch::new(None, None).run(py, move |control| pool.stop(control))
    }
}
