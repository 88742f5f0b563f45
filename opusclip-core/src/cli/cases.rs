//! Files of JSON, and cases with known results in them, of whichever engine.

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{Stop, emit};
use crate::error::{Error, ErrorCode, Result};

pub(super) fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| Error::new(ErrorCode::DataInvalid, error.to_string()).file(file))
}

pub(super) fn read_json(file: &Path) -> Result<Value> {
    serde_json::from_str(&read(file)?).map_err(|error| Error::new(ErrorCode::DataInvalid, error.to_string()).file(file))
}

/// What became of a case.
pub(super) struct Told<'a> {
    pub(super) passed: bool,
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) detail: &'a str,
}

/// Run the cases of a file and print those that fail, and how many pass.
pub(super) fn report<T: Serialize>(
    out: &mut dyn Write,
    json: bool,
    file: &Path,
    run: impl FnOnce(&Value) -> Result<Vec<T>>,
    told: impl Fn(&T) -> Told<'_>,
) -> Result<(), Stop> {
    let outcomes = run(&read_json(file)?).map_err(|error| error.file(file))?;
    let passed = outcomes.iter().filter(|outcome| told(outcome).passed).count();
    emit(out, json, &outcomes, |out, outcomes| {
        for Told { id, kind, detail, .. } in outcomes.iter().map(&told).filter(|told| !told.passed) {
            writeln!(out, "{id} ({kind}): {detail}")?;
        }
        writeln!(out, "{passed} passed, {} failed", outcomes.len() - passed)
    })?;
    if passed == outcomes.len() {
        return Ok(());
    }
    out.flush()?;
    Err(Stop::CheckFailed)
}
