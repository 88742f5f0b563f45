//! Rendering the clips of a manifest, edited or not.

use std::path::{Path, PathBuf};

use super::delivery::{Common, MANIFEST, Others};
use super::{Delivery, Report};
use crate::clip::export::{Clip, Manifest};
use crate::clip::media::{Limits, Source};
use crate::clip::render::RenderOptions;
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
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    origin: Origin,
    out_dir: Option<PathBuf>,
    only: Vec<usize>,
    overwrite: bool,
    force: bool,
    options: Option<RenderOptions>,
}

#[derive(Debug, Clone, PartialEq)]
enum Origin {
    File(PathBuf),
    Value(Box<Manifest>),
}

impl From<Manifest> for Render {
    fn from(manifest: Manifest) -> Self {
        Self::new(Origin::Value(Box::new(manifest)))
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
        Self { origin, out_dir: None, only: Vec::new(), overwrite: false, force: false, options: None }
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

    /// How the clips are to look and sound, instead of what the manifest says.
    #[must_use]
    pub fn options(mut self, options: RenderOptions) -> Self {
        self.options = Some(options);
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
                let manifest = self.adjusted(Manifest::read(path)?)?;
                self.work(&manifest, &folder, control).map_err(|error| Manifest::locate(path, error))
            }
            Origin::Value(manifest) => {
                manifest.validate()?;
                let missing =
                    || Error::new(ErrorCode::ConfigInvalid, "a manifest that is no file has no folder of its own");
                let folder = self.out_dir.as_deref();
                let folder = folder.ok_or_else(|| missing().field("out_dir").hint("give an output folder"))?;
                self.work(&self.adjusted((**manifest).clone())?, folder, control)
            }
        }
    }

    fn adjusted(&self, mut manifest: Manifest) -> Result<Manifest> {
        if let Some(options) = &self.options {
            options.validate()?;
            manifest.render = options.clone();
        }
        Ok(manifest)
    }

    fn work(&self, manifest: &Manifest, folder: &Path, control: &Control) -> Result<Report> {
        let chosen = chosen(manifest, &self.only)?;
        manifest.render.check_machine()?;
        let limits = Limits::default();
        let info = Source::open(&manifest.source.path, limits, control)?.info();
        if info.size != manifest.source.size {
            let path = manifest.source.path.display();
            let message =
                format!("{path} has {} bytes, not {}: it is another file now", info.size, manifest.source.size);
            return Err(Error::new(ErrorCode::ManifestInvalid, message).field("source.size"));
        }
        if let Some(duration) = info.duration {
            manifest.within(duration)?;
        }
        let indexes = chosen.iter().map(|clip| clip.index);
        let in_place = self.out_dir.is_none();
        let others = match (self.only.is_empty(), in_place) {
            (true, _) => Others::Go,
            (false, true) => Others::StayWithoutFiles,
            (false, false) => Others::Stay,
        };
        let replace = self.overwrite || in_place;
        let mut delivery = Delivery::prepare(folder, indexes, &manifest.source.path, replace, others)?;
        let common = Common { info: &info, limits, options: &manifest.render };
        for (position, clip) in chosen.iter().enumerate() {
            control.check()?;
            let part = control.part(position as f64 / chosen.len() as f64, (position + 1) as f64 / chosen.len() as f64);
            if self.force || !delivery.keep_unchanged(&common, clip)? {
                delivery.render(&common, (*clip).clone(), &part)?;
            }
        }
        delivery.finish(Manifest { clips: Vec::new(), ..manifest.clone() }, control)
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
        return Ok(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned());
    }
    let message = format!("only a file with the name {MANIFEST} is rendered in place");
    Err(Error::new(ErrorCode::ConfigInvalid, message).field("out_dir").file(path).hint("give an output folder"))
}

fn chosen<'a>(manifest: &'a Manifest, only: &[usize]) -> Result<Vec<&'a Clip>> {
    if let Some(missing) = only.iter().find(|index| !manifest.clips.iter().any(|clip| clip.index == **index)) {
        let message = format!("the manifest has no clip {missing}");
        return Err(Error::new(ErrorCode::ConfigOutOfRange, message).field("only"));
    }
    Ok(manifest.clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.index)).collect())
}
