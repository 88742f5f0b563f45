//! The files of one clip.

use std::io::Write as _;
use std::path::PathBuf;

use super::work::{Made, Work};
use crate::clip::cache::content_key;
use crate::clip::caption::{ClipWord, Cue, Written, split};
use crate::clip::export::{Clip, fingerprint};
use crate::clip::files::write_whole;
use crate::clip::media::{Limits, MediaInfo, ThumbnailFormat, write_thumbnail};
use crate::clip::reframe;
use crate::clip::render::{ClipJob, RenderOptions, Seeing, render_clip};
use crate::clip::transcript::{self, Transcript, Word, join};
use crate::control::Control;
use crate::error::Result;

/// What all clips of a job have in common.
pub(crate) struct Common<'a> {
    pub(crate) info: &'a MediaInfo,
    pub(crate) limits: Limits,
    pub(crate) options: &'a RenderOptions,
    pub(crate) seeing: Seeing<'a>,
}

impl Common<'_> {
    /// What this clip's files are made from, or `None` where the source cannot be read again.
    pub(super) fn fingerprint(&self, clip: &Clip) -> Result<Option<String>> {
        let Ok(source) = content_key(&self.info.path) else { return Ok(None) };
        fingerprint(clip, source, self.options, &self.options.wanted().names()?).map(Some)
    }

    /// The same of a clip whose framing may not be decided yet. What a detector of the caller's own will say is not known.
    pub(super) fn asked(&self, clip: &Clip) -> Result<Option<String>> {
        let foreign = self.seeing.finder.is_some_and(reframe::Finder::is_foreign);
        if foreign && !clip.framing.is_decided() { Ok(None) } else { self.fingerprint(clip) }
    }
}

/// Names of the files of the clip with this number.
pub(super) fn clip_names(index: usize, thumbnails: ThumbnailFormat) -> [PathBuf; 2] {
    ["mp4", thumbnails.extension()].map(|kind| format!("clip-{index:02}.{kind}").into())
}

/// Names that they may have had before.
pub(super) fn earlier_names(index: usize) -> impl Iterator<Item = PathBuf> {
    clip_names(index, ThumbnailFormat::Jpeg)
        .into_iter()
        .chain(clip_names(index, ThumbnailFormat::Avif).into_iter().skip(1))
}

/// Names of the subtitle files that may lie beside it.
fn subtitle_names(index: usize) -> [PathBuf; 3] {
    ["srt", "vtt", "ass"].map(|kind| format!("clip-{index:02}.{kind}").into())
}

/// All names that belong to the clip with this number.
pub(super) fn all_names(index: usize) -> impl Iterator<Item = PathBuf> {
    earlier_names(index).chain(subtitle_names(index))
}

/// How a note about a clip begins.
pub(super) fn about(index: usize) -> String {
    format!("clip {index}: ")
}

/// Render one clip with all that lies beside it, and remember that it is whole.
pub(super) fn make(
    common: &Common<'_>,
    work: &Work,
    clip: &Clip,
    asked: Option<String>,
    control: &Control,
) -> Result<Made> {
    let Common { info, limits, options, seeing } = *common;
    let mut clip = clip.clone();
    [clip.video, clip.thumbnail] = clip_names(clip.index, options.thumbnails);
    let words = clip.said();
    let (ranges, framing, hook) = (&clip.ranges, &clip.framing, clip.post.hook.as_str());
    let job = ClipJob { info, limits, ranges, words: &words, hook, framing, seeing, options };
    let mut done = render_clip(&job, &work.file(&clip.video), control)?;
    clip.ranges = done.ranges;
    clip.duration = done.duration;
    clip.framing = done.framing;
    clip.frame_rate = done.frame_rate;
    clip.encoder = done.encoder;
    clip.loudness = done.loudness;
    clip.width = options.width;
    clip.height = options.height;
    follow_ranges(&mut clip);
    clip.subtitles = match &done.written {
        Some(written) if options.subtitle_files && !written.cues.is_empty() => {
            write_subtitles(work, clip.index, written)?
        }
        _ => Vec::new(),
    };
    clip.rendered = common.fingerprint(&clip)?;
    if let Some(still) = &mut done.still {
        write_thumbnail(still, options.thumbnails, &work.file(&clip.thumbnail))?;
    }
    let mut notes = Vec::new();
    let mut note = |what: String| notes.push(format!("{}{what}", about(clip.index)));
    if info.video().is_some_and(reframe::is_hdr) && !reframe::can_map() {
        note("the linked FFmpeg has no zscale, so high dynamic range was converted without tone mapping".to_owned());
    }
    done.written.into_iter().flat_map(|written| written.notes).for_each(&mut note);
    clip.loudness.as_ref().and_then(|loudness| loudness.note(options.lufs)).into_iter().for_each(&mut note);
    for (count, what) in [(done.losses.lost, "are lost"), (done.losses.patched, "are damaged and were patched")] {
        if count > 0 {
            note(format!("{count} pictures {what}"));
        }
    }
    let made = Made { asked, clip, notes };
    work.record(&made)?;
    Ok(made)
}

/// Write anew what follows from a clip's ranges and words.
pub(super) fn follow_ranges(clip: &mut Clip) {
    let span = clip.span();
    (clip.start, clip.end) = (span.start, span.end);
    (clip.words, clip.context) = split(clip.said().into_iter(), &clip.ranges);
    if !clip.words.is_empty() {
        let word =
            |word: &ClipWord| Word { start: word.start, end: word.end, text: word.text.clone(), cue: 0, timed: true };
        clip.text = join(&clip.words.iter().map(word).collect::<Vec<_>>()).0;
    }
}

/// Write a clip's captions beside it, and say under which names.
fn write_subtitles(work: &Work, index: usize, written: &Written) -> Result<Vec<PathBuf>> {
    let transcript = as_transcript(&written.cues);
    let names = subtitle_names(index);
    let texts = [transcript.to_srt(), transcript.to_vtt(), written.script.clone()];
    for (name, text) in names.iter().zip(texts) {
        write_whole(&work.file(name), |file| file.write_all(text.as_bytes()))?;
    }
    Ok(names.to_vec())
}

/// Captions as a transcript, which knows the formats of subtitle files.
fn as_transcript(cues: &[Cue]) -> Transcript {
    let cue =
        |cue: &Cue| transcript::Cue { start: cue.start, end: cue.end, text: cue.text.clone(), line: 0, speaker: None };
    Transcript { cues: cues.iter().map(cue).collect(), ..Transcript::default() }
}
