//! A subtitle file to a [`Transcript`].

use std::path::Path;

use fasrt::{srt, vtt};

use super::encoding::decode;
use super::markup;
use super::mend::{self, Raw};
use super::timing::{self, Normal};
use super::{Repair, Transcript, TranscriptFormat, ass, json, language};
use crate::clip::files::read_regular;
use crate::error::{Error, ErrorCode, Result};

/// The largest transcript in bytes. Captions of a whole day have about 3 MB, with the tokens of a speech engine 60 MB.
pub(super) const MOST_BYTES: u64 = 100_000_000;

/// Read a transcript: SubRip, WebVTT, SubStation Alpha, or the JSON of a speech engine, whatever its encoding. What is
/// wrong with it is mended and told in [`Transcript::repairs`].
///
/// The format follows from the content; where that does not tell, from the extension; else it is SubRip.
///
/// # Errors
/// [`ErrorCode::TranscriptUnreadable`] where there is no such file or it may not be read;
/// [`ErrorCode::LimitExceeded`] over 100 MB; those of [`parse`]. All of them name the file.
///
/// ```no_run
/// let transcript = opusclip_core::clip::transcript::read("talk.whisper.json".as_ref())?;
/// println!("{} words in {:?}", transcript.words.len(), transcript.language);
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn read(path: &Path) -> Result<Transcript> {
    let bytes = bytes(path).map_err(|e| e.file(path))?;
    let transcript = of_bytes(&bytes, Some(path)).map_err(|e| e.file(path))?;
    tracing::debug!(
        file = %path.display(), cues = transcript.cues.len(), words = transcript.words.len(),
        repairs = transcript.repairs.len(), "transcript read",
    );
    Ok(transcript)
}

/// Read a transcript that is in memory, such as the answer of a speech service. As [`read`], without an extension.
///
/// # Errors
/// [`ErrorCode::LimitExceeded`] over 100 MB; those of [`parse`].
///
/// ```
/// use opusclip_core::clip::transcript;
/// let heard = transcript::from_bytes(br#"{"language": "en", "segments": [{"start": 0.5, "end": 1.5, "text": " Hi."}]}"#)?;
/// assert_eq!((heard.cues[0].text.as_str(), heard.language.as_deref()), ("Hi.", Some("en")));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn from_bytes(bytes: &[u8]) -> Result<Transcript> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large());
    }
    of_bytes(bytes, None)
}

fn of_bytes(bytes: &[u8], path: Option<&Path>) -> Result<Transcript> {
    let (text, repair) = decode(bytes);
    let format = format_of(&text, path);
    let mut transcript = parse(&text, format)?;
    if let Some(repair) = repair {
        transcript.repairs.insert(0, repair);
    }
    Ok(transcript)
}

fn too_large() -> Error {
    Error::new(ErrorCode::LimitExceeded, format!("the transcript is larger than {} MB", MOST_BYTES / 1_000_000))
        .hint("check that it is a transcript, or split it")
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    use std::io::ErrorKind;
    read_regular(path, MOST_BYTES).map_err(|e| match e.kind() {
        ErrorKind::FileTooLarge => too_large(),
        ErrorKind::NotFound => Error::new(ErrorCode::TranscriptUnreadable, "there is no such transcript").caused_by(e),
        _ => Error::new(ErrorCode::TranscriptUnreadable, format!("the transcript cannot be read: {e}")).caused_by(e),
    })
}

/// What a file of words holds.
#[cfg(feature = "cli")]
pub(crate) enum Written {
    /// Words with times.
    Transcript(Transcript),
    /// Text without times.
    Text(String),
}

/// Read a transcript, or any other text, whatever its encoding.
///
/// # Errors
/// As [`read`].
#[cfg(feature = "cli")]
pub(crate) fn read_written(path: &Path) -> Result<Written> {
    let bytes = bytes(path).map_err(|e| e.file(path))?;
    let (text, _) = decode(&bytes);
    if format_told(&text).is_some() || text.contains("-->") {
        return of_bytes(&bytes, Some(path)).map(Written::Transcript).map_err(|e| e.file(path));
    }
    Ok(Written::Text(text.into_owned()))
}

