//! A selection for people: a page with a timeline, the clips and what nearly was chosen, with pictures and players.
//!
//! [`page`] writes the page around the drawing of [`timeline`].

mod page;
mod timeline;

use std::path::Path;

use crate::clip::media::{Limits, Source};
use crate::clip::reframe::small;
use crate::clip::select::Selection;
use crate::control::Control;
use crate::error::Result;

/// Height of the small pictures in pixels.
const HEIGHT: u32 = 180;

/// What goes into the page beside the selection.
#[derive(Debug, Clone, Default)]
pub struct SelectionPage<'a> {
    /// What stands at its top; a file's name is a good one.
    pub title: &'a str,
    /// The source, for small pictures of its moments.
    pub video: Option<&'a Path>,
    /// Where the page finds the source to play it, as a URL; without one nothing can be played.
    pub media: Option<&'a str>,
    /// URLs of rendered clips, in order; without them the source is played.
    pub clips: &'a [String],
}

impl Selection {
    /// A self-contained HTML page: timeline, topics, clips with their scores and reasons, what nearly was chosen.
    ///
    /// It runs no script and loads nothing but what it plays. It suits light and dark screens.
    ///
    /// # Errors
    /// `media.*` where the video cannot be read, those of [`Control::check`].
    ///
    /// ```no_run
    /// use opusclip_core::{Control, clip::{Extract, SelectionPage}};
    /// let control = Control::new();
    /// let selection = Extract::from("talk.mp4").transcript("talk.srt").select(&control)?;
    /// let page = SelectionPage { title: "talk.mp4", video: Some("talk.mp4".as_ref()), ..SelectionPage::default() };
    /// std::fs::write("talk.html", selection.to_html(&page, &control)?).unwrap();
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_html(&self, page: &SelectionPage<'_>, control: &Control) -> Result<String> {
        let stills = match page.video {
            Some(video) => self.stills(video, control)?,
            None => Vec::new(),
        };
        Ok(page::page(self, page, &stills))
    }

    /// A small picture for each clip, and then for each that nearly was one.
    fn stills(&self, video: &Path, control: &Control) -> Result<Vec<Option<Vec<u8>>>> {
        let mut source = Source::open(video, Limits::default(), control)?;
        let info = source.info();
        let (Some(stream), Some(picture)) = (info.video, info.video()) else { return Ok(Vec::new()) };
        let clips = self.clips.iter().filter_map(|clip| Some((clip.ranges.first()?.start, clip.ranges.last()?.end)));
        let nearly = self.nearly.iter().map(|near| (near.start, near.end));
        let moments: Vec<f64> = clips.chain(nearly).map(|(start, end)| (start + end) / 2.0).collect();
        source.stills(stream, &moments, &small(picture, HEIGHT), control)
    }
}
