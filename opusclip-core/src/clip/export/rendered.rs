//! A fingerprint of all that decides what a clip's file holds, so that only what changed is rendered again.

use serde::Serialize;

use super::Clip;
use crate::clip::cache::BUILD;
use crate::clip::caption::shown;
use crate::clip::reframe::ShotFraming;
use crate::clip::render::RenderOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Hexadecimal digits of each of the two parts.
const DIGITS: usize = 32;

/// The fingerprint of a clip that is made from the source with this content key by this encoder: one part of its ranges
/// alone, one of everything else that decides: the words that are shown, how they and the picture look, and the version of
/// the library. Where the files lie is no part of it.
pub(crate) fn fingerprint(clip: &Clip, source: blake3::Hash, options: &RenderOptions, encoder: &str) -> Result<String> {
    let words: Vec<(f64, f64, String)> = if options.captions.preset().is_some() {
        shown(&clip.said(), &clip.ranges).into_iter().map(|word| (word.start, word.end, word.text)).collect()
    } else {
        Vec::new()
    };
    // Why a layout was chosen does not show.
    let shots = clip.framing.shots.iter().map(|shot| ShotFraming { reason: String::new(), ..shot.clone() });
    let framing = (clip.framing.layout, clip.framing.crop, shots.collect::<Vec<_>>());
    let hook = if options.hook { clip.post.hook.as_str() } else { "" };
    // How many are rendered at a time does not show either.
    let options = &RenderOptions { clips_at_once: 0, memory_budget: 0, ..options.clone() };
    let rest = digest(&(source.to_hex().as_str(), words, hook, framing, options, encoder, BUILD))?;
    Ok(format!("{}-{rest}", digest(&clip.ranges)?))
}

/// Was a clip with this fingerprint made of these ranges?
pub(super) fn is_of_ranges(rendered: &str, ranges: &[Span]) -> bool {
    let told = rendered.split('-').next().unwrap_or_default();
    digest(&ranges).is_ok_and(|digest| digest == told)
}

fn digest(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(value)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("cannot write a clip as JSON: {error}")))?;
    Ok(blake3::hash(&json).to_hex().as_str()[..DIGITS].to_owned())
}
