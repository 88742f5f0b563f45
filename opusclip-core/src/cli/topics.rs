//! `opusclip topics`: where the topics of texts and transcripts begin.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::tree::Topics;
use super::{Stop, emit};
use crate::clip::Transcript;
use crate::clip::text::{Language, TopicOptions, keywords, language, segment, topics};
use crate::clip::transcript::{self, Written, join, sentences};
use crate::error::{Error, Result};
use crate::time::clock;

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
    let options = TopicOptions { language: wanted.language.clone(), count: wanted.count, embeddings: None };
    options.validate()?;
    let divided: Vec<Divided> = wanted.files.iter().map(|file| divide(file, &options)).collect::<Result<_>>()?;
    emit(out, json, &divided, |out, divided| print(out, divided))
}

fn divide(file: &Path, wanted: &TopicOptions) -> Result<Divided> {
    let told = |language: Option<Language>| wanted.language.clone().or_else(|| language.map(|found| found.code));
    let options = |language| TopicOptions { language, ..wanted.clone() };
    let at = |error: Error| error.file(file);
    Ok(match transcript::read_written(file)? {
        Written::Transcript(said) => {
            let options = options(told(language(&join(&said.words).0)));
            let (sentences, topics) = of_transcript(&said, &options).map_err(at)?;
            Divided { file: file.to_owned(), language: options.language, sentences, topics }
        }
        Written::Text(text) => {
            let options = options(told(language(&text)));
            let (sentences, topics) = of_lines(&text, &options).map_err(at)?;
            Divided { file: file.to_owned(), language: options.language, sentences, topics }
        }
    })
}

/// A transcript falls into its own sentences, which have times.
fn of_transcript(said: &Transcript, options: &TopicOptions) -> Result<(usize, Vec<Part>)> {
    let sentences = sentences(said);
    let parts = topics(&sentences, options)?.into_iter().map(|topic| Part {
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
