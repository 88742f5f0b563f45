//! The whole job as one call: probe, analyse, choose, render, export.

mod delivery;
mod export;
mod make;
mod options;
mod origin;
mod render;
mod side_by_side;
mod work;

use delivery::{Delivery, Others};
pub use export::{Export, Exported, Segment};
use make::Common;
pub use options::{ExtractOptions, RenderChanges};
pub use render::{Render, render};

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clip::analysis::{Analysis, FaceSample, analyze_source};
use crate::clip::callback::or_fall_back;
use crate::clip::caption::{ClipWord, split};
use crate::clip::export::{Clip, MANIFEST_VERSION, Manifest, SelectionPage, SourceInfo};
use crate::clip::media::{Limits, MediaInfo, Source, StreamInfo, StreamKind};
use crate::clip::reframe::{Crop, Finder, Framing, Layout, SubjectHook, faces_at};
use crate::clip::render::{Preset, RenderOptions, Seeing};
use crate::clip::select::{ClipPlan, Hooks, Material, Selection, select_with};
use crate::clip::transcribe::{Apart, TranscribeOptions, Transcriber, transcribe};
use crate::clip::transcript::{self, Transcript, TranscriptInput, Word};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::round_micros;

/// Shares of the progress that the stages take.
const ANALYZED: f64 = 0.2;
const RENDERED: f64 = 0.98;

/// The share of choosing that a speech engine takes.
const TRANSCRIBED: f64 = 0.7;

/// Faces are looked for in so many keyframes at most, which takes some seconds, and not more often than in so many seconds.
const MOST_LOOKS: f64 = 120.0;
const LEAST_LOOK: f64 = 2.0;

/// A sloppy transcript has a repair in every line; a report names this many.
const MOST_REPAIRS: usize = 20;

/// What a job made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The folder that everything lies in.
    pub out_dir: PathBuf,
    /// The manifest's file.
    pub manifest: PathBuf,
    /// The contact sheet's file.
    pub contact_sheet: PathBuf,
    /// The page about what was chosen and why, where one was asked for.
    #[serde(default)]
    pub page: Option<PathBuf>,
    /// The clips in order of time; their paths begin with `out_dir`.
    pub clips: Vec<Clip>,
    /// What the caller should know: repairs, damage, fewer clips than asked for.
    pub notes: Vec<String>,
}

/// The main job, set up step by step.
///
/// ```no_run
/// use opusclip_core::{Control, clip::Extract};
/// let report = Extract::from("talk.mp4").transcript("talk.srt").count(3).run("clips", &Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Extract {
    /// `None`: the words of the transcript are all there is.
    video: Option<PathBuf>,
    options: ExtractOptions,
    limits: Limits,
    hooks: Hooks,
    transcriber: Option<Arc<dyn Transcriber>>,
    subjects: Option<SubjectHook>,
}

impl fmt::Debug for Extract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extract")
            .field("video", &self.video)
            .field("options", &self.options)
            .field("limits", &self.limits)
            .field("hooks", &self.hooks)
            .field("transcriber", &self.transcriber.is_some())
            .field("subjects", &self.subjects.is_some())
            .finish()
    }
}

impl<P: Into<PathBuf>> From<P> for Extract {
    fn from(video: P) -> Self {
        Self { video: Some(video.into()), ..Self::without_video() }
    }
}

impl Extract {
    /// A job that only chooses, by the words of a transcript alone; it reads no media.
    ///
    /// ```no_run
    /// use opusclip_core::{Control, clip::Extract};
    /// let selection = Extract::without_video().transcript("talk.srt").count(3).select(&Control::new())?;
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn without_video() -> Self {
        Self {
            video: None,
            options: ExtractOptions::default(),
            limits: Limits::default(),
            hooks: Hooks::default(),
            transcriber: None,
            subjects: None,
        }
    }

    /// All options at once.
    #[must_use]
    pub fn options(mut self, options: ExtractOptions) -> Self {
        self.options = options;
        self
    }

