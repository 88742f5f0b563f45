//! Rendering the clips of a manifest, edited or not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::delivery::{MANIFEST, Others};
use super::make::Common;
use super::origin::{Origin, folder_of, source_of};
use super::{ANALYZED, Delivery, RenderChanges, Report, finder};
use crate::clip::analysis::analyze;
use crate::clip::export::{Clip, Manifest};
use crate::clip::media::Limits;
use crate::clip::reframe::{Framing, Layout, SubjectHook};
use crate::clip::render::{RenderOptions, Seeing};
use crate::clip::select::Hooks;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};

/// Rendering from a manifest, set up step by step.
///
/// What may be edited: the `ranges` of a clip (`start`, `end`, `duration` and `text` follow them), its `words` (text and
/// times; one that is left out is not shown), its `framing` (the layout `auto` decides anew), the clips themselves, and the
/// options in `render`. A clip of which all that decides its files is still as it was, and whose files lie in the output
/// folder, is not rendered again.
///
/// ```no_run
/// use opusclip_core::{Control, clip::Render};
/// // Edited in an editor: render what changed, in place.
/// let report = Render::file("clips/manifest.json").run(&Control::new())?;
/// // All of it, somewhere else.
/// let report = Render::file("clips/manifest.json").out_dir("again").force(true).run(&Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Render {
    origin: Origin,
    out_dir: Option<PathBuf>,
    only: Vec<usize>,
    overwrite: bool,
    force: bool,
    changes: RenderChanges,
    subjects: Option<SubjectHook>,
    callback_time_limit: Option<Duration>,
}

impl fmt::Debug for Render {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Render")
            .field("origin", &self.origin)
            .field("out_dir", &self.out_dir)
            .field("only", &self.only)
            .field("overwrite", &self.overwrite)
            .field("force", &self.force)
            .field("changes", &self.changes)
            .field("subjects", &self.subjects.is_some())
            .field("callback_time_limit", &self.callback_time_limit)
            .finish()
    }
}

impl From<Manifest> for Render {
    fn from(manifest: Manifest) -> Self {
        Self::new(manifest.into())
    }
}

