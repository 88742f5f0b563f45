//! Subtitles inside of a video file.

use std::path::Path;

use super::mend::{self, Raw};
use super::{Repair, Transcript, TranscriptFormat, ass, language, markup};
use crate::clip::media::{Limits, Source, StreamInfo, StreamKind, SubtitleText};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Read a subtitle stream of a video file as a transcript; `stream` is its number among all streams, `None` takes the
/// default one, else the first one, of those that are text.
///
/// SubRip and WebVTT are read as their files are, all other kinds of text (`mov_text`, SubStation Alpha) as FFmpeg tells
/// them. Lines of cues and repairs are the numbers of the packets.
///
/// # Errors
/// `media.*` where the file cannot be read; [`ErrorCode::TranscriptUnreadable`] where it has no such stream, or only
/// pictures of subtitles; [`ErrorCode::TranscriptEmpty`] where nothing is said; [`ErrorCode::LimitExceeded`] over 100 MB
/// of text; [`ErrorCode::Cancelled`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Limits, transcript}};
/// let talk = transcript::embedded("talk.mkv".as_ref(), None, Limits::default(), &Control::new())?;
/// println!("{} cues in {:?}", talk.cues.len(), talk.language);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn embedded(path: &Path, stream: Option<usize>, limits: Limits, control: &Control) -> Result<Transcript> {
    let mut source = Source::open(path, limits, control)?;
    let info = source.info();
    let chosen = choose(&source, &info.streams, stream).map_err(|error| error.file(path))?;
    let (mut cues, mut repairs): (Vec<Raw>, Vec<Repair>) = (Vec::new(), Vec::new());
    let length = info.duration.unwrap_or(f64::INFINITY);
    control.report("transcript", 0.0);
    source.read_subtitles(chosen.index, super::read::MOST_BYTES, |line, event| {
        control.report("transcript", event.start / length);
        let voices = match &event.text {
            SubtitleText::Srt(text) => markup::voices(text, TranscriptFormat::Srt),
            SubtitleText::Vtt(text) => markup::voices(text, TranscriptFormat::Vtt),
            SubtitleText::Ass(text) => ass::event(text, event.start),
            SubtitleText::Unreadable(why) => {
                repairs.push(Repair { line, kind: "skipped".into(), message: format!("left out a packet: {why}") });
                Vec::new()
            }
        };
        cues.extend(mend::speakers(event.start, event.end, line, voices));
    })?;
    control.report("transcript", 1.0);
    let mut transcript = mend::transcript(cues, repairs);
    transcript.language = chosen.language.as_deref().and_then(language::code);
    if transcript.words.is_empty() {
        let message = format!("the subtitle stream {} says nothing", chosen.index);
        return Err(Error::new(ErrorCode::TranscriptEmpty, message).file(path));
    }
    Ok(transcript)
}

fn choose<'a>(source: &Source, streams: &'a [StreamInfo], wanted: Option<usize>) -> Result<&'a StreamInfo> {
    let refused = |message: String| Error::new(ErrorCode::TranscriptUnreadable, message).field("stream");
    let subtitles: Vec<&StreamInfo> = streams.iter().filter(|s| s.kind == StreamKind::Subtitle).collect();
    let is_text = |s: &&&StreamInfo| source.is_text(s.index);
    let numbers = || subtitles.iter().map(|s| format!("{} ({})", s.index, s.codec)).collect::<Vec<_>>().join(", ");
    if subtitles.is_empty() {
        return Err(refused("the file has no subtitle stream".into()).hint("give a subtitle file of its own"));
    }
    let Some(number) = wanted else {
        let texts = || subtitles.iter().filter(is_text);
        return texts()
            .find(|s| s.default)
            .or_else(|| texts().next())
            .copied()
            .ok_or_else(|| pictures(refused, &numbers()));
    };
    match subtitles.iter().find(|s| s.index == number) {
        Some(found) if source.is_text(number) => Ok(found),
        Some(found) => Err(pictures(refused, &format!("{number} ({})", found.codec))),
        None => Err(refused(format!("stream {number} is no subtitle stream")).hint(format!("there are {}", numbers()))),
    }
}

fn pictures(refused: impl Fn(String) -> Error, which: &str) -> Error {
    refused(format!("these subtitles are pictures, not text: {which}"))
        .hint("have the text read from the pictures by another program, or give a subtitle file")
}
