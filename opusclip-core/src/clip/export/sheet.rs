//! The contact sheet: all clips at a glance.

use std::path::Path;

use crate::clip::caption::{label, temporary_script};
use crate::clip::media::{VideoFrame, VideoGraph, contact_sheet, escape_filter_value};
use crate::error::Result;
use crate::time::{TimeBase, clock};

/// Width of one picture on the sheet.
const TILE: u32 = 360;

/// Height of the strip below a picture that holds its label, and the room below the text in it, in pixels.
const STRIP: u32 = 56;
const BELOW_TEXT: u32 = 16;

/// Pictures in a row at most.
const COLUMNS: usize = 5;

/// Collects a labelled picture of each clip.
#[derive(Default)]
pub(crate) struct Sheet(Vec<VideoFrame>);

impl Sheet {
    /// Add a clip's picture; `width` and `height` are those of the clip.
    pub(crate) fn add(
        &mut self,
        picture: &mut VideoFrame,
        (width, height): (u32, u32),
        index: usize,
        (start, end): (f64, f64),
        score: f64,
    ) -> Result<()> {
        let tile_height = (TILE * height / width.max(1)).max(2) & !1;
        let text = format!("{index}   {} – {}   {score:.2}", clock(start), clock(end));
        let labelled = tile_height + STRIP;
        let script = temporary_script(&label(&text, TILE, labelled, BELOW_TEXT))?;
        let name = escape_filter_value(&script.path().to_string_lossy());
        let chain = format!(
            "scale={TILE}:{tile_height}:flags=area,format=yuv420p,\
             pad={TILE}:{labelled}:0:0:color=0x16161a,ass=filename={name}"
        );
        let mut graph = VideoGraph::new(chain, TimeBase::MICROS);
        graph.push(picture, 0)?;
        self.0.extend(graph.pull()?);
        Ok(())
    }

    /// Write the sheet.
    pub(crate) fn write(self, target: &Path) -> Result<()> {
        let columns = self.0.len().clamp(1, COLUMNS);
        contact_sheet(self.0, columns, target)
    }
}
