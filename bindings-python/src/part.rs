//! The part of an analysis, which Python only hands on.

use opusclip_core::clip;
use opusclip_core::config::from_deserializer;
use pyo3::prelude::*;

use crate::errors::{internal, or_raise};

/// What `analyze_part` found in one stretch of a file, for `merge_parts`.
///
/// It can be pickled, and sent to other processes and machines as JSON. What is in it is the library's own business.
#[pyclass(frozen, eq, module = "opusclip")]
#[derive(PartialEq)]
pub(crate) struct AnalysisPart(pub(crate) clip::AnalysisPart);

#[pymethods]
impl AnalysisPart {
    // Unpickling calls it.
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        Self::from_json(py, text)
    }

    /// Read what `to_json` wrote.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        let part = from_deserializer(&mut serde_json::Deserializer::from_str(text));
        Ok(Self(or_raise(py, part)?))
    }

    /// All of it as a text.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        serde_json::to_string(&self.0).map_err(|error| internal(py, format!("cannot write the part: {error}")))
    }

    fn __getnewargs__(&self, py: Python<'_>) -> PyResult<(String,)> {
        Ok((self.to_json(py)?,))
    }
}
