//! The fonts that are installed: one that is asked for, and one for every letter that it lacks.
//!
//! What is measured here must be what libass draws. So the very files go into a folder that libass looks into first,
//! and each run of letters names its font.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fontdb::{Database, FaceInfo, ID, Source, Stretch, Style};
use rustybuzz::Face as Shaped;
use rustybuzz::ttf_parser::name_id;

use crate::error::{Error, ErrorCode, Result};

/// Names at least this alike are told to somebody who misspelt one; 1 is the same name.
const ALIKE: f64 = 0.5;
const MOST_NAMES: usize = 3;

/// Advice where letters have no font.
pub(super) const NOTO: &str = "install fonts-noto-core, and fonts-noto-cjk for Chinese, Japanese and Korean";

/// A font file's face, in memory.
pub(super) struct Face {
    data: Arc<[u8]>,
    index: u32,
    pub(super) path: PathBuf,
    /// The family as libass looks for it: name 1 of the font's table of names.
    pub(super) family: String,
    pub(super) weight: u16,
    /// Height of a line in units of the em, above and below the baseline, as libass takes it.
    pub(super) ascent: f64,
    pub(super) descent: f64,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.family, self.weight)
    }
}

impl Face {
    fn load(info: &FaceInfo) -> Option<Self> {
        let (Source::File(path) | Source::SharedFile(path, _)) = &info.source else { return None };
        let data: Arc<[u8]> = std::fs::read(path).ok()?.into();
        Self::of(data, info.index, path, info.weight.0)
    }

    fn of(data: Arc<[u8]>, index: u32, path: &Path, weight: u16) -> Option<Self> {
        let (family, ascent, descent) = {
            let face = Shaped::from_slice(&data, index)?;
            let name = |name: &rustybuzz::ttf_parser::name::Name<'_>| name.to_string();
            let family =
                face.names().into_iter().filter(|name| name.name_id == name_id::FAMILY).find_map(|n| name(&n))?;
            let em = f64::from(face.units_per_em());
            let (up, down) = line_box(&face);
            (family, up / em, down / em)
        };
        Some(Self { data, index, path: path.to_owned(), family, weight, ascent, descent })
    }

    /// The face as the shaper and its measures want it.
    pub(super) fn shaped(&self) -> Option<Shaped<'_>> {
        Shaped::from_slice(&self.data, self.index)
    }

    /// libass, like the programs before it, takes the height of a line for the size of a font.
    pub(super) fn ass_size(&self, em: f64) -> f64 {
        em * (self.ascent + self.descent)
    }

    fn has(&self, letter: char) -> bool {
        self.shaped().is_some_and(|face| face.glyph_index(letter).is_some())
    }
}

/// How far a line reaches above and below its baseline: Windows' measures, where there are some.
fn line_box(face: &Shaped<'_>) -> (f64, f64) {
    if let Some(os2) = face.tables().os2 {
        let (up, down) = (f64::from(os2.windows_ascender()), -f64::from(os2.windows_descender()));
        if up + down > 0.0 {
            return (up, down);
        }
    }
    (f64::from(face.ascender()), -f64::from(face.descender()))
}

/// A letter, the weight it should have, and which of the scripts it is drawn for that share letters.
type Wanted = (char, u16, Script);

/// All installed fonts.
pub(super) struct Fonts {
    known: Database,
    /// The fonts that stand in, by letter and weight; looking through all of them takes a while.
    found: Mutex<HashMap<Wanted, Option<Arc<Face>>>>,
    loaded: Mutex<HashMap<ID, Option<Arc<Face>>>>,
}

/// Chinese, Japanese and Korean share letters that each draws in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Script {
    Japanese,
    Korean,
    Other,
}

impl Script {
    /// Kana are Japanese, Hangul is Korean.
    pub(super) fn of(text: &str) -> Self {
        let any = |low: char, high: char| text.chars().any(|c| (low..=high).contains(&c));
        if any('\u{3040}', '\u{30ff}') {
            Self::Japanese
        } else if any('\u{ac00}', '\u{d7a3}') || any('\u{1100}', '\u{11ff}') {
            Self::Korean
        } else {
            Self::Other
        }
    }
}

