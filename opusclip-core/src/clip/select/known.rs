//! What is known of a source before candidates are weighed: its words with their marks, sentences, topics.

use std::collections::HashMap;

use super::features::Sums;
use super::lexicon::{self, Marks};
use super::{Hooks, SelectOptions, TightenOptions, tighten};
use crate::clip::analysis::{Analysis, FaceSample};
use crate::clip::media::Chapter;
use crate::clip::text::{self, Lexicon, Talk, Topic, TopicOptions, plain};
use crate::clip::transcript::{Sentence, Transcript, Word, is_sound, join, sentences};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// What a caller knows of a source.
///
/// ```
/// use opusclip_core::{Control, clip::{Analysis, Material, SelectOptions, select::select, transcript}};
/// let talk = transcript::parse("1\n00:00:00,000 --> 00:00:20,000\nThis is a talk.\n", transcript::TranscriptFormat::Srt)?;
/// let analysis = Analysis::of_nothing(20.0);
/// let selection = select(&Material::new(&analysis).transcript(&talk), &SelectOptions::default(), &Control::new())?;
/// assert_eq!(selection.clips[0].text, "This is a talk.");
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) transcript: Option<&'a Transcript>,
    pub(super) chapters: &'a [Chapter],
    pub(super) faces: &'a [FaceSample],
}

impl<'a> Material<'a> {
    /// Sound and picture alone; [`Analysis::of_nothing`] where there is neither.
    pub const fn new(analysis: &'a Analysis) -> Self {
        Self { analysis, transcript: None, chapters: &[], faces: &[] }
    }

    /// What is said.
    #[must_use]
    pub const fn transcript(mut self, transcript: &'a Transcript) -> Self {
        self.transcript = Some(transcript);
        self
    }

    /// Chapters of the source.
    #[must_use]
    pub const fn chapters(mut self, chapters: &'a [Chapter]) -> Self {
        self.chapters = chapters;
        self
    }

    /// Faces in some of its frames.
    #[must_use]
    pub const fn faces(mut self, faces: &'a [FaceSample]) -> Self {
        self.faces = faces;
        self
    }
}

/// A word seen through the lists of the lexicon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Marked {
    /// A number for its stem; `None` for words that carry no content.
    pub term: Option<u32>,
    /// What the lexicon says.
    pub marks: Marks,
}

/// The material and what follows from it.
pub(super) struct Known<'a> {
    pub analysis: &'a Analysis,
    /// `None` where it has no words.
    pub transcript: Option<&'a Transcript>,
    pub words: &'a [Word],
    pub sentences: Vec<Sentence>,
    pub chapters: &'a [Chapter],
    pub faces: &'a [FaceSample],
    pub language: Option<String>,
    pub topics: Vec<Topic>,
    /// One for each word.
    pub marked: Vec<Marked>,
    /// The number of each stem.
    pub terms: HashMap<String, u32>,
    pub stemmer: Lexicon,
}

impl<'a> Known<'a> {
    /// Everything but the topics, which need the sentences first.
    pub(super) fn new(material: &Material<'a>, options: &SelectOptions) -> Self {
        let transcript = material.transcript.filter(|t| !t.words.is_empty());
        let words = transcript.map_or(&[][..], |t| &t.words);
        let language = options.language.clone().or_else(|| language(words));
        let stemmer = Lexicon::new(language.as_deref());
        let (marked, terms) = mark(transcript, &stemmer, language.as_deref() == Some("en"));
        Self {
            analysis: material.analysis,
            transcript,
            words,
            sentences: transcript.map(sentences).unwrap_or_default(),
            chapters: material.chapters,
            faces: material.faces,
            language,
            topics: Vec::new(),
            marked,
            terms,
            stemmer,
        }
    }

    /// Tell topics apart, by the caller's own vectors of the sentences where there is a callback for them.
    ///
    /// # Errors
    /// `callback.*` unless the hooks fall back, those of [`Control::check`].
    pub(super) fn find_topics(&mut self, hooks: &Hooks, notes: &mut Vec<String>, control: &Control) -> Result<()> {
        // Of so few sentences each could be a topic of its own.
        let count = (self.sentences.len() < FEWEST_SENTENCES).then_some(1).filter(|_| !self.sentences.is_empty());
        let options = TopicOptions { language: self.language.clone(), count, ..TopicOptions::default() };
        if let Some(hook) = &hooks.embed
            && !self.sentences.is_empty()
        {
            let texts: Vec<String> = self.sentences.iter().map(|sentence| sentence.text.clone()).collect();
            let answer = hooks.call("embed", hook, texts, control).and_then(|vectors| {
                let given = TopicOptions { embeddings: Some(vectors), ..options.clone() };
                text::topics(&self.sentences, &given).map_err(|error| {
                    Error::new(ErrorCode::CallbackInvalid, format!("embed: {}", error.message())).field("embed")
                })
            });
            if let Some(topics) = hooks.or_fall_back("embed", answer, notes)? {
                self.topics = topics;
                return Ok(());
            }
        }
        self.topics = text::topics(&self.sentences, &options)?;
        Ok(())
    }

