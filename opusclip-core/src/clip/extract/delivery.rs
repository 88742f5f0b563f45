//! The output folder: checked before the work, filled all at once after it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Report;
use super::make::{Common, about, all_names, clip_names, earlier_names, follow_ranges, make};
use super::side_by_side::{at_once, each};
use super::work::Work;
use crate::clip::export::{Clip, Manifest, Sheet};
use crate::clip::files::{holds_something, write_whole};
use crate::clip::media::read_thumbnail;
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

/// Makes the clips of a job in a hidden folder within their place, and moves them to it when all are done. Dropped before,
/// it leaves the output folder as it found it, unless the clips that are finished are to be kept.
pub(crate) struct Delivery {
    folder: PathBuf,
    /// The folders that were made for it, outermost first.
    created: Vec<PathBuf>,
    /// `None` while it is set up, and after everything has its place.
    work: Option<Work>,
    /// What the folder's manifest says of its clips.
    earlier: Vec<Clip>,
    /// The clips of this job.
    clips: Vec<Clip>,
    /// Numbers of those that were rendered for it.
    rendered: Vec<usize>,
    notes: Vec<String>,
    others: Others,
    control: Control,
    /// Clips that a process before this one had finished, and of which it is not known yet whether they are wanted.
    found: bool,
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
        control: &Control,
    ) -> Result<Self> {
        utf8_path("out_dir", folder)?;
        let mut delivery = Self {
            folder: folder.to_owned(),
            created: missing(folder),
            work: None,
            earlier: Vec::new(),
            clips: Vec::new(),
            rendered: Vec::new(),
            notes: Vec::new(),
            others,
            control: control.clone(),
            found: false,
        };
        // What a killed process had moved already is no output yet.
        let work = delivery.work.insert(Work::open(folder)?);
        delivery.found = work.has_clips();
        delivery.check_place(indexes, source, overwrite)?;
        delivery.earlier = earlier_clips(folder);
        Ok(delivery)
    }

    fn check_place(&self, indexes: impl Iterator<Item = usize>, source: &Path, overwrite: bool) -> Result<()> {
        let names = indexes.flat_map(all_names).chain([SHEET, PAGE, MANIFEST].map(PathBuf::from));
        let existing: Vec<PathBuf> = names.map(|name| self.folder.join(name)).filter(|path| path.exists()).collect();
        if let Some(path) = existing.iter().find(|path| is_same_file(path, source)) {
            return Err(Error::new(ErrorCode::OutputExists, "a clip would take the place of its own source")
                .field("out_dir")
                .file(path)
                .hint("choose another folder"));
        }
        match existing.first().filter(|_| !overwrite) {
            Some(path) => Err(Error::new(ErrorCode::OutputExists, "the output exists already")
                .file(path)
                .field("out_dir")
                .hint("choose another folder, or ask for overwrite")),
            None => Ok(()),
        }
    }

    /// Make the clips of the job. With `keep`, one that lies in the folder and would come out the same is left as it is;
    /// one that an earlier process had finished before it was stopped is taken over in any case.
    pub(crate) fn make(&mut self, common: &Common<'_>, clips: Vec<Clip>, keep: bool, control: &Control) -> Result<()> {
        let mut wanted = Vec::new();
        for clip in clips {
            if !(keep && self.keep_unchanged(common, &clip)?) {
                let asked = common.asked(&clip)?;
                wanted.push((clip, asked));
            }
        }
        let work = self.work()?;
        work.retain(|made| wanted.iter().any(|(clip, asked)| made.answers(clip, asked.as_deref())))?;
        let at_once = at_once(common.options, common.info.video(), wanted.len());
        let made = each(&wanted, at_once, control, |(clip, asked), control| {
            let made = work.recall(clip, asked.as_deref());
            made.map_or_else(|| make(common, work, clip, asked.clone(), control), Ok)
        });
        self.found = false;
        for made in made? {
            self.rendered.push(made.clip.index);
            self.notes.extend(made.notes);
            self.clips.push(made.clip);
        }
        Ok(())
    }

    /// Take a clip as it lies in the folder, if it would come out the same again. Says whether it did.
    fn keep_unchanged(&mut self, common: &Common<'_>, clip: &Clip) -> Result<bool> {
        let Some(earlier) = self.earlier.iter().find(|earlier| earlier.index == clip.index) else { return Ok(false) };
        let names = clip_names(clip.index, common.options.thumbnails);
        let whole = |name: &PathBuf| holds_something(&self.folder.join(name));
        let files = names.iter().chain(&earlier.subtitles);
        let here = [&earlier.video, &earlier.thumbnail] == [&names[0], &names[1]] && files.into_iter().all(whole);
        if !here || earlier.rendered.is_none() || earlier.rendered != common.fingerprint(clip)? {
            return Ok(false);
        }
        // What was measured stands in the folder's manifest, what may be edited in the other one.
        let mut clip = clip.clone();
        clip.take_measures(earlier);
        follow_ranges(&mut clip);
        self.clips.push(clip);
        Ok(true)
    }

    /// Add a page that stands beside the clips.
    pub(crate) fn add_page(&self, html: &str) -> Result<()> {
        write_whole(&self.work()?.file(PAGE), |file| file.write_all(html.as_bytes()))
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
        clips.sort_by_key(|clip| clip.index);
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
        let work = self.work()?;
        manifest.write(&work.file(MANIFEST))?;
        // The manifest last: where it stands, everything that was rendered stands too.
        let names: Vec<PathBuf> = named.into_iter().chain([SHEET, PAGE, MANIFEST].map(PathBuf::from)).collect();
        work.publish(&names, &self.folder)?;
        self.remove_stale(&stale, &manifest.source.path);
        self.remove_replaced(&clips, &manifest.source.path);
        work.discard();
        self.work = None;
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
    fn write_sheet(&self, clips: &[Clip]) -> Result<()> {
        let work = self.work()?;
        let mut sheet = Sheet::default();
        for clip in clips {
            // The stills of clips that were not rendered now lie in the folder.
            let made = Some(work.file(&clip.thumbnail)).filter(|still| still.exists());
            let read = read_thumbnail(&made.unwrap_or_else(|| self.folder.join(&clip.thumbnail)));
            if let Err(error) = read.and_then(|mut still| sheet.add(&mut still, clip)) {
                tracing::debug!(%error, "the contact sheet is left as it is");
                return Ok(());
            }
        }
        if clips.is_empty() { Ok(()) } else { sheet.write(&work.file(SHEET)) }
    }

    fn work(&self) -> Result<&Work> {
        self.work.as_ref().ok_or_else(|| Error::new(ErrorCode::Internal, "delivered twice"))
    }

    /// Clips of an earlier run that this one does not replace would look like its own.
    fn remove_stale(&self, stale: &[Clip], source: &Path) {
        for clip in stale {
            self.remove(earlier_names(clip.index).chain(clip.subtitles.iter().cloned()), source);
        }
    }

    /// So would subtitles of a clip that has none any more, and thumbnails in another format. Only files that a manifest
    /// named go.
    fn remove_replaced(&self, clips: &[Clip], source: &Path) {
        for clip in clips {
            let earlier = self.earlier.iter().find(|earlier| earlier.index == clip.index);
            let gone = earlier.into_iter().flat_map(|earlier| earlier.subtitles.iter().chain([&earlier.thumbnail]));
            let stays = |name: &&PathBuf| clip.subtitles.contains(name) || clip.thumbnail == **name;
            self.remove(gone.filter(|name| !stays(name)).cloned(), source);
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
        if let Some(work) = self.work.take() {
            // Who stops a job may begin it again; one that failed would fail again.
            let stopped = self.control.check().is_err();
            if (stopped || self.found) && work.has_clips() {
                return;
            }
            work.discard();
        }
        for folder in self.created.iter().rev() {
            // Best effort: only empty folders go, and it was this run that made them.
            let _ = std::fs::remove_dir(folder);
        }
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
