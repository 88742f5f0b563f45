//! A transcript as a subtitle file.

use std::fmt::Write as _;

use super::timing::Clock;
use super::{Cue, Transcript, TranscriptFormat, Word};

impl Transcript {
    /// The transcript as SubRip, which [`super::parse`] reads back: cues with their times to the millisecond. Speakers
    /// and times of words have no place in it.
    ///
    /// ```
    /// use opusclip_core::clip::transcript::{TranscriptFormat, parse};
    /// let srt = "1\n00:00:01,000 --> 00:00:02,500\nHello world\n\n";
    /// assert_eq!(parse(srt, TranscriptFormat::Srt)?.to_srt(), srt);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_srt(&self) -> String {
        let mut out = String::new();
        for (number, cue) in (1..).zip(&self.cues) {
            let (start, end) = times(cue, TranscriptFormat::Srt);
            // Writing to a text cannot fail.
            let _ = write!(out, "{number}\n{start} --> {end}\n{}\n\n", cue.text);
        }
        out
    }

    /// The transcript as WebVTT, with speakers as voices and the times of words that are the file's own as tags such as
    /// `<00:00:01.000>`; <https://www.w3.org/TR/webvtt1/#webvtt-cue-timestamp>.
    ///
    /// ```
    /// use opusclip_core::clip::transcript::{TranscriptFormat, parse};
    /// let vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<v Ann>Hello <00:00:02.000>world\n\n";
    /// assert_eq!(parse(vtt, TranscriptFormat::Vtt)?.to_vtt(), vtt);
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_vtt(&self) -> String {
        let mut out = String::from("WEBVTT\n");
        if let Some(language) = &self.language {
            let _ = writeln!(out, "Language: {language}");
        }
        out.push('\n');
        let mut rest = self.words.as_slice();
        for (at, cue) in self.cues.iter().enumerate() {
            let (words, after) = rest.split_at(rest.partition_point(|word| word.cue <= at));
            rest = after;
            let (start, end) = times(cue, TranscriptFormat::Vtt);
            let _ = writeln!(out, "{start} --> {end}");
            if let Some(speaker) = &cue.speaker {
                let _ = write!(out, "<v {}>", escaped(speaker));
            }
            body(&mut out, cue, words);
            out.push_str("\n\n");
        }
        out
    }
}

/// Both times as the format wants them; a cue lasts a millisecond at least.
fn times(cue: &Cue, format: TranscriptFormat) -> (String, String) {
    let (start, end) = (Clock::of(cue.start), Clock::of(cue.end.max(cue.start + 0.001)));
    (start.write(format), end.write(format))
}

/// The text of a cue with the times inside of it. By the letter of WebVTT these grow and lie within the cue.
fn body(out: &mut String, cue: &Cue, words: &[Word]) {
    let (mut written, mut done) = (Clock::of(cue.start).millis(), 0);
    let end = Clock::of(cue.end).millis();
    let mut stamp = |out: &mut String, seconds: f64| {
        let time = Clock::of(seconds);
        if time.millis() > written && time.millis() < end {
            written = time.millis();
            let _ = write!(out, "<{}>", time.write(TranscriptFormat::Vtt));
        }
    };
    let mut before: Option<&Word> = None;
    for word in words {
        let Some(at) = cue.text.get(done..).and_then(|rest| rest.find(&word.text)).map(|at| done + at) else {
            continue;
        };
        // A pause after a word is said by a time of its own.
        if let Some(before) = before.filter(|before| before.timed && word.start - before.end > 0.001) {
            stamp(out, before.end);
        }
        out.push_str(&escaped(&cue.text[done..at]));
        if word.timed || before.is_some_and(|before| before.timed) {
            stamp(out, word.start);
        }
        out.push_str(&escaped(&word.text));
        done = at + word.text.len();
        before = Some(word);
    }
    out.push_str(&escaped(cue.text.get(done..).unwrap_or_default()));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_between_words_and_languages_are_kept() {
        let json = r#"{"language": "en", "segments": [{"start": 1, "end": 5, "text": " A <b> & c", "speaker": "X > Y",
            "words": [{"word": " A", "start": 1, "end": 1.5}, {"word": " <b>", "start": 2, "end": 2.5},
                      {"word": " &", "start": 3, "end": 3.2}, {"word": " c", "start": 3.2, "end": 5}]}]}"#;
        let made = parse(json, TranscriptFormat::Json).unwrap();
        let vtt = made.to_vtt();
        assert!(vtt.starts_with("WEBVTT\nLanguage: en\n\n00:00:01.000 --> 00:00:05.000\n<v X &gt; Y>A<00:00:01.500> <00:00:02.000>&lt;b&gt;"), "{vtt}");
        let again = parse(&vtt, TranscriptFormat::Vtt).unwrap();
        assert_eq!((again.language.clone(), again.words), (made.language.clone(), made.words));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            cues in prop::collection::vec((1u32..4000, 20u32..4000, "[a-zà-öñ你好 ,.!'-]{0,30}[a-z]"), 1..20),
        ) {
            let mut transcript = Transcript::default();
            let mut at = 0;
            for (n, (gap, length, text)) in cues.into_iter().enumerate() {
                let (start, end) = (at + gap, at + gap + length);
                let words: Vec<&str> = text.split_whitespace().collect();
                let (text, line) = (words.join(" "), 4 * n as u64 + 2);
                transcript.cues.push(Cue { start: f64::from(start) / 1000.0, end: f64::from(end) / 1000.0, text, line, speaker: None });
                at = end;
            }
            for (text, format) in
                [(transcript.to_srt(), TranscriptFormat::Srt), (transcript.to_vtt(), TranscriptFormat::Vtt)]
            {
                let read = parse(&text, format).unwrap();
                let cues = |t: &Transcript| t.cues.iter().map(|c| (c.start, c.end, c.text.clone())).collect::<Vec<_>>();
                prop_assert_eq!(cues(&read), cues(&transcript));
                prop_assert!(read.repairs.is_empty(), "{:?}", read.repairs);
            }
        }
    }
}
