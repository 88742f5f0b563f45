//! One segment and one word, in the shapes in which engines write them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::rebuild::Spoken;

/// What is wrong with a value, and where in it.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    path: String,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn of(path: &str, message: &str) -> Self {
        Self { path: path.to_owned(), message: message.to_owned() }
    }

    /// The path from the top of the file.
    pub(super) fn under(&self, parent: &str) -> String {
        match (parent, self.path.as_str()) {
            (parent, "" | ".") => parent.to_owned(),
            ("", path) => path.to_owned(),
            (parent, path) if path.starts_with('[') => format!("{parent}{path}"),
            (parent, path) => format!("{parent}.{path}"),
        }
    }
}

/// Read a value; a failure knows where in it.
pub(super) fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Problem> {
    let mut source = serde_json::Deserializer::from_str(raw.get());
    serde_path_to_error::deserialize(&mut source).map_err(|failure| {
        let path = failure.path().to_string();
        let message = failure.inner().to_string();
        // Line and column count from the beginning of this value.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Problem { path, message }
    })
}

/// What is said together.
#[derive(Debug, Default)]
pub(super) struct Segment<'a> {
    pub(super) start: Option<f64>,
    pub(super) end: Option<f64>,
    pub(super) text: Option<String>,
    pub(super) speaker: Option<String>,
    pub(super) words: Option<&'a RawValue>,
    /// Parts of words, as whisper.cpp writes them.
    pub(super) tokens: Vec<Spoken>,
}

/// A segment or a word as an object: the names of all engines.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(deserialize_with = "seconds")]
    start: Option<f64>,
    #[serde(deserialize_with = "seconds")]
    end: Option<f64>,
    #[serde(deserialize_with = "seconds")]
    begin: Option<f64>,
    timestamp: Option<Pair>,
    offsets: Option<Offsets>,
    text: Option<String>,
    word: Option<String>,
    lines: Option<Vec<String>>,
    speaker: Value,
    #[serde(borrow)]
    words: Option<&'a RawValue>,
    #[serde(borrow)]
    tokens: Option<&'a RawValue>,
}

/// Seconds from and to.
#[derive(Debug, Default, Deserialize)]
struct Pair(#[serde(deserialize_with = "seconds")] Option<f64>, #[serde(deserialize_with = "seconds")] Option<f64>);

/// Milliseconds from and to.
#[derive(Debug, Default, Deserialize)]
struct Offsets {
    from: f64,
    to: f64,
}

/// A word of faster-whisper as a list.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "items of a list are read in their order")]
struct Listed(
    #[serde(deserialize_with = "seconds")] Option<f64>,
    #[serde(deserialize_with = "seconds")] Option<f64>,
    String,
    #[serde(default)] Value,
);

impl<'a> Segment<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, Problem> {
        if raw.get().starts_with('[') {
            return Self::listed(raw);
        }
        let item = Item::read(raw)?;
        let (start, end) = item.times();
        let tokens = match item.tokens.filter(|_| item.offsets.is_some()) {
            Some(raw) => tokens(raw)?,
            None => Vec::new(),
        };
        let text = item.text.or(item.word).or_else(|| item.lines.map(|lines| lines.join(" ")));
        Ok(Self { start, end, text, speaker: name(&item.speaker), words: item.words, tokens })
    }

    /// A segment of faster-whisper as a list: number, seek, start, end, text, and words somewhere behind them.
    fn listed(raw: &'a RawValue) -> Result<Self, Problem> {
        let items: Vec<&'a RawValue> = read(raw)?;
        let at =
            |place: usize| items.get(place).ok_or_else(|| Problem::of("", "a segment as a list has 5 items or more"));
        let time = |place: usize| read::<Time>(at(place)?).map(|time| time.0).map_err(|p| placed(place, &p));
        let text = read::<String>(at(4)?).map_err(|problem| placed(4, &problem))?;
        let is_words = |raw: &&&RawValue| {
            let mut signs = raw.get().chars().filter(|c| !c.is_whitespace());
            signs.next() == Some('[') && matches!(signs.next(), Some('[' | '{'))
        };
        let words = items.iter().skip(5).find(is_words).copied();
        Ok(Self { start: time(2)?, end: time(3)?, text: Some(text), words, ..Self::default() })
    }
}

fn placed(place: usize, problem: &Problem) -> Problem {
    Problem { path: format!("[{place}]"), message: problem.message.clone() }
}

impl<'a> Item<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, Problem> {
        if raw.get().starts_with('[') {
            let Listed(start, end, text, _) = read(raw)?;
            return Ok(Self { start, end, text: Some(text), ..Self::default() });
        }
        if !raw.get().starts_with('{') {
            return Err(Problem::of("", "expected an object or a list"));
        }
        read(raw)
    }

    fn times(&self) -> (Option<f64>, Option<f64>) {
        let (offsets, pair) = (self.offsets.as_ref(), self.timestamp.as_ref());
        let start = self.start.or(self.begin).or(pair.and_then(|p| p.0)).or(offsets.map(|o| o.from / 1000.0));
        let end = self.end.or(pair.and_then(|p| p.1)).or(offsets.map(|o| o.to / 1000.0));
        (start, end)
    }

    /// The item as a word, with who says it; `None` where it says nothing.
    pub(super) fn word(self) -> Option<(Option<String>, Spoken)> {
        let (start, end) = self.times();
        let text = self.word.or(self.text)?;
        Some((name(&self.speaker), Spoken { text, start, end, own: true }))
    }
}

/// Parts of words with their times, without those that stand for something else, such as `[_BEG_]`.
fn tokens(raw: &RawValue) -> Result<Vec<Spoken>, Problem> {
    #[derive(Deserialize)]
    struct Token {
        text: String,
        #[serde(default)]
        offsets: Option<Offsets>,
    }
    let within = |problem: Problem| Problem { path: problem.under("tokens"), message: problem.message };
    let tokens: Vec<Token> = read(raw).map_err(within)?;
    let said = tokens.into_iter().filter(|token| !token.text.starts_with("[_"));
    let spoken = |token: Token| Spoken {
        start: token.offsets.as_ref().map(|o| o.from / 1000.0),
        end: token.offsets.as_ref().map(|o| o.to / 1000.0),
        text: token.text,
        own: true,
    };
    Ok(said.map(spoken).collect())
}

/// A speaker is mostly a text, sometimes a number.
fn name(speaker: &Value) -> Option<String> {
    match speaker {
        Value::String(name) => Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Time(#[serde(deserialize_with = "seconds")] Option<f64>);

/// Longest time that a file may speak of, in seconds.
const LONGEST: f64 = 1000.0 * 3600.0;

/// A time as a number, as a text that is one, or nothing. Engines write times a little before 0.
fn seconds<'de, D: Deserializer<'de>>(source: D) -> Result<Option<f64>, D::Error> {
    use serde::de::Error as _;
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Number(f64),
        Text(String),
        Nothing(()),
    }
    let wrong =
        |found: &dyn std::fmt::Display| D::Error::custom(format!("expected seconds, 0 to {LONGEST}, found {found}"));
    let time = match Wire::deserialize(source).map_err(|_| wrong(&"something else"))? {
        Wire::Number(number) => number,
        Wire::Text(text) => text.trim().parse().map_err(|_| wrong(&format!("`{text}`")))?,
        Wire::Nothing(()) => return Ok(None),
    };
    if (-1.0..LONGEST).contains(&time) { Ok(Some(time.max(0.0))) } else { Err(wrong(&time)) }
}
