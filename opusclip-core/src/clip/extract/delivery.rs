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

/// Collects rendered clips in a hidden folder beside their place and moves them there when all are done. Dropped before,
/// it leaves the output folder as it found it.
pub(crate) struct Delivery {
    folder: PathBuf,
    created: bool,
    work: Option<tempfile::TempDir>,
    clips: Vec<Clip>,
    sheet: Sheet,
    notes: Vec<String>,
}

impl Delivery {
    /// Check that `count` clips can be put into `folder`, which is created where it is missing.
    pub(crate) fn prepare(folder: &Path, count: usize, overwrite: bool) -> Result<Self> {
        utf8_path("out_dir", folder)?;
        if !overwrite {
            refuse_existing(folder, count)?;
        }
        let created = !folder.exists();
        let unwritable =
            |error| write_failure("cannot write into the output folder", error).field("out_dir").file(folder);
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let work = tempfile::Builder::new().prefix(".opusclip-").tempdir_in(folder).map_err(|error| {
            if created {
                // Best effort: the folder was made a moment ago and is empty.
                let _ = std::fs::remove_dir(folder);
            }
            unwritable(error)
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            created,
            work: Some(work),
            clips: Vec::new(),
            sheet: Sheet::default(),
            notes: Vec::new(),
        })
    }

    /// Render one clip and its thumbnail; fills in what rendering decided.
    pub(crate) fn render(&mut self, job: &ClipJob<'_>, mut clip: Clip, control: &Control) -> Result<()> {
        clip.video = PathBuf::from(format!("clip-{:02}.mp4", clip.index));
        clip.thumbnail = PathBuf::from(format!("clip-{:02}.jpg", clip.index));
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
        if done.damaged > 0 {
            self.notes.push(format!("clip {}: {} damaged pictures were passed over", clip.index, done.damaged));
        }
        self.clips.push(clip);
        Ok(())
    }

    /// Write manifest and contact sheet and move everything to its place.
    pub(crate) fn finish(mut self, mut manifest: Manifest, control: &Control) -> Result<Report> {
        control.report("export", 0.99);
        control.check()?;
        manifest.clips = std::mem::take(&mut self.clips);
        manifest.notes.append(&mut self.notes);
        manifest.write(&self.in_work(Path::new(MANIFEST))?)?;
        let mut names: Vec<PathBuf> =
            manifest.clips.iter().flat_map(|clip| [clip.video.clone(), clip.thumbnail.clone()]).collect();
        if !manifest.clips.is_empty() {
            std::mem::take(&mut self.sheet).write(&self.in_work(Path::new(SHEET))?)?;
            names.push(SHEET.into());
        }
        // The manifest comes last: where it stands, everything it names stands too.
        names.push(MANIFEST.into());
        self.remove_stale(&names);
        for name in &names {
            let (from, to) = (self.in_work(name)?, self.folder.join(name));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|error| write_failure("cannot write the file", error).file(&to))?;
            }
        }
        self.created = false;
        let mut clips = manifest.clips;
        for clip in &mut clips {
            clip.video = self.folder.join(&clip.video);
            clip.thumbnail = self.folder.join(&clip.thumbnail);
        }
        control.report("export", 1.0);
        Ok(Report {
            out_dir: self.folder.clone(),
            manifest: self.folder.join(MANIFEST),
            contact_sheet: self.folder.join(SHEET),
            clips,
            notes: manifest.notes,
        })
    }

    fn in_work(&self, name: &Path) -> Result<PathBuf> {
        let work = self.work.as_ref().ok_or_else(|| Error::new(ErrorCode::Internal, "delivered twice"))?;
        Ok(work.path().join(name))
    }

    /// Clips of an earlier run that this one does not replace would look like its own.
    fn remove_stale(&self, names: &[PathBuf]) {
        let Ok(earlier) = Manifest::read(&self.folder.join(MANIFEST)) else { return };
        for stale in earlier.clips.iter().flat_map(|clip| [&clip.video, &clip.thumbnail]) {
            if !names.contains(stale)
                && let Err(error) = std::fs::remove_file(self.folder.join(stale))
            {
                tracing::debug!(file = %stale.display(), %error, "a clip of an earlier run stays");
            }
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.work = None;
        if self.created {
            // Best effort: only an empty folder goes, and it was this run that made it.
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

fn refuse_existing(folder: &Path, count: usize) -> Result<()> {
    let clips = (1..=count).flat_map(|n| [format!("clip-{n:02}.mp4"), format!("clip-{n:02}.jpg")]);
    match [MANIFEST.to_owned(), SHEET.to_owned()]
        .into_iter()
        .chain(clips)
        .map(|name| folder.join(name))
        .find(|path| path.exists())
    {
        Some(path) => Err(Error::new(ErrorCode::OutputExists, "the output exists already")
            .file(path)
            .field("out_dir")
            .hint("choose another folder, or ask for overwrite")),
        None => Ok(()),
    }
}
