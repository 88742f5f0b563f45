//! The output folder: checked before the work, filled all at once after it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Report;
use crate::clip::cache::content_key;
use crate::clip::caption::{ClipWord, Cue, Written, split};
use crate::clip::export::{Clip, Manifest, Sheet, fingerprint};
use crate::clip::files::{move_all, write_failure, write_whole};
use crate::clip::media::{Limits, MediaInfo, encoder_names, read_jpeg, write_jpeg};
use crate::clip::reframe;
use crate::clip::render::{ClipJob, RenderOptions, Seeing, render_clip};
use crate::clip::transcript::{self, Transcript, Word, join};
use crate::config::utf8_path;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

pub(super) const MANIFEST: &str = "manifest.json";
const SHEET: &str = "contact-sheet.jpg";
/// The page about what was chosen, where it was asked for.
pub(super) const PAGE: &str = "report.html";

/// What becomes of clips that the folder's manifest names and that are no part of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// They go, as clips of an earlier run.
    Go,
    /// They stay, if their files are there.
    Stay,
    /// They stay in any case: somebody may have written them into the manifest by hand, to be rendered later.
    StayWithoutFiles,
}

/// What all clips of a job have in common.
pub(crate) struct Common<'a> {
    pub(crate) info: &'a MediaInfo,
    pub(crate) limits: Limits,
    pub(crate) options: &'a RenderOptions,
    pub(crate) seeing: Seeing<'a>,
}

/// Names of the files of the clip with this number.
fn clip_names(index: usize) -> [PathBuf; 2] {
    [format!("clip-{index:02}.mp4").into(), format!("clip-{index:02}.jpg").into()]
}

/// Names of the subtitle files that may lie beside it.
fn subtitle_names(index: usize) -> [PathBuf; 3] {
    ["srt", "vtt", "ass"].map(|kind| format!("clip-{index:02}.{kind}").into())
}

/// All names that belong to the clip with this number.
fn all_names(index: usize) -> impl Iterator<Item = PathBuf> {
    clip_names(index).into_iter().chain(subtitle_names(index))
}

/// Collects rendered clips in a hidden folder beside their place and moves them there when all are done. Dropped before,
/// it leaves the output folder as it found it.
pub(crate) struct Delivery {
    folder: PathBuf,
    /// The folders that were made for it, outermost first.
    created: Vec<PathBuf>,
    work: Option<tempfile::TempDir>,
    /// What the folder's manifest says of its clips.
    earlier: Vec<Clip>,
    /// The clips of this job.
    clips: Vec<Clip>,
    /// Numbers of those that were rendered now.
    rendered: Vec<usize>,
    sheet: Sheet,
    notes: Vec<String>,
    others: Others,
}

impl Delivery {
    /// Check that clips with these numbers can be put into `folder`, which is created where it is missing, without
    /// touching `source`.
    pub(crate) fn prepare(
        folder: &Path,
        indexes: impl Iterator<Item = usize>,
        source: &Path,
        overwrite: bool,
        others: Others,
    ) -> Result<Self> {
        utf8_path("out_dir", folder)?;
        let names = indexes.flat_map(all_names).chain([SHEET, PAGE, MANIFEST].map(PathBuf::from));
        let existing: Vec<PathBuf> = names.map(|name| folder.join(name)).filter(|path| path.exists()).collect();
        if let Some(path) = existing.iter().find(|path| is_same_file(path, source)) {
            return Err(Error::new(ErrorCode::OutputExists, "a clip would take the place of its own source")
                .field("out_dir")
                .file(path)
                .hint("choose another folder"));
        }
        if let Some(path) = existing.first().filter(|_| !overwrite) {
            return Err(Error::new(ErrorCode::OutputExists, "the output exists already")
                .file(path)
                .field("out_dir")
                .hint("choose another folder, or ask for overwrite"));
        }
        let mut delivery = Self {
            folder: folder.to_owned(),
            created: missing(folder),
            work: None,
            earlier: earlier_clips(folder),
            clips: Vec::new(),
            rendered: Vec::new(),
            sheet: Sheet::default(),
            notes: Vec::new(),
            others,
        };
        let work = std::fs::create_dir_all(folder)
            .and_then(|()| tempfile::Builder::new().prefix(".opusclip-").tempdir_in(folder))
            .map_err(|error| {
                write_failure("cannot write into the output folder", error).field("out_dir").file(folder)
            })?;
        delivery.work = Some(work);
        Ok(delivery)
    }

