//! Python bindings of opusclip: convert, call once, convert back.
//!
//! | file | what is in it |
//! |---|---|
//! | `analyses.rs` | analyses of arrays |
//! | `balancer.rs`, `pick.rs` | a load balancer, and the guards of its requests |
//! | `business.rs`, `money.rs` | business figures of columns |
//! | `collector.rs` | metrics recorded and asked |
//! | `calls.rs` | one function per call of the core |
//! | `pool.rs` | worker processes |
//! | `scaler.rs` | the scaling engine, and recorded traffic played against it |
//! | `words.rs` | those about transcripts and texts |
//! | `discovery.rs` | lists of instances from elsewhere, and what HTTP says about sending again |
//! | `upkeep.rs` | what keeps the instances of a load balancer as they should be |
//! | `job.rs` | long calls: a worker thread, progress callbacks, Ctrl-C, cancellation |
//! | `part.rs` | the part of an analysis, which Python only hands on |
//! | `hooks.rs` | callbacks written in Python |
//! | `errors.rs` | the core's error as a Python exception |
//!
//! The Python sources in `python/opusclip` wrap these functions in types, defaults and documentation.

mod analyses;
mod balancer;
mod business;
mod calls;
mod collector;
mod discovery;
mod errors;
mod hooks;
mod job;
mod money;
mod part;
mod pick;
mod pool;
mod scaler;
mod upkeep;
mod words;

use pyo3::prelude::*;

/// The compiled part of `opusclip`; use the functions of the package instead.
#[pymodule]
mod _opusclip {
    #[pymodule_export]
    use super::analyses::{
        correlate, correlate_all, detect_anomalies, forecast, forecast_time_to_limit, moved_together, time_to_limit,
        trend,
    };
    #[pymodule_export]
    use super::balancer::{Balancer, Subset, balance_cases};
    #[pymodule_export]
    use super::business::{arm_of, compare, drivers, funnel, retention, users};
    #[pymodule_export]
    use super::calls::{
        analysis_to_csv, analysis_to_html, analyze, analyze_part, cache_info, check_upload, clear_cache, error_codes,
        export, extract_clips, ffmpeg_version, merge_parts, probe, read_manifest, render, run_cli, schema, select,
        selection_to_html,
    };
    #[pymodule_export]
    use super::collector::{Collector, Counter, Distinct, Distribution};
    #[pymodule_export]
    use super::discovery::{
        instances_of_addresses, instances_of_slices, instances_of_srv, is_idempotent, is_retryable, retry_after,
    };
    #[pymodule_export]
    use super::job::CancelToken;
    #[pymodule_export]
    use super::money::{
        cohort_values, customers, expected_purchases, expected_value, fit_bg_nbd, fit_gamma_gamma, lifetime_value, mrr,
        probability_alive, revenue,
    };
    #[pymodule_export]
    use super::part::AnalysisPart;
    #[pymodule_export]
    use super::pick::{Pick, Ready};
    #[pymodule_export]
    use super::pool::Pool;
    #[pymodule_export]
    use super::scaler::{
        Scaler, read_trace, recommend_scaling, scaling_cases, scaling_config, scaling_to_html, simulate_joint,
        simulate_scaling,
    };
    #[pymodule_export]
    use super::upkeep::{CheckRules, Fleet, Refresh};
    #[pymodule_export]
    use super::words::{
        read_subtitles, read_transcript, segment_topics, to_wav, transcribe, transcript_to_srt, transcript_to_vtt,
    };

    /// The package's version.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
