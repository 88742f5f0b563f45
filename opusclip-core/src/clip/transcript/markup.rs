//! The text of a cue without its markup: lines, who speaks, and the times inside of it.

use fasrt::srt::text::{TextParser, TextToken};
use fasrt::vtt::cue::{CueParser, CueStr, CueToken, Tag};

use super::TranscriptFormat;

/// What one speaker says in a cue.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Voice {
    /// Who speaks, where the file says so.
    pub speaker: Option<String>,
    /// The lines as shown, none of them empty.
    pub lines: Vec<TextLine>,
}

/// A line of plain text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TextLine {
    /// No markup, no control characters, single blanks.
    pub text: String,
    /// When what stands in it is said, in order of the text.
    pub marks: Vec<Mark>,
}

/// From a byte of a text on, words are said at this time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    /// The byte.
    pub at: usize,
    /// Seconds.
    pub start: f64,
    /// Seconds; `None` where they are said until the next mark.
    pub end: Option<f64>,
    /// Is the time the file's own, or only where words without times have room?
    pub own: bool,
}

impl Mark {
    /// A time of the file, which holds until the next one.
    pub(super) fn new(at: usize, start: f64) -> Self {
        Self { at, start, end: None, own: true }
    }
}

/// Is this a character that never reaches a word? Control characters would break lines, and overrides of the reading
/// direction (UAX #9) would turn round what stands beside the word. The marks U+200E, U+200F and U+061C stay: they are
/// part of how words are spelled.
pub(super) fn is_unwanted(c: char) -> bool {
    c.is_control() && !c.is_whitespace() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Take a cue's body apart. Voices without text are left out.
///
/// SubStation Alpha has a reader of its own; JSON carries no markup.
pub(super) fn voices(body: &str, format: TranscriptFormat) -> Vec<Voice> {
    let mut builder = Builder { references: true, ..Builder::default() };
    match format {
        TranscriptFormat::Ass | TranscriptFormat::Json => builder.text(body),
        TranscriptFormat::Srt => {
            for token in TextParser::new(body) {
                match token {
                    TextToken::Text(text) => builder.text(text),
                    TextToken::LineBreak => builder.text("\n"),
                    TextToken::StartTag(_) | TextToken::EndTag(_) | TextToken::InlineCode(_) => {}
                }
            }
        }
        TranscriptFormat::Vtt => {
            for token in CueParser::new(body) {
                match token {
                    CueToken::Text(text) => builder.text(text.as_raw()),
                    CueToken::Timestamp(time) => builder.mark(time.to_duration().as_secs_f64()),
                    CueToken::StartTag { tag: Tag::Voice, annotation, .. } => {
                        builder.voice(annotation.map(|a| a.normalize().to_owned()));
                    }
                    CueToken::StartTag { .. } | CueToken::EndTag(_) => {}
                }
            }
        }
    }
    builder.finish()
}

/// Puts clean lines together.
#[derive(Default)]
pub(super) struct Builder {
    done: Vec<Voice>,
    voice: Voice,
    line: TextLine,
    /// Are there character references such as `&amp;`?
    references: bool,
    /// Character references are decoded over a whole run of text, which may reach across tags of SRT.
    raw: String,
    blank: bool,
}

impl Builder {
    /// Append text; `\n` ends a line.
    pub(super) fn text(&mut self, raw: &str) {
        self.raw.push_str(raw);
    }

    /// What comes is said from this time on.
    fn mark(&mut self, time: f64) {
        self.mark_until(time, None);
    }

    /// What comes is said at this time.
    pub(super) fn mark_until(&mut self, start: f64, end: Option<f64>) {
        self.settle();
        let at = self.line.text.len() + usize::from(self.blank && !self.line.text.is_empty());
        self.line.marks.push(Mark { at, start, end, own: true });
    }

    /// What comes is said by this speaker.
    pub(super) fn voice(&mut self, speaker: Option<String>) {
        if speaker == self.voice.speaker {
            return;
        }
        self.settle();
        self.end_voice();
        self.voice.speaker = speaker;
    }

    /// Decode what was gathered and append it, cleaned.
    fn settle(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        if self.references {
            let raw = without_codes(&raw);
            self.clean(CueStr::needs_normalization(&raw).normalize());
        } else {
            self.clean(&raw);
        }
    }

    fn clean(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.end_line(),
                '\u{feff}' | '\u{fffd}' if self.line.text.is_empty() => {}
                c if c.is_whitespace() => self.blank = true,
                c if is_unwanted(c) || c == '\u{feff}' => {}
                c => {
                    if std::mem::take(&mut self.blank) && !self.line.text.is_empty() {
                        self.line.text.push(' ');
                    }
                    self.line.text.push(c);
                }
            }
        }
    }

    fn end_line(&mut self) {
        self.blank = false;
        let line = std::mem::take(&mut self.line);
        if line.text.is_empty() {
            // A time before a line break belongs to the text after it.
            self.line.marks = line.marks.into_iter().map(|mark| Mark { at: 0, ..mark }).collect();
        } else {
            self.voice.lines.push(line);
        }
    }

    fn end_voice(&mut self) {
        self.end_line();
        let voice = std::mem::take(&mut self.voice);
        if !voice.lines.is_empty() {
            self.done.push(voice);
        }
    }

    /// What was said by whom; nobody says nothing.
    pub(super) fn finish(mut self) -> Vec<Voice> {
        self.settle();
        self.end_voice();
        self.done
    }
}

/// Leave out the SubStation codes such as `{\an8}` that converters leave behind in WebVTT too.
fn without_codes(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("{\\") {
        return text.into();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{\\") {
        let Some(close) = rest[open..].find('}') else { break };
        kept.push_str(&rest[..open]);
        rest = &rest[open + close + 1..];
    }
    kept.push_str(rest);
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(body: &str, format: TranscriptFormat) -> Vec<String> {
        voices(body, format).iter().flat_map(|v| v.lines.iter().map(|l| l.text.clone())).collect()
    }

    #[test]
    fn markup_goes_and_text_stays() {
        use TranscriptFormat::{Srt, Vtt};
        assert_eq!(plain("{\\an8}<i>Hello</i>  <font color=\"red\">you</font>", Srt), ["Hello you"]);
        assert_eq!(plain("HTML5 &lt;video&gt; &amp; more", Srt), ["HTML5 <video> & more"]);
        assert_eq!(plain("I <3 this", Srt), ["I <3 this"]);
        assert_eq!(plain("one<br>two\nthree", Srt), ["one", "two", "three"]);
        assert_eq!(plain("{\\an8}<c.yellow>Hi&nbsp;there</c> \u{200e}x\u{7}y", Vtt), ["Hi there \u{200e}xy"]);
        assert_eq!(plain("\u{202e}abc\u{202c} \u{2067}d\u{2069}\u{85}e", Srt), ["abc d e"]);
    }

    #[test]
    fn voices_and_inline_times_are_kept() {
        let found = voices("<v Ann>Hi <00:01.500>there</v>\n<v Bob>Ho", TranscriptFormat::Vtt);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].speaker.as_deref(), Some("Ann"));
        assert_eq!(found[0].lines, [TextLine { text: "Hi there".into(), marks: vec![Mark::new(3, 1.5)] }]);
        assert_eq!(found[1].speaker.as_deref(), Some("Bob"));
    }

    #[test]
    fn nothing_but_markup_is_nothing() {
        assert!(voices("<b></b> \n{\\an8}", TranscriptFormat::Srt).is_empty());
    }
}