impl Render {
    /// From a manifest's file. Without [`Render::out_dir`] it is rendered in place: changed clips and the manifest itself
    /// are replaced when all of them are done. A job that fails or is cancelled leaves them as they were.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::File(path.into()))
    }

    fn new(origin: Origin) -> Self {
        Self {
            origin,
            out_dir: None,
            only: Vec::new(),
            overwrite: false,
            force: false,
            changes: RenderChanges::default(),
            subjects: None,
            callback_time_limit: Hooks::default().time_limit,
        }
    }

    /// The folder for clips, contact sheet and manifest.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Render only the clips with these numbers, and leave others that the folder's manifest names as they are. Empty
    /// means all.
    #[must_use]
    pub fn only(mut self, only: impl Into<Vec<usize>>) -> Self {
        self.only = only.into();
        self
    }

    /// Replace output that exists in [`Render::out_dir`].
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Render clips that did not change, too.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// A detector of the caller's own, where a framing is decided anew.
    #[must_use]
    pub fn subjects(mut self, detector: impl Into<Option<SubjectHook>>) -> Self {
        self.subjects = detector.into();
        self
    }

    /// How long one call of a callback may take; `None` is as long as it likes. Default 60 s.
    #[must_use]
    pub fn callback_time_limit(mut self, limit: Option<Duration>) -> Self {
        self.callback_time_limit = limit;
        self
    }

    /// Options that go before those of the manifest; the manifest that is written has them. Others for layout, size or
    /// finding subjects decide on the framing anew.
    #[must_use]
    pub fn changes(mut self, changes: RenderChanges) -> Self {
        self.changes = changes;
        self
    }

    /// Do it. The report names all clips that were asked for; a note says which were not rendered again.
    ///
    /// # Errors
    /// [`ErrorCode::ManifestInvalid`] with the field, and for a file with its line; `config.*`, `media.*`, `output.*`,
    /// [`ErrorCode::Cancelled`], [`ErrorCode::LimitTime`].
    pub fn run(&self, control: &Control) -> Result<Report> {
        match &self.origin {
            Origin::File(path) => {
                let folder = self.out_dir.clone().map_or_else(|| own_folder(path), Ok)?;
                let manifest = Manifest::read(path)?;
                self.work(&manifest, &folder, control).map_err(|error| Manifest::locate(path, error))
            }
            Origin::Value(_) => {
                let manifest = self.origin.read()?;
                let folder = self.origin.folder(self.out_dir.as_deref())?;
                self.work(&manifest, &folder, control)
            }
        }
    }

    fn work(&self, manifest: &Manifest, folder: &Path, control: &Control) -> Result<Report> {
        let options = self.changes.clone().over(manifest.render.clone());
        options.validate()?;
        options.check_machine()?;
        let mut chosen = chosen(manifest, &self.only)?;
        if self.changes.layout.is_some() || framed_otherwise(&manifest.render, &options) {
            for clip in &mut chosen {
                clip.framing = Framing { layout: Layout::Auto, shots: Vec::new(), ..clip.framing.clone() };
            }
        }
        let limits = Limits::default();
        let info = source_of(manifest, limits, control)?;
        let indexes = chosen.iter().map(|clip| clip.index);
        let in_place = self.out_dir.is_none();
        let others = match (self.only.is_empty(), in_place) {
            (true, _) => Others::Go,
            (false, true) => Others::StayWithoutFiles,
            (false, false) => Others::Stay,
        };
        let replace = self.overwrite || in_place;
        let mut delivery = Delivery::prepare(folder, indexes, &manifest.source.path, replace, others, control)?;
        let undecided = chosen.iter().any(|clip| !clip.framing.is_decided());
        let finder = if undecided { finder(&options, self.subjects.as_ref(), self.callback_time_limit)? } else { None };
        let analyzed = if finder.is_some() { ANALYZED } else { 0.0 };
        let look = || analyze(&manifest.source.path, limits, &control.part(0.0, analyzed));
        let found = finder.as_ref().map(|_| look()).transpose()?;
        let control = &control.part(analyzed, 1.0);
        let seeing = Seeing { analysis: found.as_ref(), finder: finder.as_ref() };
        let common = Common { info: &info, limits, options: &options, seeing };
        delivery.make(&common, chosen, !self.force, control)?;
        delivery.finish(Manifest { clips: Vec::new(), render: options, ..manifest.clone() }, control)
    }
}

/// Render the clips of a manifest again, into `out_dir`: [`Render`] as a plain function.
///
/// Times, words and framing are taken from the manifest, so an edited manifest gives edited clips. `only` names the
/// clips to render by their index, and leaves others that the folder's manifest names as they are; empty renders all.
/// With `overwrite`, clips that lie in the folder and did not change are left as they are.
///
/// # Errors
/// As [`Render::run`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Manifest, render}};
/// let manifest = Manifest::read("clips/manifest.json".as_ref())?;
/// let report = render(&manifest, "again", &[], false, &Control::new())?;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn render(
    manifest: &Manifest,
    out_dir: impl AsRef<Path>,
    only: &[usize],
    overwrite: bool,
    control: &Control,
) -> Result<Report> {
    Render::from(manifest.clone()).out_dir(out_dir.as_ref()).only(only).overwrite(overwrite).run(control)
}

/// Where a manifest is rendered in place. Under another name it would not be the one that tells what lies there.
fn own_folder(path: &Path) -> Result<PathBuf> {
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        return Ok(folder_of(path));
    }
    let message = format!("only a file with the name {MANIFEST} is rendered in place");
    Err(Error::new(ErrorCode::ConfigInvalid, message).field("out_dir").file(path).hint("give an output folder"))
}

/// Do these options frame clips in another way than those?
fn framed_otherwise(before: &RenderOptions, now: &RenderOptions) -> bool {
    let framing = |options: &RenderOptions| {
        (options.layout, options.width, options.height, options.follow, options.face_model.clone())
    };
    framing(before) != framing(now)
}

pub(super) fn chosen(manifest: &Manifest, only: &[usize]) -> Result<Vec<Clip>> {
    if let Some(missing) = only.iter().find(|index| !manifest.clips.iter().any(|clip| clip.index == **index)) {
        let message = format!("the manifest has no clip {missing}");
        return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("only"));
    }
    Ok(manifest.clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.index)).cloned().collect())
}