    /// Seconds that would be left out of the whole source; `None` where nothing is to be left out.
    pub(super) fn cuts(&self, options: &SelectOptions) -> Option<Sums> {
        let whole = Span::new(0.0, self.analysis.duration);
        let kept = self.tight(whole, options)?;
        Some(Sums::new(kept.windows(2).map(|pair| {
            let cut = Span::new(pair[0].end, pair[1].start);
            (cut, cut.duration())
        })))
    }

    /// What is played of a stretch; `None` where nothing is to be left out.
    pub(super) fn tight(&self, stretch: Span, options: &SelectOptions) -> Option<Vec<Span>> {
        let wanted = options.remove_pauses.is_some() || options.remove_fillers;
        let tightening = TightenOptions { language: self.language.clone(), ..options.tightening() };
        wanted.then(|| tighten(stretch, self.words, &self.analysis.pauses, &tightening))
    }

    /// The whole of it, as the words for posts are weighed against.
    pub(super) fn talk(&self) -> Talk {
        let sentences: Vec<&str> = self.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        Talk::new(&sentences, self.language.as_deref())
    }

    /// What is said in some ranges.
    pub(super) fn said(&self, ranges: &[Span]) -> String {
        let from = ranges.first().map_or(0.0, |range| range.start);
        let first = self.words.partition_point(|word| word.end <= from);
        let until = ranges.last().map_or(0.0, |range| range.end);
        let near = self.words.iter().skip(first).take_while(|word| word.start < until);
        // As captions do: a word belongs where its middle is.
        let plays = |word: &&Word| ranges.iter().any(|range| range.contains((word.start + word.end) / 2.0));
        let words: Vec<Word> = near.filter(plays).cloned().collect();
        join(&words).0
    }

    /// The number of a word's stem; `None` for words without content and words that are never said.
    pub(super) fn term(&self, word: &str) -> Option<u32> {
        stem(&self.stemmer, &plain(word)).and_then(|stem| self.terms.get(&stem).copied())
    }

    /// Are the word lists of use?
    pub(super) fn english(&self) -> bool {
        self.language.as_deref() == Some("en")
    }

    /// Is there speech in the sound?
    pub(super) fn heard(&self) -> bool {
        self.analysis.speech.iter().any(|s| s.duration() > 0.0)
    }

    /// The topic that most of a stretch around this time belongs to.
    pub(super) fn topic_at(&self, time: f64) -> Option<usize> {
        self.topics.partition_point(|topic| topic.start <= time).checked_sub(1)
    }
}

/// A text with fewer sentences is about one thing.
const FEWEST_SENTENCES: usize = 10;

/// So many words tell the language.
const SAMPLE: usize = 3000;

/// The language of the first words, where it is sure.
fn language(words: &[Word]) -> Option<String> {
    let sample = words.get(..words.len().min(SAMPLE))?;
    text::language(&join(sample).0).map(|found| found.code)
}

/// What is compared of a word that carries content.
fn stem(lexicon: &Lexicon, plain: &str) -> Option<String> {
    (!plain.is_empty() && !lexicon.stops_plain(plain)).then(|| lexicon.stem_plain(plain))
}

/// Marks and numbered stems of all words.
fn mark(transcript: Option<&Transcript>, stemmer: &Lexicon, english: bool) -> (Vec<Marked>, HashMap<String, u32>) {
    let mut terms: HashMap<String, u32> = HashMap::new();
    let Some(transcript) = transcript else { return (Vec::new(), terms) };
    // A talk says few words often; each is looked at once.
    let mut seen: HashMap<&str, Marked> = HashMap::new();
    let notes: Vec<Option<bool>> =
        transcript.cues.iter().map(|cue| is_sound(&cue.text).then(|| lexicon::reaction(&cue.text))).collect();
    let mut marked = Vec::with_capacity(transcript.words.len());
    for word in &transcript.words {
        if let Some(reaction) = notes.get(word.cue).copied().flatten() {
            let marks = if reaction { lexicon::REACTION } else { 0 };
            marked.push(Marked { term: None, marks });
            continue;
        }
        let found = seen.entry(&word.text).or_insert_with(|| {
            let plain = plain(&word.text);
            let known = if english { lexicon::english(&plain) } else { 0 };
            let next = terms.len() as u32;
            let term = stem(stemmer, &plain).map(|stem| *terms.entry(stem).or_insert(next));
            Marked { term, marks: known | lexicon::written(&word.text) }
        });
        marked.push(*found);
    }
    (marked, terms)
}
