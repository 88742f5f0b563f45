//! Fuzz targets of the transcript readers. As tests they run over random input; `cargo bolero test -p opusclip-core
//! --test clip parsers::srt` lets a fuzzer look for more.
//!
//! Whatever the input: no panic; words in order, inside of their cue, with finite times; and every error has its code.

use opusclip_core::clip::transcript::{self, Transcript, TranscriptFormat, parse, sentences};
use opusclip_core::time::Span;

/// Bytes to text: small numbers pick a piece, so that random bytes come near to what the readers know.
fn text(bytes: &[u8], pieces: &[&str]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match pieces.get(usize::from(*byte)) {
            Some(piece) => text.push_str(piece),
            None => text.push(char::from(*byte)),
        }
    }
    text
}

fn sound(made: &Transcript, what: &str) {
    assert_eq!(made.cues.iter().filter(|c| c.text.trim().is_empty()).count(), 0, "{what}");
    for word in &made.words {
        let cue = made.cues.get(word.cue).unwrap_or_else(|| panic!("{word:?} has no cue in {what}"));
        assert!(word.start.is_finite() && word.end.is_finite() && word.start <= word.end, "{word:?} in {what}");
        assert!(word.start >= cue.start - 1e-6 && word.end <= cue.end + 1e-6, "{word:?} beyond {cue:?} in {what}");
        assert!(!word.text.trim().is_empty() && !word.text.chars().any(char::is_control), "{word:?} in {what}");
    }
    assert!(made.words.windows(2).all(|w| w[0].end <= w[1].start && w[0].cue <= w[1].cue), "{made:?} of {what}");
    assert!(made.cues.windows(2).all(|c| c[0].end <= c[1].start), "{made:?} of {what}");
    let held: usize = sentences(made).iter().map(|s| s.last_word - s.first_word + 1).sum();
    assert_eq!(held, made.words.len(), "{what}");
}

fn check(text: &str, format: TranscriptFormat) {
    match parse(text, format) {
        Ok(made) => {
            sound(&made, text);
            sound(&made.clone().fit(7.5), text);
            sound(&made.clone().voiced(&[Span::new(0.5, 1.2), Span::new(1.6, 2.5), Span::new(6.0, 9.0)]), text);
            // What is written reads back with the same cues.
            let json = serde_json::to_string(&made).unwrap();
            let again = parse(&json, TranscriptFormat::Json).unwrap_or_else(|e| panic!("{e}: {json}"));
            // A cue that is squeezed to nothing gets a length again.
            let long = made.cues.iter().all(|c| c.end - c.start >= 0.001);
            assert!(!long || again.cues == made.cues, "{json}");
            let srt = transcript::from_bytes(made.to_srt().as_bytes());
            if made.cues.iter().all(|c| !c.text.contains(['<', '&', '{', '[', '>'])) && long {
                assert_eq!(srt.unwrap_or_else(|e| panic!("{e}: {made:?}")).cues.len(), made.cues.len(), "{text:?}");
            }
        }
        Err(error) => {
            assert!(error.code().as_str().starts_with("transcript."), "{error} for {text:?}");
            assert!(!error.message().is_empty());
        }
    }
}

fn fuzz(format: TranscriptFormat, pieces: &[&str], bytes: &[u8]) {
    check(&text(bytes, pieces), format);
    // The way from a file, where format and encoding are guessed.
    if let Err(error) = transcript::from_bytes(bytes) {
        assert!(error.code().as_str().starts_with("transcript."), "{error}");
    }
}

const SRT: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "1",
    "2",
    "00:00:01,000 --> 00:00:02,000\n",
    "00:00:01.5-->0:3",
    " --> ",
    "9:9:9",
    "00:00:05,000 --> 00:00:01,000\n",
    "[00:00:01.000 --> 00:00:02.000] said",
    "<i>",
    "</i>",
    "{\\an8}",
    "{\\",
    "&lt;",
    "Hello.",
    " ",
    "你好。",
    "สวัสดี",
    "\u{feff}",
    "\u{0}",
    "\u{202e}",
    "\u{301}",
    "“",
    "\u{2028}",
    "é",
    "999:59:59,999 --> 9999:00:00,0\n",
    "00:00:03,000 --> 00:00:03,000\n",
];

