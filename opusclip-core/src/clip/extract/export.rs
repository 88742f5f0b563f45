//! Handing clips over to editing programs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::origin::{Origin, source_of};
use crate::clip::export::{Clip, ExportFormat, Manifest, write_edits};
use crate::clip::files::{move_all, write_failure, write_whole};
use crate::clip::media::{Limits, MediaInfo, Source, copy_range};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::round_micros;

/// What an export made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    /// The files, in the order of the clips.
    pub files: Vec<PathBuf>,
    /// What each file holds, where packets were copied.
    pub segments: Vec<Segment>,
    /// What the caller should know.
    pub notes: Vec<String>,
}

/// A range of a clip whose packets were copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Number of the clip.
    pub clip: usize,
    /// Number of the range among the clip's, from 1.
    pub part: usize,
    /// Its file.
    pub file: PathBuf,
    /// Where the range begins in the source, in seconds.
    pub wanted: f64,
    /// Where the file begins, in seconds: at the keyframe before.
    pub start: f64,
    /// By how many seconds the file begins too early.
    pub early: f64,
}

/// Clips of a manifest for editing programs, set up step by step.
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Export, ExportFormat}};
/// let exported = Export::file("clips/manifest.json").run(ExportFormat::Otio, &Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    origin: Origin,
    out_dir: Option<PathBuf>,
    only: Vec<usize>,
    overwrite: bool,
}

impl From<Manifest> for Export {
    fn from(manifest: Manifest) -> Self {
        Self::new(manifest.into())
    }
}

impl Export {
    /// From a manifest's file; without [`Export::out_dir`] into its folder.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::File(path.into()))
    }

    fn new(origin: Origin) -> Self {
        Self { origin, out_dir: None, only: Vec::new(), overwrite: false }
    }

    /// The folder for the files.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Only the clips with these numbers. Empty means all.
    #[must_use]
    pub fn only(mut self, only: impl Into<Vec<usize>>) -> Self {
        self.only = only.into();
        self
    }

    /// Replace files that exist.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Do it: all files or none.
    ///
    /// # Errors
    /// [`ErrorCode::ManifestInvalid`], `config.*`, `media.*`, `output.*`, [`ErrorCode::Cancelled`].
    pub fn run(&self, format: ExportFormat, control: &Control) -> Result<Exported> {
        let manifest = self.origin.read()?;
        let folder = self.origin.folder(self.out_dir.as_deref())?;
        let clips = super::render::chosen(&manifest, &self.only)?;
        let info = source_of(&manifest, Limits::default(), control)?;
        let existed = folder.exists();
        let done = self.work(format, &manifest, &clips, &info, &folder, control);
        if done.is_err() && !existed {
            // Best effort, and only where it is empty: this run made it.
            let _ = std::fs::remove_dir(&folder);
        }
        done
    }

    fn work(
        &self,
        format: ExportFormat,
        manifest: &Manifest,
        clips: &[Clip],
        info: &MediaInfo,
        folder: &Path,
        control: &Control,
    ) -> Result<Exported> {
        let failed = |error| write_failure("cannot write into the output folder", error).field("out_dir").file(folder);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let work = tempfile::Builder::new().prefix(".opusclip-").tempdir_in(folder).map_err(failed)?;
        let mut exported = Exported { files: Vec::new(), segments: Vec::new(), notes: Vec::new() };
        if format == ExportFormat::Segments {
            exported.segments = segments(manifest, clips, info, work.path(), control)?;
            exported.files = exported.segments.iter().map(|segment| segment.file.clone()).collect();
            exported.notes = exported.segments.iter().filter_map(Segment::note).collect();
        } else {
            let (files, notes) = write_edits(format, manifest, clips, info)?;
            for (name, bytes) in files {
                write_whole(&work.path().join(&name), |file| file.write_all(&bytes))?;
                exported.files.push(name);
            }
            exported.notes = notes;
        }
        control.check()?;
        self.publish(&exported.files, work.path(), folder)?;
        for file in exported.files.iter_mut().chain(exported.segments.iter_mut().map(|segment| &mut segment.file)) {
            *file = folder.join(&*file);
        }
        Ok(exported)
    }

    fn publish(&self, names: &[PathBuf], work: &Path, folder: &Path) -> Result<()> {
        if let Some(there) = names.iter().map(|name| folder.join(name)).find(|path| path.exists() && !self.overwrite) {
            return Err(Error::new(ErrorCode::OutputExists, "the output exists already")
                .file(there)
                .field("out_dir")
                .hint("choose another folder, or ask for overwrite"));
        }
        move_all(names.iter().map(PathBuf::as_path), work, folder)
    }
}

impl Segment {
    fn note(&self) -> Option<String> {
        (self.early > 0.0).then(|| {
            format!("clip {}: {} begins {:.3} s early, at a keyframe", self.clip, self.file.display(), self.early)
        })
    }
}

fn segments(
    manifest: &Manifest,
    clips: &[Clip],
    info: &MediaInfo,
    work: &Path,
    control: &Control,
) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let ranges =
        clips.iter().flat_map(|clip| (1..).zip(&clip.ranges).map(|(number, range)| (clip.index, number, range)));
    let total = clips.iter().map(|clip| clip.ranges.len()).sum::<usize>().max(1);
    for (clip, part, span) in ranges {
        control.report("export", segments.len() as f64 / total as f64);
        let name = format!("clip-{clip:02}-segment-{part:02}");
        let mut source = Source::open(&manifest.source.path, Limits::default(), control)?;
        let (file, start) = copy_range(&mut source, info, *span, &work.join(name))?;
        let file = PathBuf::from(file.file_name().unwrap_or_default());
        let early = round_micros((span.start - start).max(0.0));
        segments.push(Segment { clip, part, file, wanted: span.start, start: round_micros(start), early });
    }
    Ok(segments)
}