/// The format that the content tells: each but SubRip has a sign of its own.
fn format_told(text: &str) -> Option<TranscriptFormat> {
    let begin = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if begin.starts_with("WEBVTT") {
        return Some(TranscriptFormat::Vtt);
    }
    if ass::is_script(begin) {
        return Some(TranscriptFormat::Ass);
    }
    json::is_json(begin).then_some(TranscriptFormat::Json)
}

/// Content first, then the extension.
fn format_of(text: &str, path: Option<&Path>) -> TranscriptFormat {
    if let Some(told) = format_told(text) {
        return told;
    }
    let extension = path.and_then(Path::extension).map(|e| e.to_ascii_lowercase());
    match extension.as_deref().and_then(|e| e.to_str()) {
        Some("vtt") => TranscriptFormat::Vtt,
        Some("ass" | "ssa") => TranscriptFormat::Ass,
        Some("json") => TranscriptFormat::Json,
        _ => TranscriptFormat::Srt,
    }
}

/// Read a transcript from text. Pure: what is wrong is mended and told in [`Transcript::repairs`].
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for text that is not of this format, with the line and for JSON the path;
/// [`ErrorCode::TranscriptEmpty`] where no cue with text is left.
///
/// ```
/// use opusclip_core::clip::transcript::{TranscriptFormat, parse};
/// let talk = parse("1\n00:00:01,000 --> 00:00:02,500\nHello world\n", TranscriptFormat::Srt)?;
/// assert_eq!((talk.cues[0].end, talk.words[1].text.as_str()), (2.5, "world"));
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn parse(text: &str, format: TranscriptFormat) -> Result<Transcript> {
    let (cues, mut repairs, language) = match format {
        TranscriptFormat::Ass => ass::cues(text)?,
        TranscriptFormat::Json => json::cues(text)?,
        TranscriptFormat::Srt | TranscriptFormat::Vtt => subtitles(text, format)?,
    };
    repairs.extend(unwanted(text));
    let transcript = Transcript { language, ..mend::transcript(cues, repairs) };
    if transcript.words.is_empty() {
        let error = Error::new(ErrorCode::TranscriptEmpty, "the transcript has no cue with text");
        return Err(match transcript.repairs.first() {
            Some(first) => error.line(first.line).hint(format!("first problem: {}", first.message)),
            None => error,
        });
    }
    Ok(transcript)
}

/// What a reader of one format finds: cues, what is wrong, and the language.
pub(super) type Found = (Vec<Raw>, Vec<Repair>, Option<String>);

fn subtitles(text: &str, format: TranscriptFormat) -> Result<Found> {
    let normal = timing::normalize(text, format)?;
    if !normal.arrows && says_something(text) {
        let point = if format == TranscriptFormat::Vtt { '.' } else { ',' };
        return Err(Error::new(ErrorCode::TranscriptSyntax, "the transcript has no line with times")
            .line(1)
            .hint(format!("a cue begins with a line such as `00:00:01{point}000 --> 00:00:04{point}000`")));
    }
    let cues = if format == TranscriptFormat::Vtt { vtt_cues(&normal)? } else { srt_cues(&normal)? };
    let language = (format == TranscriptFormat::Vtt).then(|| header_language(text)).flatten();
    Ok((cues, normal.repairs, language))
}

/// The `Language:` that some programs write below the signature of WebVTT.
fn header_language(text: &str) -> Option<String> {
    let mut header = text.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty() && !line.contains("-->"));
    header.find_map(|line| language::code(line.strip_prefix("Language:")?))
}

/// One repair for all characters that no text should have.
fn unwanted(text: &str) -> Option<Repair> {
    let found = |line: &str| line.chars().filter(|c| markup::is_unwanted(*c)).count();
    let mut lines = timing::lines(text).zip(1u64..).map(|(line, number)| (found(line), number)).filter(|(n, _)| *n > 0);
    let (first, line) = lines.next()?;
    let count = first + lines.map(|(n, _)| n).sum::<usize>();
    let message = format!("left out {count} control characters and overrides of the reading direction, first here");
    Some(Repair { line, kind: "control_characters".into(), message })
}

