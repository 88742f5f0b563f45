//! Puts a file of cases with known results through the engine that they are of, which the file itself tells:
//! `cargo run --example cases -- lb_cases.json`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use opusclip_core::balance::cases as balance;
use opusclip_core::scaling::cases as scaling;
use opusclip_core::{Error, ErrorCode, Result};

fn main() -> Result<()> {
    let file = std::env::args().nth(1).ok_or_else(|| {
        Error::new(ErrorCode::ConfigInvalid, "no file was named").field("FILE").hint("name a JSON file with cases")
    })?;
    let invalid = |message: String| Error::new(ErrorCode::DataInvalid, message).file(&file);
    let text = std::fs::read_to_string(&file).map_err(|error| invalid(error.to_string()))?;
    let cases = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    let outcomes = outcomes(&cases)?;
    for (_, line) in outcomes.iter().filter(|(passed, _)| !passed) {
        println!("{line}");
    }
    let passed = outcomes.iter().filter(|(passed, _)| *passed).count();
    println!("{passed} passed, {} failed", outcomes.len() - passed);
    Ok(())
}

/// Whether each case passed, and what to say where not.
fn outcomes(cases: &serde_json::Value) -> Result<Vec<(bool, String)>> {
    let line = |id: &str, kind: &str, detail: &str| format!("{id} ({kind}): {detail}");
    if scaling::recognizes(cases) {
        let results = scaling::run(cases)?;
        return Ok(results.iter().map(|case| (case.passed, line(&case.id, &case.kind, &case.detail))).collect());
    }
    let outcomes = balance::run(cases)?;
    Ok(outcomes.iter().map(|case| (case.passed, line(&case.id, &case.kind, &case.detail))).collect())
}
