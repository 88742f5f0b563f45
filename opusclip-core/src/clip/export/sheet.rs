//! The contact sheet: all clips at a glance.

use std::collections::BTreeMap;
use std::path::Path;

use super::Clip;
use crate::clip::caption::label;
use crate::clip::media::{VideoFrame, VideoGraph, contact_sheet};
use crate::clip::render::ass_filter;
use crate::error::Result;
use crate::time::{TimeBase, clock};

/// Width of one picture on the sheet.
const TILE: u32 = 360;

/// Height of the strip below a picture that holds its label, and the room below the text in it, in pixels.
const STRIP: u32 = 56;
const BELOW_TEXT: u32 = 16;

/// Pictures in a row at most.
const COLUMNS: usize = 5;

/// Collects a labelled picture of each clip, by its number.
#[derive(Default)]
pub(crate) struct Sheet(BTreeMap<usize, VideoFrame>);

impl Sheet {
    /// Add a clip's picture.
    pub(crate) fn add(&mut self, picture: &mut VideoFrame, clip: &Clip) -> Result<()> {
        let Clip { index, start, end, score, width, height, .. } = *clip;
        let tile_height = (TILE.saturating_mul(height) / width.max(1)).max(2) & !1;
        let text = format!("{index}   {} – {}   {score:.2}", clock(start), clock(end));
        let labelled = tile_height + STRIP;
        let burning = label(&text, TILE, labelled, BELOW_TEXT)?;
        let chain = format!(
            "scale={TILE}:{tile_height}:flags=area:out_color_matrix=bt709:out_range=tv,format=yuv420p,\
             pad={TILE}:{labelled}:0:0:color=0x16161a,{}",
            ass_filter(&burning)
        );
        let mut graph = VideoGraph::new(chain, TimeBase::MICROS);
        graph.push(picture, 0)?;
        self.0.extend(graph.pull()?.map(|tile| (index, tile)));
        Ok(())
    }

    /// Write the sheet.
    pub(crate) fn write(self, target: &Path) -> Result<()> {
        let columns = self.0.len().clamp(1, COLUMNS);
        contact_sheet(self.0.into_values().collect(), columns, target)
    }
}
