//! What is known of a source before candidates are weighed: its words with their marks, sentences, topics.

use std::collections::HashMap;

use super::SelectOptions;
use super::lexicon::{self, Marks};
use crate::clip::analysis::{Analysis, FaceSample};
use crate::clip::hooks::Hooks;
use crate::clip::media::Chapter;
use crate::clip::text::{Terms, Topic, plain};
use crate::clip::transcript::{Sentence, Transcript, Word, is_sound, sentences};
use crate::control::Control;
use crate::error::Result;

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
    pub stemmer: Terms,
}

impl<'a> Known<'a> {
    /// Everything but the topics, which need the sentences first.
    pub(super) fn new(material: &Material<'a>, options: &SelectOptions) -> Self {
        let transcript = material.transcript.filter(|t| !t.words.is_empty());
        let words = transcript.map_or(&[][..], |t| &t.words);
        let language = options.language.clone().or_else(|| transcript.and_then(crate::clip::text::language_of));
        let stemmer = Terms::new(language.as_deref());
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
        let _ = (hooks, notes, control);
        Ok(())
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

/// Marks and numbered stems of all words.
fn mark(transcript: Option<&Transcript>, stemmer: &Terms, english: bool) -> (Vec<Marked>, HashMap<String, u32>) {
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
            let term = stemmer.term(&plain).map(|term| *terms.entry(term).or_insert(next));
            Marked { term, marks: known | lexicon::written(&word.text) }
        });
        marked.push(*found);
    }
    (marked, terms)
}