const VTT: &[&str] = &[
    "WEBVTT",
    "\n",
    "\n\n",
    "\r",
    "00:01.000 --> 00:02.000\n",
    "00:00:01.000 --> 00:00:09.000 align:start\n",
    "<v Ann>",
    "</v>",
    "<00:01.500>",
    "<00:08.000>",
    "<00:",
    "<c.x>",
    "NOTE ",
    "STYLE\n",
    "REGION\n",
    "Language: en\n",
    "&nbsp;",
    "&",
    "Hello.",
    " ",
    "你好",
    "ไทย",
    "\u{0}",
    "\u{2067}",
    "00:05.000 --> 00:01.000\n",
    "--> ",
    "X",
];

const ASS: &[&str] = &[
    "[Script Info]\n",
    "[Events]\n",
    "[Fonts]\n",
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
    "Format: Start, End, Text\n",
    "Format: ",
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann,0,0,0,,",
    "Dialogue: ",
    "Comment: ",
    "0:00:01.00,0:00:04.00,",
    ",",
    "{\\k50}",
    "{\\kf9999}",
    "{\\K1}",
    "{\\p1}",
    "{\\p0}",
    "{\\pos(1,2)}",
    "{",
    "}",
    "\\",
    "\\N",
    "\\h",
    "\n",
    "Hello",
    " ",
    "你好",
    "\u{0}",
    "9:99:99.999",
    "-1:0:0.0",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"segments\":",
    "\"words\":",
    "\"word_segments\":",
    "\"transcription\":",
    "\"cues\":",
    "\"start\":",
    "\"end\":",
    "\"text\":",
    "\"word\":",
    "\"speaker\":",
    "\"offsets\":{\"from\":100,\"to\":900}",
    "\"tokens\":",
    "\"language\":\"en\"",
    "{\"start\":1,\"end\":2,\"text\":\" Hi you\"}",
    "{\"word\":\" Hi\",\"start\":1.0,\"end\":1.5}",
    "{\"word\":\"you\"}",
    "null",
    "1",
    "2.5",
    "-1",
    "1e99",
    "\" Hi\"",
    "\"你好\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[1,0,1.0,2.0,\" Hi\",[]]",
    "{\"segments\":[",
    "]}",
    "{\"start\":1,\"end\":4,\"text\":\"a b\",\"words\":[",
    "\n",
    " ",
];

#[test]
fn srt() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| fuzz(TranscriptFormat::Srt, SRT, bytes));
}

#[test]
fn vtt() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| fuzz(TranscriptFormat::Vtt, VTT, bytes));
}

#[test]
fn ass() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| fuzz(TranscriptFormat::Ass, ASS, bytes));
}

#[test]
fn json() {
    bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| fuzz(TranscriptFormat::Json, JSON, bytes));
}

/// Segments with every field there or not, of the right kind or not: random text hardly ever makes sound JSON.
#[test]
fn json_segments() {
    type Part = (u8, u8, u8, Vec<(u8, u8, u8)>);
    let time = |byte: u8, name: &str| match byte {
        0..=9 => String::new(),
        10..=14 => format!("\"{name}\": null,"),
        15..=17 => format!("\"{name}\": \"{byte}.5\","),
        18 => format!("\"{name}\": [],"),
        byte => format!("\"{name}\": {},", f64::from(byte) / 16.0),
    };
    let said = ["", " Hi", "l'", "été", " 你好", " ", "\\u0007", "no."];
    bolero::check!().with_iterations(400).with_type::<Vec<Part>>().for_each(|parts| {
        let mut segments = Vec::new();
        for (start, end, kind, words) in parts {
            let word = |(a, b, text): &(u8, u8, u8)| {
                format!(
                    "{{{}{}\"word\": \"{}\"}}",
                    time(*a, "start"),
                    time(*b, "end"),
                    said[usize::from(*text) % said.len()]
                )
            };
            let text: String = words.iter().map(|w| said[usize::from(w.2) % said.len()]).collect();
            let text = if kind % 5 == 0 { String::new() } else { format!("\"text\": \"{text}\",") };
            let words: Vec<String> = words.iter().map(word).collect();
            segments.push(format!(
                "{{{}{}{text}\"words\": [{}]}}",
                time(*start, "start"),
                time(*end, "end"),
                words.join(",")
            ));
        }
        check(&format!("{{\"segments\": [{}]}}", segments.join(",\n")), TranscriptFormat::Json);
    });
}
