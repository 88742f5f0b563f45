//! A subtitle file to a [`Transcript`].

use std::borrow::Cow;
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use fasrt::{srt, vtt};

use super::markup;
use super::mend::{self, Raw};
use super::timing::{self, Normal};
use super::{Repair, Transcript, TranscriptFormat};
use crate::clip::files::read_regular;
use crate::error::{Error, ErrorCode, Result};

/// The largest transcript file in bytes. Captions of a whole day have about 3 MB.
const MOST_BYTES: u64 = 20_000_000;

/// Read a subtitle file, whatever its encoding; what is wrong with it is mended and told in [`Transcript::repairs`].
///
/// The format follows from the content (`WEBVTT`), else from the extension, else it is SRT.
///
/// # Errors
/// [`ErrorCode::TranscriptUnreadable`] where there is no such file or it may not be read;
/// [`ErrorCode::LimitExceeded`] over 20 MB; those of [`parse`]. All of them name the file.
pub fn read(path: &Path) -> Result<Transcript> {
    let bytes = bytes(path).map_err(|e| e.file(path))?;
    let (text, repair) = decode(&bytes);
    let format = format_of(&text, path);
    let mut transcript = parse(&text, format).map_err(|e| e.file(path))?;
    if let Some(repair) = repair {
        transcript.repairs.insert(0, repair);
    }
    tracing::debug!(
        file = %path.display(), ?format, cues = transcript.cues.len(), words = transcript.words.len(),
        repairs = transcript.repairs.len(), "transcript read",
    );
    Ok(transcript)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    use std::io::ErrorKind;
    read_regular(path, MOST_BYTES).map_err(|e| match e.kind() {
        ErrorKind::FileTooLarge => Error::new(ErrorCode::LimitExceeded, "the transcript is larger than 20 MB")
            .hint("check that it is a subtitle file, or split it"),
        ErrorKind::NotFound => Error::new(ErrorCode::TranscriptUnreadable, "there is no such transcript").caused_by(e),
        _ => Error::new(ErrorCode::TranscriptUnreadable, format!("the transcript cannot be read: {e}")).caused_by(e),
    })
}

/// Text by its byte order mark, else as UTF-8, else as the encoding it looks like, which is then told.
fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Repair>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or(&[]));
        let repair = damaged.then(|| repair(format!("some bytes are not {}; shown as \u{fffd}", encoding.name())));
        return (text, repair);
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return guessed(bytes, encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.into(), None);
    }
    let text = String::from_utf8_lossy(bytes);
    let damaged = text.matches('\u{fffd}').count();
    // Much that is UTF-8 and little that is not is a damaged file, not another encoding.
    if text.chars().filter(|c| !c.is_ascii()).count() > damaged * 10 {
        return (text, Some(repair(format!("{damaged} bytes are not UTF-8; shown as \u{fffd}"))));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    guessed(bytes, detector.guess(None, Utf8Detection::Allow))
}

fn guessed<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, Option<Repair>) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text, Some(repair(format!("the encoding is not UTF-8; guessed {}", encoding.name()))))
}

fn repair(message: String) -> Repair {
    Repair { line: 1, kind: "encoding".into(), message }
}

/// UTF-16 without its mark shows in the zero bytes of its ASCII characters, of which every subtitle file has many.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4096) & !1)?;
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let enough = head.len() / 8;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > enough && even * 10 < odd => Some(UTF_16LE),
        (even, odd) if even > enough && odd * 10 < even => Some(UTF_16BE),
        _ => None,
    }
}

fn format_of(text: &str, path: &Path) -> TranscriptFormat {
    let signed = text.trim_start_matches('\u{feff}').starts_with("WEBVTT");
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("vtt"));
    if signed || named { TranscriptFormat::Vtt } else { TranscriptFormat::Srt }
}

/// Read subtitles from text. Pure: what is wrong is mended and told in [`Transcript::repairs`].
///
/// # Errors
/// [`ErrorCode::TranscriptSyntax`] for text without any timing line; [`ErrorCode::TranscriptEmpty`] where no cue with
/// text is left.
pub fn parse(text: &str, format: TranscriptFormat) -> Result<Transcript> {
    let normal = timing::normalize(text, format)?;
    if !normal.arrows && says_something(text) {
        return Err(Error::new(ErrorCode::TranscriptSyntax, "the transcript has no line with times").line(1).hint(
            match format {
                TranscriptFormat::Srt => "a cue begins with a line such as `00:00:01,000 --> 00:00:04,000`",
                TranscriptFormat::Vtt => "a cue begins with a line such as `00:00:01.000 --> 00:00:04.000`",
            },
        ));
    }
    let cues = match format {
        TranscriptFormat::Srt => srt_cues(&normal)?,
        TranscriptFormat::Vtt => vtt_cues(&normal)?,
    };
    let transcript = mend::transcript(cues, normal.repairs);
    if transcript.words.is_empty() {
        let error = Error::new(ErrorCode::TranscriptEmpty, "the transcript has no cue with text");
        return Err(match transcript.repairs.first() {
            Some(first) => error.line(first.line).hint(format!("first problem: {}", first.message)),
            None => error,
        });
    }
    Ok(transcript)
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

    const CUE: &str = "1\n00:00:01,000 --> 00:00:02,000\n";

    #[test]
    fn encodings_are_recognised_and_guesses_are_told() {
        let text = format!("{CUE}Fünf Äpfel für Jörg und Käthe, schöne Grüße aus München");
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
        let (decoded, repair) = decode(&latin);
        assert_eq!(decoded, text);
        let repair = repair.unwrap();
        assert_eq!((repair.kind.as_str(), repair.line), ("encoding", 1));
        assert!(repair.message.contains("windows-1252"), "{}", repair.message);

        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16).0, text);
        assert_eq!(decode(&[&[0xff, 0xfe], &utf16[..]].concat()), (text.clone().into(), None));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), (text.as_str().into(), None));
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding() {
        let mut bytes = format!("{CUE}{}", "schöne Grüße ".repeat(10)).into_bytes();
        bytes.push(0xff);
        let (text, repair) = decode(&bytes);
        assert!(text.contains("schöne Grüße") && text.ends_with('\u{fffd}'));
        assert_eq!(repair.unwrap().kind, "encoding");
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
        assert_eq!(format_of("\u{feff}WEBVTT\n", Path::new("a.srt")), TranscriptFormat::Vtt);
        assert_eq!(format_of("1\n00:00", Path::new("a.VTT")), TranscriptFormat::Vtt);
        assert_eq!(format_of("1\n00:00", Path::new("a.txt")), TranscriptFormat::Srt);
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