    /// Render one clip and its thumbnail; fills in what rendering decided.
    pub(crate) fn render(&mut self, common: &Common<'_>, mut clip: Clip, control: &Control) -> Result<()> {
        [clip.video, clip.thumbnail] = clip_names(clip.index);
        let words = clip.said();
        let Common { info, limits, options, seeing } = *common;
        let (ranges, framing, hook) = (&clip.ranges, &clip.framing, clip.post.hook.as_str());
        let job = ClipJob { info, limits, ranges, words: &words, hook, framing, seeing, options };
        let mut done = render_clip(&job, &self.in_work(&clip.video)?, control)?;
        clip.ranges = done.ranges;
        clip.duration = done.duration;
        clip.framing = done.framing;
        clip.frame_rate = done.frame_rate;
        clip.encoder = done.encoder;
        clip.loudness = done.loudness;
        clip.width = options.width;
        clip.height = options.height;
        follow_ranges(&mut clip);
        clip.subtitles = match &done.written {
            Some(written) if options.subtitle_files && !written.cues.is_empty() => {
                self.write_subtitles(clip.index, written)?
            }
            _ => Vec::new(),
        };
        clip.rendered = self.fingerprint(common, &clip)?;
        if let Some(still) = &mut done.still {
            write_jpeg(still, "", &self.in_work(&clip.thumbnail)?)?;
            self.sheet.add(still, &clip)?;
        }
        self.rendered.push(clip.index);
        if info.video().is_some_and(reframe::is_hdr) && !reframe::can_map() {
            let what = "the linked FFmpeg has no zscale, so high dynamic range was converted without tone mapping";
            self.notes.push(format!("{}{what}", about(clip.index)));
        }
        let said = done.written.iter().flat_map(|written| &written.notes);
        self.notes.extend(said.map(|note| format!("{}{note}", about(clip.index))));
        let quieter = clip.loudness.as_ref().and_then(|loudness| loudness.note(options.lufs));
        self.notes.extend(quieter.map(|note| format!("{}{note}", about(clip.index))));
        for (count, what) in [(done.losses.lost, "are lost"), (done.losses.patched, "are damaged and were patched")] {
            if count > 0 {
                self.notes.push(format!("{}{count} pictures {what}", about(clip.index)));
            }
        }
        self.clips.push(clip);
        Ok(())
    }

    /// Take a clip as it lies in the folder, if it would come out the same again. Says whether it did.
    pub(crate) fn keep_unchanged(&mut self, common: &Common<'_>, clip: &Clip) -> Result<bool> {
        let Some(earlier) = self.earlier.iter().find(|earlier| earlier.index == clip.index) else { return Ok(false) };
        let names = clip_names(clip.index);
        let whole = |name: &PathBuf| {
            std::fs::metadata(self.folder.join(name)).is_ok_and(|found| found.is_file() && found.len() > 0)
        };
        let files = names.iter().chain(&earlier.subtitles);
        let here = [&earlier.video, &earlier.thumbnail] == [&names[0], &names[1]] && files.into_iter().all(whole);
        if !here || earlier.rendered.is_none() || earlier.rendered != self.fingerprint(common, clip)? {
            return Ok(false);
        }
        // What was measured stands in the folder's manifest, what may be edited in the other one.
        let [video, thumbnail] = names;
        let mut clip = Clip {
            duration: earlier.duration,
            video,
            thumbnail,
            subtitles: earlier.subtitles.clone(),
            width: earlier.width,
            height: earlier.height,
            frame_rate: earlier.frame_rate,
            encoder: earlier.encoder.clone(),
            loudness: earlier.loudness.clone(),
            rendered: earlier.rendered.clone(),
            ..clip.clone()
        };
        follow_ranges(&mut clip);
        self.clips.push(clip);
        Ok(true)
    }

