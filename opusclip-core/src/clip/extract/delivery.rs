//! The output folder: checked before the work, filled all at once after it.

use std::path::{Path, PathBuf};

use super::Report;
use crate::clip::export::{Clip, Manifest, Sheet};
use crate::clip::files::write_failure;
use crate::clip::media::write_jpeg;
use crate::clip::render::{ClipJob, render_clip};
use crate::config::utf8_path;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

const MANIFEST: &str = "manifest.json";
const SHEET: &str = "contact-sheet.jpg";

/// Names of the files of the clip with this number.
fn clip_names(index: usize) -> [PathBuf; 2] {
    [format!("clip-{index:02}.mp4").into(), format!("clip-{index:02}.jpg").into()]
}

/// Collects rendered clips in a hidden folder beside their place and moves them there when all are done. Dropped before,
/// it leaves the output folder as it found it.
pub(crate) struct Delivery {
    folder: PathBuf,
    /// The folders that were made for it, outermost first.
    created: Vec<PathBuf>,
    work: Option<tempfile::TempDir>,
    clips: Vec<Clip>,
    sheet: Sheet,
    notes: Vec<String>,
    /// Are clips of the folder's manifest that are not rendered now to stay?
    keep: bool,
}

impl Delivery {
    /// Check that clips with these numbers can be put into `folder`, which is created where it is missing, without
    /// touching `source`. `keep` says that other clips of the folder stay as they are.
    pub(crate) fn prepare(
        folder: &Path,
        indexes: impl Iterator<Item = usize>,
        source: &Path,
        overwrite: bool,
        keep: bool,
    ) -> Result<Self> {
        utf8_path("out_dir", folder)?;
        let names = indexes.flat_map(clip_names).chain([SHEET.into(), MANIFEST.into()]);
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
            clips: Vec::new(),
            sheet: Sheet::default(),
            notes: Vec::new(),
            keep,
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
    pub(crate) fn render(&mut self, job: &ClipJob<'_>, mut clip: Clip, control: &Control) -> Result<()> {
        [clip.video, clip.thumbnail] = clip_names(clip.index);
        let mut done = render_clip(job, &self.in_work(&clip.video)?, control)?;
        clip.start = done.ranges.first().map_or(clip.start, |range| range.start);
        clip.end = done.ranges.last().map_or(clip.end, |range| range.end);
        clip.ranges = done.ranges;
        clip.duration = done.duration;
        clip.framing = done.framing;
        clip.frame_rate = done.frame_rate;
        clip.encoder = done.encoder;
        clip.loudness = done.loudness;
        clip.width = job.options.width;
        clip.height = job.options.height;
        if let Some(still) = &mut done.still {
            write_jpeg(still, "", &self.in_work(&clip.thumbnail)?)?;
            self.sheet.add(still, (clip.width, clip.height), clip.index, (clip.start, clip.end), clip.score)?;
        }
        for (count, what) in [(done.losses.lost, "are lost"), (done.losses.patched, "are damaged and were patched")] {
            if count > 0 {
                self.notes.push(format!("clip {}: {count} pictures {what}", clip.index));
            }
        }
        self.clips.push(clip);
        Ok(())
    }

    /// Write manifest and contact sheet and move everything to its place.
    pub(crate) fn finish(mut self, mut manifest: Manifest, control: &Control) -> Result<Report> {
        control.report("export", 0.99);
        control.check()?;
        let mut rendered = std::mem::take(&mut self.clips);
        let mut names: Vec<PathBuf> = rendered.iter().flat_map(|clip| clip_names(clip.index)).collect();
        let earlier = Manifest::read(&self.folder.join(MANIFEST)).map(|earlier| earlier.clips).unwrap_or_default();
        let (others, stale): (Vec<Clip>, Vec<Clip>) = earlier
            .into_iter()
            .filter(|clip| !names.contains(&clip.video))
            .partition(|clip| self.keep && self.folder.join(&clip.video).exists());
        // A sheet of some of the clips would hide the others.
        if !rendered.is_empty() && others.is_empty() {
            std::mem::take(&mut self.sheet).write(&self.in_work(Path::new(SHEET))?)?;
            names.push(SHEET.into());
        }
        manifest.clips = others;
        manifest.clips.extend(rendered.iter().cloned());
        manifest.clips.sort_by_key(|clip| clip.index);
        manifest.notes.append(&mut self.notes);
        manifest.write(&self.in_work(Path::new(MANIFEST))?)?;
        // The manifest comes last: where it stands, everything it names stands too.
        names.push(MANIFEST.into());
        self.remove_stale(&stale, &manifest.source.path);
        for name in &names {
            let (from, to) = (self.in_work(name)?, self.folder.join(name));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|error| write_failure("cannot write the file", error).file(&to))?;
            }
        }
        self.created.clear();
        for clip in &mut rendered {
            clip.video = self.folder.join(&clip.video);
            clip.thumbnail = self.folder.join(&clip.thumbnail);
        }
        control.report("export", 1.0);
        Ok(Report {
            out_dir: self.folder.clone(),
            manifest: self.folder.join(MANIFEST),
            contact_sheet: self.folder.join(SHEET),
            clips: rendered,
            notes: manifest.notes,
        })
    }

    fn in_work(&self, name: &Path) -> Result<PathBuf> {
        let work = self.work.as_ref().ok_or_else(|| Error::new(ErrorCode::Internal, "delivered twice"))?;
        Ok(work.path().join(name))
    }

    /// Clips of an earlier run that this one does not replace would look like its own.
    fn remove_stale(&self, stale: &[Clip], source: &Path) {
        for clip in stale {
            for path in clip_names(clip.index).map(|name| self.folder.join(name)) {
                if is_same_file(&path, source) {
                    continue;
                }
                if let Err(error) = std::fs::remove_file(&path) {
                    tracing::debug!(file = %path.display(), %error, "a clip of an earlier run stays");
                }
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