    /// What the file may cost before it is refused.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.max_damage = limits.damage;
        self.limits = limits;
        self
    }

    /// A file that [`transcript::read`] understands, or what a speech engine gave.
    #[must_use]
    pub fn transcript(mut self, transcript: impl Into<TranscriptInput>) -> Self {
        self.options.transcript = Some(transcript.into());
        self
    }

    /// How many clips at most.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.options.select.count = count;
        self
    }

    /// Shortest and longest clip in seconds.
    #[must_use]
    pub fn between(mut self, shortest: f64, longest: f64) -> Self {
        self.options.select.min_duration = shortest;
        self.options.select.max_duration = longest;
        self
    }

    /// Look and encode as a platform wants it. What is set after it goes before it.
    #[must_use]
    pub fn preset(mut self, preset: Preset) -> Self {
        self.options.render = preset.over(self.options.render);
        self
    }

    /// How the picture fills the frame.
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.options.render.layout = layout;
        self
    }

    /// Size of the clips in pixels.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.options.render.width = width;
        self.options.render.height = height;
        self
    }

    /// A speech engine for a video that comes without a transcript. Of its own it has no time limit.
    #[must_use]
    pub fn transcriber(mut self, engine: impl Into<Option<Arc<dyn Transcriber>>>) -> Self {
        self.transcriber = engine.into();
        self
    }

    /// A detector of the caller's own that finds what is to be kept in the frame, in place of the built-in one.
    #[must_use]
    pub fn subjects(mut self, detector: impl Into<Option<SubjectHook>>) -> Self {
        self.subjects = detector.into();
        self
    }

    /// Models of the caller's own.
    #[must_use]
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    /// Replace output that exists.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.options.overwrite = overwrite;
        self
    }

    /// Do the job: clips, thumbnails, contact sheet and manifest in `out_dir`, all of them or none.
    ///
    /// # Errors
    /// `config.*` before any work begins, `media.*`, `transcript.*`, `output.*`, [`crate::ErrorCode::Cancelled`],
    /// [`crate::ErrorCode::LimitTime`]. Nothing half written is left behind.
    pub fn run(&self, out_dir: impl AsRef<Path>, control: &Control) -> Result<Report> {
        self.options.validate()?;
        self.options.render.check_machine()?;
        let control = self.limited(control);
        let indexes = 1..=self.options.select.count;
        let video = self.video.as_deref().ok_or_else(nothing_to_choose_from)?;
        let mut delivery =
            Delivery::prepare(out_dir.as_ref(), indexes, video, self.options.overwrite, Others::Go, &control)?;
        let finder = self.finder()?;
        let found = self.find(video, finder.as_ref(), &control.part(0.0, ANALYZED))?;
        let seeing = Seeing { analysis: Some(&found.analysis), finder: finder.as_ref() };
        let options = &self.options.render;
        let common = Common { info: &found.info, limits: self.effective_limits(), options, seeing };
        let draft = |(index, plan): (usize, &ClipPlan)| {
            let said = found.transcript.iter().flat_map(|transcript| &transcript.words);
            let (words, context) = split(said.map(clip_word), &plan.ranges);
            draft(index, plan, words, context)
        };
        let clips = (1..).zip(&found.selection.clips).map(draft).collect();
        delivery.make(&common, clips, false, &control.part(ANALYZED, RENDERED))?;
        if self.options.report {
            let (title, clips) = (video.file_name().unwrap_or(video.as_os_str()).to_string_lossy(), delivery.urls());
            let page = SelectionPage { title: &title, video: Some(video), media: None, clips: &clips };
            delivery.add_page(&found.selection.to_html(&page, &control)?)?;
        }
        delivery.finish(self.manifest(video, &found), &control)
    }

    /// Only choose: what would be rendered, and why.
    ///
    /// # Errors
    /// As [`Extract::run`], without `output.*`.
    pub fn select(&self, control: &Control) -> Result<Selection> {
        self.options.validate()?;
        let control = self.limited(control);
        let selection = match &self.video {
            Some(video) => {
                let mut found = self.find(video, self.finder()?.as_ref(), &control)?;
                found.selection.notes = found.notes();
                found.selection
            }
            None => self.find_in_words(&control)?,
        };
        control.report("select", 1.0);
        Ok(selection)
    }

    /// Choose by the words of the transcript alone.
    fn find_in_words(&self, control: &Control) -> Result<Selection> {
        let transcript = match &self.options.transcript {
            Some(given) => given.read()?,
            None => return Err(nothing_to_choose_from()),
        };
        let duration = transcript.words.last().map_or(0.0, |word| word.end) + self.options.select.tail;
        let analysis = Analysis::of_nothing(duration);
        let material = Material::new(&analysis).transcript(&transcript);
        let mut selection = select_with(&material, &self.options.select, &self.all_hooks(), control)?;
        selection.notes.extend(repairs(&transcript));
        Ok(selection)
    }

    /// The callbacks with what the options say of them.
    fn all_hooks(&self) -> Hooks {
        let limit = self.options.callback_time_limit;
        let time_limit = (limit > 0.0).then(|| Duration::from_secs_f64(limit));
        Hooks { time_limit, fall_back: self.options.callback_fallback, ..self.hooks.clone() }
    }

    fn limited(&self, control: &Control) -> Control {
        match self.options.time_limit {
            Some(seconds) => control.clone().with_time_limit(Duration::from_secs_f64(seconds)),
            None => control.clone(),
        }
    }

    fn effective_limits(&self) -> Limits {
        Limits { damage: self.options.max_damage, ..self.limits }
    }

    fn finder(&self) -> Result<Option<Finder>> {
        finder(&self.options.render, self.subjects.as_ref(), self.all_hooks().time_limit)
    }

    fn find(&self, video: &Path, finder: Option<&Finder>, control: &Control) -> Result<Found> {
        control.report("probe", 0.0);
        let given = self.options.transcript.as_ref().map(TranscriptInput::read).transpose()?;
        let (limits, options) = (self.effective_limits(), self.options.analyze_options());
        let recall = options.recall(video, &limits);
        let mut source = Source::open(video, limits, control)?;
        let info = source.info();
        if info.video.is_none() {
            return Err(crate::clip::render::no_video(video));
        }
        control.check()?;
        let mut notes = Vec::new();
        let (control, said) = match given {
            Some(given) => (control.clone(), Some(given)),
            None => self.hear(&source, &info, control, &mut notes)?,
        };
        let part = control.part(0.0, 0.8);
        let analysis = recall.or_else(&part, || analyze_source(&mut source, &info, &options, &part))?;
        let transcript = said.map(|transcript| transcript.fit(analysis.duration).snap(&analysis));
        let faces = self.faces(&mut source, &info, analysis.duration, finder, &control.part(0.8, 0.95))?;
        control.report("select", 0.95);
        let material = Material::new(&analysis).chapters(&info.chapters).faces(&faces);
        let material = transcript.as_ref().map_or(material, |transcript| material.transcript(transcript));
        let mut selection = select_with(&material, &self.options.select, &self.all_hooks(), &control.part(0.95, 1.0))?;
        selection.notes.splice(0..0, notes);
        Ok(Found { info, analysis, transcript, selection })
    }

    /// Where faces are seen, by keyframes at equal distances over what is chosen from.
    fn faces(
        &self,
        source: &mut Source,
        info: &MediaInfo,
        duration: f64,
        finder: Option<&Finder>,
        control: &Control,
    ) -> Result<Vec<FaceSample>> {
        let Some(finder) = finder else { return Ok(Vec::new()) };
        let [from, to] = self.options.select.range.unwrap_or([0.0, duration]);
        let (from, to) = (from.min(duration), to.min(duration));
        let step = ((to - from) / MOST_LOOKS).max(LEAST_LOOK);
        let count = ((to - from) / step).floor().max(0.0) as usize;
        let moments: Vec<f64> = (0..count).map(|n| from + (n as f64 + 0.5) * step).collect();
        let samples = faces_at(source, info, &moments, finder, control)?;
        // A source without any face is no worse for it.
        Ok(if samples.iter().any(|sample| sample.count > 0) { samples } else { Vec::new() })
    }

    /// The words of a video that came without a transcript, by the caller's engine or from its subtitles, and what is left
    /// of the control.
    fn hear(
        &self,
        source: &Source,
        info: &MediaInfo,
        control: &Control,
        notes: &mut Vec<String>,
    ) -> Result<(Control, Option<Transcript>)> {
        let (video, mut control) = (source.path(), control.clone());
        if let (Some(engine), Some(_)) = (&self.transcriber, info.audio) {
            let options = TranscribeOptions {
                language: self.options.select.language.clone(),
                max_damage: self.options.max_damage,
                ..TranscribeOptions::default()
            };
            let said = transcribe(video, &Apart(Arc::clone(engine)), &options, &control.part(0.0, TRANSCRIBED));
            control = control.part(TRANSCRIBED, 1.0);
            if let Some(said) = or_fall_back("transcribe", said, self.options.callback_fallback, notes)? {
                return Ok((control, Some(said).filter(|said| !said.words.is_empty())));
            }
        }
        let is_text = |stream: &StreamInfo| stream.kind == StreamKind::Subtitle && source.is_text(stream.index);
        if self.options.subtitles && info.streams.iter().any(is_text) {
            return match transcript::embedded(video, None, self.effective_limits(), &control) {
                // Forced subtitles may say nothing at all.
                Err(error) if error.code() == ErrorCode::TranscriptEmpty => Ok((control, None)),
                said => said.map(|said| (control, Some(said))),
            };
        }
        Ok((control, None))
    }

    fn manifest(&self, video: &Path, found: &Found) -> Manifest {
        let path = std::path::absolute(video).unwrap_or_else(|_| video.to_owned());
        Manifest {
            version: MANIFEST_VERSION,
            generator: format!("opusclip {}", env!("CARGO_PKG_VERSION")),
            source: SourceInfo { path, size: found.info.size, duration: found.analysis.duration },
            render: self.options.render.clone(),
            clips: Vec::new(),
            notes: found.notes(),
        }
    }
}