    /// Add a page that stands beside the clips.
    pub(crate) fn add_page(&self, html: &str) -> Result<()> {
        write_whole(&self.in_work(Path::new(PAGE))?, |file| file.write_all(html.as_bytes()))
    }

    /// Write a clip's captions beside it, and say under which names.
    fn write_subtitles(&self, index: usize, written: &Written) -> Result<Vec<PathBuf>> {
        let transcript = as_transcript(&written.cues);
        let names = subtitle_names(index);
        let texts = [transcript.to_srt(), transcript.to_vtt(), written.script.clone()];
        for (name, text) in names.iter().zip(texts) {
            write_whole(&self.in_work(name)?, |file| file.write_all(text.as_bytes()))?;
        }
        Ok(names.to_vec())
    }

    /// Where the page finds the clips, in order.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.clips.iter().map(|clip| clip.video.to_string_lossy().into_owned()).collect()
    }

    /// Write manifest and contact sheet and move everything to its place.
    pub(crate) fn finish(mut self, mut manifest: Manifest, control: &Control) -> Result<Report> {
        control.report("export", 0.99);
        control.check()?;
        let mut clips = std::mem::take(&mut self.clips);
        let named: Vec<PathBuf> = clips.iter().flat_map(|clip| all_names(clip.index)).collect();
        let (others, stale): (Vec<Clip>, Vec<Clip>) = earlier_clips(&self.folder)
            .into_iter()
            .filter(|clip| !named.contains(&clip.video))
            .partition(|clip| match self.others {
                Others::Go => false,
                Others::Stay => self.folder.join(&clip.video).exists(),
                Others::StayWithoutFiles => true,
            });
        manifest.clips = others;
        manifest.clips.extend(clips.iter().cloned());
        manifest.clips.sort_by_key(|clip| clip.index);
        manifest.notes.retain(|note| !self.rendered.iter().any(|index| note.starts_with(&about(*index))));
        manifest.notes.append(&mut self.notes);
        self.write_sheet(&manifest.clips)?;
        manifest.write(&self.in_work(Path::new(MANIFEST))?)?;
        self.publish(&named)?;
        self.remove_stale(&stale, &manifest.source.path);
        self.remove_subtitles(&clips, &manifest.source.path);
        self.created.clear();
        let unchanged = clips.iter().filter(|clip| !self.rendered.contains(&clip.index));
        manifest.notes.extend(unchanged.map(|clip| format!("{}unchanged, not rendered again", about(clip.index))));
        for clip in &mut clips {
            clip.video = self.folder.join(&clip.video);
            clip.thumbnail = self.folder.join(&clip.thumbnail);
            clip.subtitles.iter_mut().for_each(|name| *name = self.folder.join(&*name));
        }
        control.report("export", 1.0);
        Ok(Report {
            out_dir: self.folder.clone(),
            manifest: self.folder.join(MANIFEST),
            contact_sheet: self.folder.join(SHEET),
            page: Some(self.folder.join(PAGE)).filter(|page| page.exists()),
            clips,
            notes: manifest.notes,
        })
    }

    /// Make the contact sheet of all clips. A sheet of some of them would hide the others, so then the old one stays.
    fn write_sheet(&mut self, clips: &[Clip]) -> Result<()> {
        for clip in clips {
            if self.sheet.shows(clip.index) {
                continue;
            }
            // The stills of clips that were not rendered now lie in the folder.
            let read = read_jpeg(&self.folder.join(&clip.thumbnail));
            if let Err(error) = read.and_then(|mut still| self.sheet.add(&mut still, clip)) {
                tracing::debug!(%error, "the contact sheet is left as it is");
                return Ok(());
            }
        }
        if clips.is_empty() { Ok(()) } else { std::mem::take(&mut self.sheet).write(&self.in_work(Path::new(SHEET))?) }
    }

    /// Move what was made to its place, the manifest last: where it stands, everything that was rendered stands too.
    fn publish(&self, clips: &[PathBuf]) -> Result<()> {
        let work = self.in_work(Path::new(""))?;
        let names = clips.iter().map(PathBuf::as_path).chain([SHEET, PAGE, MANIFEST].map(Path::new));
        move_all(names.filter(|name| work.join(name).exists()), &work, &self.folder)
    }

    /// What this clip's files are made from, or `None` where the source cannot be read again.
    fn fingerprint(&self, common: &Common<'_>, clip: &Clip) -> Result<Option<String>> {
        let Ok(source) = content_key(&common.info.path) else { return Ok(None) };
        let RenderOptions { codec, hardware, .. } = *common.options;
        fingerprint(clip, source, common.options, &encoder_names(codec, hardware)?).map(Some)
    }

    fn in_work(&self, name: &Path) -> Result<PathBuf> {
        let work = self.work.as_ref().ok_or_else(|| Error::new(ErrorCode::Internal, "delivered twice"))?;
        Ok(work.path().join(name))
    }

    /// Clips of an earlier run that this one does not replace would look like its own.
    fn remove_stale(&self, stale: &[Clip], source: &Path) {
        for clip in stale {
            let files = clip_names(clip.index).into_iter().chain(clip.subtitles.iter().cloned());
            self.remove(files, source);
        }
    }

    /// So would subtitles of a clip that has none any more. Only files that a manifest named go.
    fn remove_subtitles(&self, clips: &[Clip], source: &Path) {
        for clip in clips {
            let earlier = self.earlier.iter().find(|earlier| earlier.index == clip.index);
            let gone = earlier.into_iter().flat_map(|earlier| &earlier.subtitles);
            self.remove(gone.filter(|name| !clip.subtitles.contains(name)).cloned(), source);
        }
    }

    fn remove(&self, names: impl Iterator<Item = PathBuf>, source: &Path) {
        for path in names.map(|name| self.folder.join(name)) {
            if is_same_file(&path, source) {
                continue;
            }
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(file = %path.display(), %error, "a file of an earlier run stays");
            }
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.work = None;
        for folder in self.created.iter().rev() {
            // Best effort: only empty folders go, and it was this run that made them.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// How a note about a clip begins.
fn about(index: usize) -> String {
    format!("clip {index}: ")
}

/// Captions as a transcript, which knows the formats of subtitle files.
fn as_transcript(cues: &[Cue]) -> Transcript {
    let cue =
        |cue: &Cue| transcript::Cue { start: cue.start, end: cue.end, text: cue.text.clone(), line: 0, speaker: None };
    Transcript { cues: cues.iter().map(cue).collect(), ..Transcript::default() }
}

/// Write anew what follows from a clip's ranges and words.
fn follow_ranges(clip: &mut Clip) {
    let span = clip.span();
    (clip.start, clip.end) = (span.start, span.end);
    (clip.words, clip.context) = split(clip.said().into_iter(), &clip.ranges);
    if !clip.words.is_empty() {
        let word =
            |word: &ClipWord| Word { start: word.start, end: word.end, text: word.text.clone(), cue: 0, timed: true };
        clip.text = join(&clip.words.iter().map(word).collect::<Vec<_>>()).0;
    }
}

/// The clips that a folder's manifest names; none where there is no manifest that can be read.
fn earlier_clips(folder: &Path) -> Vec<Clip> {
    Manifest::read(&folder.join(MANIFEST)).map(|earlier| earlier.clips).unwrap_or_default()
}

/// The folders on the way to `folder`, itself included, that do not exist yet, outermost first.
fn missing(folder: &Path) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .map(Path::to_owned)
        .collect();
    missing.reverse();
    missing
}

fn is_same_file(path: &Path, source: &Path) -> bool {
    match (std::fs::canonicalize(path), std::fs::canonicalize(source)) {
        (Ok(path), Ok(source)) => path == source,
        _ => false,
    }
}