/// Is there more than a signature?
fn says_something(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    !text.is_empty() && !text.starts_with("WEBVTT")
}

fn srt_cues(normal: &Normal) -> Result<Vec<Raw>> {
    let mut cues = Vec::with_capacity(normal.lines.len());
    for (entry, line) in srt::Parser::lossy(&normal.text).zip(&normal.lines) {
        let entry = entry.map_err(|e| Error::new(ErrorCode::TranscriptSyntax, e.to_string()).line(*line))?;
        let (start, end) = (entry.header_ref().start().to_duration(), entry.header_ref().end().to_duration());
        let voices = markup::voices(entry.body_ref(), TranscriptFormat::Srt);
        cues.extend(mend::speakers(start.as_secs_f64(), end.as_secs_f64(), *line, voices));
    }
    Ok(cues)
}

fn vtt_cues(normal: &Normal) -> Result<Vec<Raw>> {
    let mut cues = Vec::with_capacity(normal.lines.len());
    let mut lines = normal.lines.iter();
    for block in vtt::Parser::new(&normal.text) {
        let block = block.map_err(|e| Error::new(ErrorCode::TranscriptSyntax, e.to_string()))?;
        let vtt::Block::Cue(cue) = block else { continue };
        let Some(line) = lines.next() else { break };
        let (start, end) = (cue.header_ref().start().to_duration(), cue.header_ref().end().to_duration());
        let voices = markup::voices(cue.body_ref(), TranscriptFormat::Vtt);
        cues.extend(mend::speakers(start.as_secs_f64(), end.as_secs_f64(), *line, voices));
    }
    Ok(cues)
}

#[cfg(test)]
mod tests {
    use super::super::sentences;
    use super::*;
    use proptest::prelude::*;

    fn srt(text: &str) -> Transcript {
        parse(text, TranscriptFormat::Srt).unwrap()
    }

    fn vtt(text: &str) -> Transcript {
        parse(text, TranscriptFormat::Vtt).unwrap()
    }

    #[test]
    fn cues_have_times_text_and_lines() {
        let made =
            srt("1\n00:00:01,000 --> 00:00:02,500\nHello\n<i>world</i>\n\n2\n01:00:03,000 --> 01:00:04,000\nBye\n");
        assert_eq!(made.cues.len(), 2);
        let first = &made.cues[0];
        assert_eq!((first.start, first.end, first.text.as_str(), first.line), (1.0, 2.5, "Hello world", 2));
        assert_eq!((made.cues[1].start, made.cues[1].line), (3603.0, 7));
        assert_eq!(made.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["Hello", "world", "Bye"]);
        assert!(made.repairs.is_empty());
    }

    #[test]
    fn webvtt_gives_speakers_and_timed_words() {
        let made = vtt("WEBVTT Kind: captions\n\nNOTE nothing\n\nintro\n00:01.000 --> 00:03.000 align:start\n\
             <v.loud Ann Lee>Hi <00:02.000><c>there</c></v>\n");
        assert_eq!(made.cues[0].speaker.as_deref(), Some("Ann Lee"));
        assert_eq!((made.cues[0].text.as_str(), made.cues[0].line), ("Hi there", 6));
        assert_eq!(made.words.iter().map(|w| (w.start, w.timed)).collect::<Vec<_>>(), [(1.0, true), (2.0, true)]);
    }

    #[test]
    fn empty_cues_keep_the_lines_of_the_others_right() {
        let made = srt("1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\nHi\n");
        assert_eq!(made.cues.len(), 1);
        assert_eq!((made.cues[0].start, made.cues[0].line), (3.0, 5));
    }

    #[test]
    fn text_that_is_no_subtitle_file_is_refused_with_an_example() {
        let error = parse("Dear Ann,\nI write to you", TranscriptFormat::Srt).unwrap_err();
        assert_eq!((error.code(), error.line_number()), (ErrorCode::TranscriptSyntax, Some(1)));
        assert!(error.hint_text().unwrap().contains("00:00:01,000 --> 00:00:04,000"));
    }