/// What finds subjects in the pictures of a job; `None` where nobody is to be looked for.
fn finder(options: &RenderOptions, own: Option<&SubjectHook>, limit: Option<Duration>) -> Result<Option<Finder>> {
    match own {
        _ if !options.follow => Ok(None),
        Some(hook) => Ok(Some(Finder::Hook(Arc::clone(hook), limit))),
        None => Finder::open(options.face_model.as_deref()).map(Some),
    }
}

fn nothing_to_choose_from() -> Error {
    let error = Error::new(ErrorCode::ConfigInvalid, "there is neither a video nor a transcript to choose from");
    error.field("video").hint("give a video; to choose only, a transcript will do")
}

/// Cut clips out of a video: [`Extract`] as a plain function.
///
/// # Errors
/// As [`Extract::run`].
pub fn extract_clips(
    video: impl Into<PathBuf>,
    out_dir: impl AsRef<Path>,
    options: ExtractOptions,
    control: &Control,
) -> Result<Report> {
    Extract::from(video).options(options).run(out_dir, control)
}

/// Everything that is known before rendering.
struct Found {
    info: MediaInfo,
    analysis: Analysis,
    transcript: Option<Transcript>,
    selection: Selection,
}

impl Found {
    fn notes(&self) -> Vec<String> {
        let notes = self.selection.notes.iter().chain(&self.analysis.damage.notes).cloned();
        notes.chain(self.transcript.iter().flat_map(repairs)).collect()
    }
}

