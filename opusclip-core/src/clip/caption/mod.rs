//! Captions: words to lines that fit, lines to an ASS script that libass draws with the very fonts that were measured.
//!
//! `token` finds where text may be broken, `lines` where it should be, `timing` when it stands, `place` where; `layout`
//! puts these together, `ass` writes it down. `fonts` and `measure` know how wide a text is.

mod ass;
mod binding;
#[cfg(test)]
mod drawn_tests;
mod fonts;
mod layout;
mod lines;
mod look;
mod measure;
mod options;
mod place;
mod timeline;
mod timing;
mod token;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};
use fonts::{FontSet, Fonts, Script};
pub(crate) use layout::Frame;
pub(crate) use look::Look;
pub use options::{CaptionEffect, CaptionPosition, CaptionPreset, CaptionStyle, Captions};
pub(crate) use place::{Area, FaceBox};
pub(crate) use timeline::{Shown, shown, split};
pub(crate) use timing::Clock;

/// A hook stands for this long, in seconds.
const HOOK: f64 = 3.0;

/// Letters without a font that a note names.
const MOST_LETTERS: usize = 8;

/// A word that can be captioned, timed by the source, so that it stays right when a clip's ranges are edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipWord {
    /// Seconds of the source.
    pub start: f64,
    /// Seconds of the source.
    pub end: f64,
    /// The word as written.
    pub text: String,
}

/// Fails where the font that is asked for is not there.
pub(crate) fn check_font(style: &CaptionStyle) -> Result<()> {
    style.font.as_deref().map_or(Ok(()), |font| Fonts::installed().asked(font, 700).map(drop))
}

/// Lines of a caption with their times in seconds from the start of the clip.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cue {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) text: String,
}

/// What is to be written on a clip, and how.
pub(crate) struct Writing<'a> {
    /// The words, where they are to be captioned.
    pub(crate) words: &'a [Shown],
    /// What stands above the first seconds; empty for nothing.
    pub(crate) hook: &'a str,
    pub(crate) look: &'a Look,
}

/// Text on its way onto a picture.
pub(crate) struct Written {
    /// The ASS script.
    pub(crate) script: String,
    /// The captions without the hook.
    pub(crate) cues: Vec<Cue>,
    /// What the caller should know.
    pub(crate) notes: Vec<String>,
    fonts: Vec<PathBuf>,
}

/// Lay out captions and hook; `None` where there is nothing to write.
pub(crate) fn write(writing: &Writing<'_>, frame: &Frame<'_>) -> Result<Option<Written>> {
    let Writing { words, hook, look } = *writing;
    let said: String = words.iter().map(|word| word.text.as_str()).chain([hook]).collect::<Vec<_>>().join(" ");
    if said.trim().is_empty() {
        return Ok(None);
    }
    let fonts = font_set(look, &said)?;
    let captions = layout::captions(words, look, &fonts, frame);
    let mut script = ass::Script::new(frame, look, fonts.main());
    for caption in &captions {
        script.caption(caption, &ass::Brush { look, fonts: &fonts, layer: 1 });
    }
    let until = frame.clock.frame(HOOK);
    for headline in layout::headline(hook, until, look, &fonts, frame) {
        script.caption(&headline, &ass::Brush { look: &look.hook(), fonts: &fonts, layer: 3 });
    }
    let drawn = if look.uppercase { said.to_uppercase() + &said } else { said };
    let cue = |caption: &layout::Caption| Cue {
        start: frame.clock.seconds(caption.stand.from),
        end: frame.clock.seconds(caption.stand.until),
        text: caption.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"),
    };
    let cues: Vec<Cue> = captions.iter().map(cue).collect();
    let mut notes: Vec<String> = letters_without_font(&drawn, &fonts).into_iter().collect();
    notes.extend(look.calm().then(|| too_fast(&cues)).flatten());
    Ok(Some(Written { script: script.finish(), notes, fonts: files(&drawn, &fonts), cues }))
}

/// The font that was asked for or the best that is there, with what stands in for letters it lacks.
fn font_set(look: &Look, text: &str) -> Result<FontSet> {
    let fonts = Fonts::installed();
    let main = match &look.font {
        Some(font) => fonts.asked(font, look.weight)?,
        None => fonts.first(look.families, look.weight).ok_or_else(no_font)?,
    };
    Ok(FontSet::new(main, Script::of(text)))
}

fn no_font() -> Error {
    Error::new(ErrorCode::ConfigInvalid, "there is no font to write captions with")
        .field("captions")
        .hint("install a font, such as Debian's fonts-open-sans, or turn captions off")
}

/// The files of all fonts that a text is drawn in.
fn files(text: &str, fonts: &FontSet) -> Vec<PathBuf> {
    let faces = text.chars().collect::<BTreeSet<char>>().into_iter().map(|letter| fonts.of(letter).0);
    faces.chain([Arc::clone(fonts.main())]).map(|face| face.path.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn letters_without_font(text: &str, fonts: &FontSet) -> Option<String> {
    let missing: BTreeSet<char> = measure::missing(text, fonts).into_iter().collect();
    if missing.is_empty() {
        return None;
    }
    let named: Vec<String> =
        missing.iter().take(MOST_LETTERS).map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter))).collect();
    let more = missing.len().saturating_sub(MOST_LETTERS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("captions: no installed font has {}{more}; {}", named.join(", "), fonts::NOTO))
}

fn too_fast(cues: &[Cue]) -> Option<String> {
    let fast = |cue: &&Cue| cue.text.chars().count() as f64 / (cue.end - cue.start).max(0.01) > lines::READ + 0.5;
    let count = cues.iter().filter(fast).count();
    let read = lines::READ;
    (count > 0).then(|| format!("captions: {count} of {} are said faster than {read} characters a second", cues.len()))
}

/// A script and a folder with its fonts, which go when it is dropped.
pub(crate) struct Burning {
    script: tempfile::NamedTempFile,
    fonts: tempfile::TempDir,
}

impl Burning {
    /// Put script and fonts where libass finds them.
    pub(crate) fn new(script: &str, fonts: &[PathBuf]) -> Result<Self> {
        let made = tempfile::Builder::new().prefix("opusclip-").suffix(".ass").tempfile().and_then(|mut file| {
            file.write_all(script.as_bytes())?;
            file.flush()?;
            let folder = tempfile::Builder::new().prefix("opusclip-").tempdir()?;
            for (number, font) in fonts.iter().enumerate() {
                link(font, &folder.path().join(format!("{number}")))?;
            }
            Ok(Self { script: file, fonts: folder })
        });
        made.map_err(|error| {
            Error::new(ErrorCode::OutputUnwritable, format!("cannot write a temporary file: {error}")).caused_by(error)
        })
    }

    /// The script, and the folder of its fonts.
    pub(crate) fn paths(&self) -> [&Path; 2] {
        [self.script.path(), self.fonts.path()]
    }
}

impl Written {
    /// Ready to be drawn.
    pub(crate) fn burning(&self) -> Result<Burning> {
        Burning::new(&self.script, &self.fonts)
    }
}

/// A line of text for a still picture, `bottom` pixels above its lower edge.
pub(crate) fn label(text: &str, width: u32, height: u32, bottom: u32) -> Result<Burning> {
    let look = Look::of(CaptionPreset::Highlight);
    let fonts = font_set(&look, text)?;
    Burning::new(&ass::still(text, width, height, bottom, fonts.main()), &[fonts.main().path.clone()])
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(std::path::absolute(from)?, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to).map(drop)
}
