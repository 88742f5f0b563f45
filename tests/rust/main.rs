//! The core and the `opusclip` command seen from outside: real files in, finished files out, checked with `ffprobe` and
//! FFmpeg's own filters.
//!
//! The media come from `make media`. Tests that need the optional samples, `strace` or a mount say so and pass where
//! these are missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a test fails by panicking, and says on standard error what it leaves out"
)]

#[cfg(feature = "rav1e")]
mod av1;
mod bad_input;
mod bad_manifest;
mod bad_output;
mod cache;
mod choosing;
mod cli;
mod control;
mod edit;
mod extract;
mod finished;
mod framing;
mod fuzz;
mod handover;
mod hostile;
mod inspect;
mod joints;
#[cfg(unix)]
mod killed;
mod parsers;
mod parts;
mod picture;
mod platforms;
mod probe;
mod render;
mod seen;
mod sound;
mod support;
mod transcribe;
mod transcripts;
mod vectors;
