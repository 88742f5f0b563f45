//! Does a finished file keep to the upload rules of a platform?

mod measure;
mod rules;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::{Measured, measure};
use self::rules::{Rules, rules};
use crate::clip::media::{Container, Limits};
use crate::clip::render::Preset;
use crate::control::Control;
use crate::error::Result;

/// What a platform does with a file that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It refuses the file.
    Error,
    /// It takes the file, but advises against it.
    Warning,
}

/// One rule, and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadFinding {
    /// Name of the rule, such as `moov_first`.
    pub rule: String,
    /// Is it kept?
    pub ok: bool,
    /// What the file has.
    pub measured: String,
    /// What the platform wants.
    pub wanted: String,
    /// What breaking it means.
    pub severity: Severity,
}

/// A file beside the rules of a platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadCheck {
    /// The file.
    pub file: PathBuf,
    /// Whose rules.
    pub platform: Preset,
    /// Are all rules kept whose breaking is an error?
    pub ok: bool,
    /// Every rule.
    pub findings: Vec<UploadFinding>,
}

/// Check a finished file against the upload rules of a platform. Reads all packets and decodes nothing but a few frames.
///
/// # Errors
/// `media.*` where the file cannot be read, [`crate::ErrorCode::Cancelled`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Preset, check_upload}};
/// let check = check_upload("clips/clip-01.mp4", Preset::Shorts, &Control::new())?;
/// assert!(check.ok);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn check_upload(file: impl AsRef<Path>, platform: Preset, control: &Control) -> Result<UploadCheck> {
    let measured = measure(file.as_ref(), Limits::default(), control)?;
    let findings = judge(&measured, &rules(platform));
    let ok = findings.iter().all(|finding| finding.ok || finding.severity == Severity::Warning);
    Ok(UploadCheck { file: file.as_ref().to_owned(), platform, ok, findings })
}

fn judge(file: &Measured, rules: &Rules) -> Vec<UploadFinding> {
    let mut findings = Vec::new();
    let mut add = |rule: &str, severity, ok: bool, measured: String, wanted: String| {
        findings.push(UploadFinding { rule: rule.to_owned(), ok, measured, wanted, severity });
    };
    use Severity::{Error, Warning};
    let span = |low: f64, high: f64, unit: &str| format!("{low} to {high} {unit}");
    let container = file.container;
    add(
        "container",
        Error,
        rules.containers.contains(&container),
        name(&container),
        rules.containers.iter().map(name).collect::<Vec<_>>().join(" or "),
    );
    if container == Container::Mp4 {
        let first = if file.moov_first { "before the media" } else { "behind the media" };
        add("moov_first", rules.structure, file.moov_first, first.into(), "before the media".into());
        let lists = format!("{} edit lists", file.edit_lists);
        add("edit_lists", rules.structure, file.edit_lists == 0, lists, "no edit lists".into());
    }
    let codec = file.video_codec.as_str();
    add("video_codec", Error, rules.codecs.contains(&codec), codec.into(), rules.codecs.join(" or "));
    let pixels = &file.pixel_format;
    add("pixel_format", Error, rules.pixel_formats.contains(&pixels.as_str()), pixels.clone(), "8-bit 4:2:0".into());
    let scan = if file.interlaced { "interlaced" } else { "progressive" };
    add("progressive", Error, !file.interlaced, scan.into(), "progressive".into());
    let (width, height) = file.size;
    let (low, high) = rules.sides;
    let sides = (low..=high).contains(&width.min(height)) && width.max(height) <= high && width <= rules.widest;
    let wanted = format!("sides of {low} to {high} pixels, at most {} wide", rules.widest);
    add("size", Error, sides, format!("{width}x{height}"), wanted);
    let shape = rules.shape.holds(width, height);
    add("shape", rules.shape_matters, shape, format!("{width}x{height}"), rules.shape.name().into());
    let (slow, fast) = rules.frame_rate;
    let rate = (slow - 0.03..=fast + 0.03).contains(&file.frame_rate);
    add("frame_rate", Error, rate, format!("{:.3} a second", file.frame_rate), span(slow, fast, "a second"));
    let (short, long) = rules.length;
    let length = (short..=long).contains(&file.duration);
    add("length", Error, length, format!("{:.2} s", file.duration), span(short, long, "s"));
    let small = file.bytes <= rules.bytes;
    add("file_size", Error, small, format!("{} bytes", file.bytes), format!("at most {} bytes", rules.bytes));
    let bits = file.video_bit_rate <= rules.bit_rate;
    let wanted = format!("at most {} bits/s", rules.bit_rate);
    add("video_bit_rate", Error, bits, format!("{:.0} bits/s", file.video_bit_rate), wanted);
    let closed = if file.open_groups == 0 { "closed".into() } else { format!("{} open", file.open_groups) };
    add("closed_gop", rules.structure, file.open_groups == 0, closed, "closed".into());
    let distance = file.keyframe_distance;
    // A whole number of frames is shorter than the distance or as long.
    let near = distance <= rules.keyframes + 1e-3;
    let wanted = format!("at most {} s", rules.keyframes);
    add("keyframe_distance", Warning, near, format!("{distance:.3} s"), wanted);
    if let Some((codec, rate, channels)) = &file.sound {
        add(
            "audio_codec",
            Error,
            rules.audio_codecs.contains(&codec.as_str()),
            codec.clone(),
            rules.audio_codecs.join(" or "),
        );
        let wanted = rules.audio_rates.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ");
        add("audio_rate", Error, rules.audio_rates.contains(rate), format!("{rate} Hz"), format!("{wanted} Hz"));
        add("audio_channels", Error, (1..=2).contains(channels), channels.to_string(), "1 or 2".into());
    }
    findings
}

fn name(container: &Container) -> String {
    format!("{container:?}").to_lowercase()
}