    #[test]
    fn files_without_any_cue_are_empty() {
        for (text, format) in [
            ("", TranscriptFormat::Srt),
            ("\u{feff}\n\n", TranscriptFormat::Srt),
            ("WEBVTT\n\nNOTE hello", TranscriptFormat::Vtt),
            ("1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n", TranscriptFormat::Srt),
        ] {
            assert_eq!(parse(text, format).unwrap_err().code(), ErrorCode::TranscriptEmpty, "{text:?}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("nowhere/talk.srt")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TranscriptUnreadable);
        assert_eq!(error.file_path(), Some(Path::new("nowhere/talk.srt")));
        assert_eq!(read(&std::env::temp_dir()).unwrap_err().code(), ErrorCode::TranscriptUnreadable);
    }

    #[test]
    fn content_decides_over_the_extension() {
        use TranscriptFormat::{Ass, Json, Srt, Vtt};
        let of = |text: &str, name: &str| format_of(text, Some(Path::new(name)));
        assert_eq!(of("\u{feff}WEBVTT\n", "a.srt"), Vtt);
        assert_eq!(of("1\n00:00", "a.VTT"), Vtt);
        assert_eq!(of("1\n00:00", "a.txt"), Srt);
        assert_eq!(of("\n[Script Info]\n", "a.srt"), Ass);
        assert_eq!(of("Dialogue: 0", "a.ssa"), Ass);
        assert_eq!(of(" { \"segments\": []}", "a.srt"), Json);
        assert_eq!(of("[{\"start\": 1}]", "a.txt"), Json);
        assert_eq!(of("{0}{25}MicroDVD", "a.sub"), Srt);
        assert_eq!(of("nonsense", "a.json"), Json);
    }

    /// Pieces of which good and bad subtitle files are made.
    const PIECES: &[&str] = &[
        "WEBVTT",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "1",
        "0",
        "00:00:01,000 --> 00:00:02,000",
        "00:00:01.5-->0:3",
        "9:9:9",
        " --> ",
        "00:05.000 --> 00:01.000",
        "<v Ann>",
        "</v>",
        "<00:01.500>",
        "<00:",
        "<i>",
        "{\\an8}",
        "{\\",
        "&lt;",
        "&",
        "Hello.",
        " ",
        "你好。",
        "สวัสดี",
        "\u{feff}",
        "\u{0}",
        "\u{301}",
        "NOTE ",
        "STYLE",
        "...",
        "“",
        "[x]",
        "999:59:59,999 --> 9999:00:00,0",
        "00:00:01,000 --> 00:00:01,000",
        "é",
        "\u{2028}",
        "\u{a0}",
    ];

    proptest! {
        #[test]
        fn whatever_the_text_the_words_are_in_order(
            picks in prop::collection::vec(0..PIECES.len(), 0..60),
            vtt in any::<bool>(),
            duration in 0.0f64..20.0,
        ) {
            let text: String = picks.into_iter().map(|at| PIECES[at]).collect();
            let format = if vtt { TranscriptFormat::Vtt } else { TranscriptFormat::Srt };
            if let Ok(made) = parse(&text, format) {
                for made in [made.clone(), made.fit(duration)] {
                    prop_assert!(made.words.iter().all(|w| w.start <= w.end && !w.text.trim().is_empty()));
                    prop_assert!(made.words.windows(2).all(|p| p[0].end <= p[1].start && p[0].cue <= p[1].cue));
                    prop_assert!(made.cues.windows(2).all(|p| p[0].end <= p[1].start));
                    let held: usize = sentences(&made).iter().map(|s| s.last_word - s.first_word + 1).sum();
                    prop_assert_eq!(held, made.words.len());
                }
            }
        }
    }

    #[test]
    fn a_large_file_is_read_in_time_that_grows_with_its_size() {
        let mut text = String::new();
        for n in 0..50_000u32 {
            let (h, m, s) = (n / 3600, n / 60 % 60, n % 60);
            text.push_str(&format!("{n}\n{h:02}:{m:02}:{s:02},0 --> {h:02}:{m:02}:{s:02},9\nline {n}\n\n"));
        }
        let started = std::time::Instant::now();
        let made = srt(&text);
        assert_eq!((made.cues.len(), made.cues[49_999].line), (50_000, 199_998));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
