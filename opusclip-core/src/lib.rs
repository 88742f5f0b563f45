//! Long video in, short ready-to-post clips out.
//!
//! | module | what is in it |
//! |---|---|
//! | [`clip`] | probe, analyse, choose, render: the main job, and each stage of it alone |
//! | `analytics` | metrics recorded and asked: windows, trends, anomalies, forecasts, business figures; with the feature of that name |
//! | `balance` | which instance gets a request: strategies, health, draining, retries; with the feature of that name |
//! | `scaling` | how many instances should run: strategies, forecasts, costs; with the feature of that name |
//! | `joint` | scaling and balancing played together over recorded traffic; where both features are on |
//! | [`error`] | one [`Error`] with stable codes |
//! | [`control`] | progress, cancellation and time limits of long work |
//! | [`time`] | exact media time |
//! | [`config`] | options checked when they are built, read the same way in every language |
//! | [`schema`] | JSON Schemas of everything that crosses a language border |
//! | `cli` | the `opusclip` command, with the feature of that name |
//!
//! The whole job is one call:
//!
//! ```no_run
//! use opusclip_core::{Control, clip::Extract};
//! let report = Extract::from("talk.mp4").transcript("talk.srt").count(3).run("clips", &Control::new())?;
//! for clip in &report.clips {
//!     println!("{} {:.1}-{:.1} s, score {:.2}", clip.video.display(), clip.start, clip.end, clip.score);
//! }
//! # Ok::<(), opusclip_core::Error>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "analytics")]
pub mod analytics;
#[cfg(feature = "balance")]
pub mod balance;
#[cfg(feature = "scaling")]
mod chart;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "clip")]
pub mod clip;
pub mod config;
pub mod control;
pub mod error;
#[cfg(any(feature = "analytics", feature = "clip"))]
mod files;
#[cfg(all(feature = "balance", feature = "scaling"))]
pub mod joint;
#[cfg(any(feature = "clip", feature = "scaling"))]
mod page;
#[cfg(feature = "scaling")]
pub mod scaling;
#[cfg(any(feature = "analytics", feature = "balance", feature = "clip", feature = "scaling"))]
pub mod schema;
pub mod time;
#[cfg(any(feature = "balance", feature = "scaling"))]
mod virtual_time;

pub use control::{CancelToken, Control, Progress};
pub use error::{Error, ErrorCode, Result};