impl Fonts {
    /// Those of this machine, listed once.
    pub(super) fn installed() -> &'static Self {
        static INSTALLED: OnceLock<Fonts> = OnceLock::new();
        INSTALLED.get_or_init(|| {
            let mut known = Database::new();
            known.load_system_fonts();
            Self { known, found: Mutex::default(), loaded: Mutex::default() }
        })
    }

    /// The font that was asked for: a file, or a family by its name.
    pub(super) fn asked(&self, font: &str, weight: u16) -> Result<Arc<Face>> {
        let path = Path::new(font);
        if font.contains('/')
            || path.extension().is_some_and(|kind| ["ttf", "otf", "ttc"].iter().any(|k| kind.eq_ignore_ascii_case(k)))
        {
            return from_file(path);
        }
        self.family(font, weight).ok_or_else(|| {
            let near = self.near(font);
            let hint = match near.as_slice() {
                [] => "install it, or give the path of a font file".to_owned(),
                near => format!("installed are {}; or give the path of a font file", near.join(", ")),
            };
            Error::new(ErrorCode::ConfigInvalid, format!("the font {font:?} is not installed"))
                .field("caption_style.font")
                .hint(hint)
        })
    }

    /// The first of these families that is installed, or any font at all.
    pub(super) fn first(&self, families: &[&str], weight: u16) -> Option<Arc<Face>> {
        families
            .iter()
            .find_map(|family| self.family(family, weight))
            .or_else(|| self.standing_in('a', weight, Script::Other))
    }

    fn family(&self, name: &str, weight: u16) -> Option<Arc<Face>> {
        let named = |face: &&FaceInfo| face.families.iter().any(|(family, _)| family.eq_ignore_ascii_case(name));
        let upright = |face: &&FaceInfo| face.style == Style::Normal;
        let best = self.known.faces().filter(named).filter(upright).min_by_key(|face| distance(face, weight))?;
        self.load(best.id)
    }

    /// A font that has this letter.
    pub(super) fn standing_in(&self, letter: char, weight: u16, script: Script) -> Option<Arc<Face>> {
        let key = (letter, weight, script);
        if let Some(known) = lock(&self.found).get(&key) {
            return known.clone();
        }
        // Mostly a font that stands in for a letter's neighbours has it too.
        let mut order: Vec<&FaceInfo> = self.known.faces().filter(|face| face.style == Style::Normal).collect();
        order.sort_by_cached_key(|face| {
            let family = face.families.first().map_or("", |(name, _)| name);
            (unlike(family, script), distance(face, weight), family.to_owned())
        });
        let has = |face: &&FaceInfo| {
            let glyph = |data: &[u8], index| {
                let face = Shaped::from_slice(data, index)?;
                face.tables().glyf.is_some().then_some(()).or(face.tables().cff.map(|_| ()))?;
                face.glyph_index(letter)
            };
            self.known.with_face_data(face.id, |data, index| glyph(data, index).is_some()).unwrap_or(false)
        };
        let found = order.into_iter().find(has).and_then(|face| self.load(face.id));
        lock(&self.found).insert(key, found.clone());
        found
    }

    fn load(&self, id: ID) -> Option<Arc<Face>> {
        lock(&self.loaded).entry(id).or_insert_with(|| self.known.face(id).and_then(Face::load).map(Arc::new)).clone()
    }

    fn near(&self, name: &str) -> Vec<String> {
        let wanted = name.to_lowercase();
        let mut rated: Vec<(f64, &str)> = self
            .known
            .faces()
            .filter_map(|face| face.families.first().map(|(family, _)| family.as_str()))
            .map(|family| (strsim::jaro_winkler(&wanted, &family.to_lowercase()), family))
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        rated.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        rated.dedup_by(|a, b| a.1 == b.1);
        rated.into_iter().take(MOST_NAMES).map(|(_, family)| family.to_owned()).collect()
    }
}

/// How far a face is from being the plain one of this weight.
fn distance(face: &FaceInfo, weight: u16) -> (bool, u16) {
    (face.stretch != Stretch::Normal, face.weight.0.abs_diff(weight))
}

/// Families that go well with a sans serif come first.
fn unlike(family: &str, script: Script) -> u8 {
    let cjk = match script {
        Script::Japanese => "CJK JP",
        Script::Korean => "CJK KR",
        Script::Other => "CJK SC",
    };
    match family {
        f if f.starts_with("Noto Sans Mono") || f.starts_with("Noto Serif") => 4,
        f if f.contains("CJK") && f.ends_with(cjk) => 0,
        f if f.contains("CJK") => 3,
        f if f.starts_with("Noto Sans") => 0,
        f if f.contains("Mono") => 5,
        f if f.contains("Sans") => 2,
        _ => 3,
    }
}

fn from_file(path: &Path) -> Result<Arc<Face>> {
    let refused =
        |message: String| Error::new(ErrorCode::ConfigInvalid, message).field("caption_style.font").file(path);
    let data = crate::clip::files::read_regular(path, 100_000_000)
        .map_err(|error| refused(format!("the font cannot be read: {error}")))?;
    let data: Arc<[u8]> = data.into();
    let weight = Shaped::from_slice(&data, 0).map(|face| face.weight().to_number());
    let face = weight.and_then(|weight| Face::of(data, 0, path, weight));
    face.map(Arc::new)
        .ok_or_else(|| refused("it is no TrueType or OpenType font".to_owned()).hint("give a .ttf, .otf or .ttc file"))
}

/// A list of what was found is whole whatever a thread did that held it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The fonts of one look: the main one, and what stands in for it.
pub(super) struct FontSet {
    main: Arc<Face>,
    script: Script,
    fonts: &'static Fonts,
}

impl FontSet {
    pub(super) fn new(main: Arc<Face>, script: Script) -> Self {
        Self { main, script, fonts: Fonts::installed() }
    }

    pub(super) fn main(&self) -> &Arc<Face> {
        &self.main
    }

    /// The font for a letter, and whether it has one at all.
    pub(super) fn of(&self, letter: char) -> (Arc<Face>, bool) {
        if self.main.has(letter) {
            return (Arc::clone(&self.main), true);
        }
        match self.fonts.standing_in(letter, self.main.weight, self.script) {
            Some(face) => (face, true),
            None => (Arc::clone(&self.main), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_that_is_not_there_is_told_with_its_neighbours() {
        let error = Fonts::installed().asked("Noto Snas", 400).unwrap_err();
        assert_eq!(error.field_name(), Some("caption_style.font"));
        assert!(error.hint_text().unwrap_or_default().contains("Noto Sans"), "{error:?}");
        let error = Fonts::installed().asked("/no/such/font.ttf", 400).unwrap_err();
        assert_eq!(error.field_name(), Some("caption_style.font"));
    }

    #[test]
    fn every_script_has_a_font_of_its_own() {
        for (letter, family) in [('ह', "Noto Sans Devanagari"), ('ა', "Noto Sans Georgian"), ('ส', "Noto Sans Thai")]
        {
            let face = Fonts::installed().standing_in(letter, 700, Script::Other).unwrap();
            assert!(face.family.starts_with(family), "{letter} is drawn in {face:?}");
        }
    }
}