/// What was mended in a transcript, for people.
fn repairs(transcript: &Transcript) -> Vec<String> {
    let repairs = &transcript.repairs;
    let shown = repairs.iter().take(MOST_REPAIRS).map(|r| format!("transcript line {}: {}", r.line, r.message));
    let hidden = repairs.len().saturating_sub(MOST_REPAIRS);
    let rest = (hidden > 0).then(|| format!("transcript: {hidden} more repairs of this kind"));
    shown.chain(rest).collect()
}

/// A clip before it is rendered; what rendering decides is filled in by [`Delivery::render`].
fn draft(index: usize, plan: &ClipPlan, words: Vec<ClipWord>, context: Vec<ClipWord>) -> Clip {
    Clip {
        index,
        start: plan.ranges.first().map_or(0.0, |range| range.start),
        end: plan.ranges.last().map_or(0.0, |range| range.end),
        duration: 0.0,
        ranges: plan.ranges.clone(),
        score: plan.score,
        features: plan.features.clone(),
        reason: plan.reason.clone(),
        text: plan.text.clone(),
        post: plan.post.clone(),
        words,
        context,
        framing: Framing { layout: Layout::Auto, crop: Crop::WHOLE, reason: String::new(), shots: Vec::new() },
        video: PathBuf::new(),
        thumbnail: PathBuf::new(),
        subtitles: Vec::new(),
        width: 0,
        height: 0,
        frame_rate: crate::clip::media::Rational { num: 0, den: 1 },
        encoder: String::new(),
        loudness: None,
        rendered: None,
    }
}

fn clip_word(word: &Word) -> ClipWord {
    ClipWord { start: round_micros(word.start), end: round_micros(word.end), text: word.text.clone() }
}
