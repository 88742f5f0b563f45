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
    /// From this byte of `text` on, the words are said at this time in seconds.
    pub marks: Vec<(usize, f64)>,
}

/// Take a cue's body apart. Voices without text are left out.
pub(super) fn voices(body: &str, format: TranscriptFormat) -> Vec<Voice> {
    let mut builder = Builder::default();
    match format {
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

#[derive(Default)]
struct Builder {
    done: Vec<Voice>,
    voice: Voice,
    line: TextLine,
    /// Character references are decoded over a whole run of text, which may reach across tags of SRT.
    raw: String,
    blank: bool,
}

impl Builder {
    fn text(&mut self, raw: &str) {
        self.raw.push_str(raw);
    }

    fn mark(&mut self, time: f64) {
        self.settle();
        let at = self.line.text.len() + usize::from(self.blank && !self.line.text.is_empty());
        self.line.marks.push((at, time));
    }

    fn voice(&mut self, speaker: Option<String>) {
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
        let raw = without_codes(&raw);
        for c in CueStr::needs_normalization(&raw).normalize().chars() {
            match c {
                '\n' => self.end_line(),
                '\u{feff}' | '\u{fffd}' if self.line.text.is_empty() => {}
                c if c.is_whitespace() => self.blank = true,
                c if c.is_control() || c == '\u{feff}' => {}
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
            self.line.marks = line.marks.into_iter().map(|(_, time)| (0, time)).collect();
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

    fn finish(mut self) -> Vec<Voice> {
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
    }

    #[test]
    fn voices_and_inline_times_are_kept() {
        let found = voices("<v Ann>Hi <00:01.500>there</v>\n<v Bob>Ho", TranscriptFormat::Vtt);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].speaker.as_deref(), Some("Ann"));
        assert_eq!(found[0].lines, [TextLine { text: "Hi there".into(), marks: vec![(3, 1.5)] }]);
        assert_eq!(found[1].speaker.as_deref(), Some("Bob"));
    }

    #[test]
    fn nothing_but_markup_is_nothing() {
        assert!(voices("<b></b> \n{\\an8}", TranscriptFormat::Srt).is_empty());
    }
}
