//! `opusclip topics`: where the topics of texts and transcripts begin.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::tree::Topics;
use super::{Stop, emit};
use crate::clip::files::read_regular;
use crate::clip::text::{TopicOptions, keywords, language, segment, topics};
use crate::clip::transcript::{self, sentences};
use crate::error::{Error, ErrorCode, Result};
use crate::time::clock;

/// The largest text in bytes.
const MOST_BYTES: u64 = 20_000_000;

/// One file's answer.
#[derive(Debug, Serialize)]
struct Divided {
    file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    sentences: usize,
    topics: Vec<Part>,
}

/// One topic; a text has no times.
#[derive(Debug, Serialize)]
struct Part {
    first_sentence: usize,
    last_sentence: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
    keywords: Vec<String>,
}

pub(super) fn run(out: &mut dyn Write, json: bool, wanted: &Topics) -> Result<(), Stop> {
    let divided: Vec<Divided> = wanted.files.iter().map(|file| divide(file, wanted)).collect::<Result<_>>()?;
    emit(out, json, &divided, |out, divided| print(out, divided))
}

fn divide(file: &Path, wanted: &Topics) -> Result<Divided> {
    let text = read(file)?;
    let options = |text: &str| TopicOptions {
        language: wanted.language.clone().or_else(|| language(text).map(|found| found.code)),
        count: wanted.count,
        embeddings: None,
    };
    let options = options(&text);
    let (count, topics) = if text.contains("-->") {
        of_transcript(file, &options)?
    } else {
        of_lines(&text, &options).map_err(|error| error.file(file))?
    };
    Ok(Divided { file: file.to_owned(), language: options.language, sentences: count, topics })
}

/// A transcript falls into its own sentences, which have times.
fn of_transcript(file: &Path, options: &TopicOptions) -> Result<(usize, Vec<Part>)> {
    let sentences = sentences(&transcript::read(file)?);
    let found = topics(&sentences, options).map_err(|error| error.file(file))?;
    let parts = found.into_iter().map(|topic| Part {
        first_sentence: topic.first_sentence,
        last_sentence: topic.last_sentence,
        start: Some(topic.start),
        end: Some(topic.end),
        keywords: topic.keywords,
    });
    Ok((sentences.len(), parts.collect()))
}

/// Any other text has one sentence on each line that is not blank.
fn of_lines(text: &str, options: &TopicOptions) -> Result<(usize, Vec<Part>)> {
    let sentences: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let starts = segment(&sentences, options)?;
    let words = keywords(&sentences, &starts, options.language.as_deref());
    let ends = starts.iter().skip(1).copied().chain([sentences.len()]);
    let parts = starts.iter().zip(ends).zip(words).map(|((&first_sentence, end), keywords)| Part {
        first_sentence,
        last_sentence: end - 1,
        start: None,
        end: None,
        keywords,
    });
    Ok((sentences.len(), parts.collect()))
}

fn read(file: &Path) -> Result<String> {
    let bytes = read_regular(file, MOST_BYTES).map_err(|error| {
        let (code, message) = match error.kind() {
            io::ErrorKind::FileTooLarge => (ErrorCode::LimitExceeded, "the text is larger than 20 MB".to_owned()),
            _ => (ErrorCode::TranscriptUnreadable, format!("the text cannot be read: {error}")),
        };
        Error::new(code, message).file(file).caused_by(error)
    })?;
    // What is not UTF-8 mostly is Windows-1252, a superset of Latin-1; every byte means something in it.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| encoding_rs::WINDOWS_1252.decode(error.as_bytes()).0.into_owned()))
}

fn print(out: &mut dyn Write, divided: &[Divided]) -> io::Result<()> {
    for file in divided {
        if divided.len() > 1 {
            writeln!(out, "{}", file.file.display())?;
        }
        for topic in &file.topics {
            let time = topic.start.map(|start| format!("  {}", clock(start))).unwrap_or_default();
            writeln!(out, "{:>6}{time}  {}", topic.first_sentence + 1, topic.keywords.join(", "))?;
        }
    }
    Ok(())
}
