//! Puts a file of cases with known results through the load balancer: `cargo run --example cases -- lb_cases.json`.
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use opusclip_core::balance::cases::run;
use opusclip_core::{Error, ErrorCode, Result};

fn main() -> Result<()> {
    let file = std::env::args().nth(1).ok_or_else(|| {
        Error::new(ErrorCode::ConfigInvalid, "no file was named").field("FILE").hint("name a JSON file with cases")
    })?;
    let invalid = |message: String| Error::new(ErrorCode::DataInvalid, message).file(&file);
    let text = std::fs::read_to_string(&file).map_err(|error| invalid(error.to_string()))?;
    let cases = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    let outcomes = run(&cases)?;
    for outcome in outcomes.iter().filter(|outcome| !outcome.passed) {
        println!("{} ({}): {}", outcome.id, outcome.kind, outcome.detail);
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    println!("{passed} passed, {} failed", outcomes.len() - passed);
    Ok(())
}
