//! Where text may stand: inside of what platforms leave free, and away from faces.

use super::look::Look;
use super::options::CaptionPosition;

/// Part of a frame in pixels, or of a picture in shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

/// A face in the frame, in shares of it, while it is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FaceBox {
    /// Seconds from the start of the clip.
    pub(crate) start: f64,
    /// Seconds from the start of the clip.
    pub(crate) end: f64,
    pub(crate) area: Area,
}

/// Frames at least this tall for their width are shown by TikTok, Reels and Shorts beneath their buttons.
const PORTRAIT: f64 = 1.5;

/// What these three leave free of a frame of 1080 by 1920: x 108 to 918, y 384 to 1248.
const PLATFORMS: Area =
    Area { left: 108.0 / 1080.0, top: 384.0 / 1920.0, right: 918.0 / 1080.0, bottom: 1248.0 / 1920.0 };

/// Other frames: graphics safe area of EBU R 95, five per cent off each edge.
const GRAPHICS_SAFE: Area = Area { left: 0.05, top: 0.05, right: 0.95, bottom: 0.95 };

/// The part of a frame that text may cover, in pixels. Where writing runs from right to left, buttons stand at the left.
pub(super) fn safe_area(width: u32, height: u32, right_to_left: bool) -> Area {
    let (width, height) = (f64::from(width), f64::from(height));
    let shares = if height / width >= PORTRAIT { PLATFORMS } else { GRAPHICS_SAFE };
    let (left, right) =
        if right_to_left { (1.0 - shares.right, 1.0 - shares.left) } else { (shares.left, shares.right) };
    Area { left: left * width, top: shares.top * height, right: right * width, bottom: shares.bottom * height }
}

/// The middle of a block this wide: of the frame where it fits, else as near to that as it can be.
pub(super) fn centre(safe: &Area, frame: f64, width: f64) -> f64 {
    let (low, high) = (safe.left + width / 2.0, safe.right - width / 2.0);
    if low > high { f64::midpoint(safe.left, safe.right) } else { (frame / 2.0).clamp(low, high) }
}

/// Where the upper edge of a block this high stands.
pub(super) fn top(safe: &Area, position: CaptionPosition, height: f64) -> f64 {
    match position {
        CaptionPosition::Top => safe.top,
        CaptionPosition::Middle => f64::midpoint(safe.top, safe.bottom) - height / 2.0,
        CaptionPosition::Auto | CaptionPosition::Bottom => safe.bottom - height,
    }
}

/// More than this share of a block on a face is in the way.
const IN_THE_WAY: f64 = 0.05;

/// A block that stands somewhere from one time to another, in seconds.
pub(super) struct Block {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// One position for all captions of a shot, which `blocks` are: the first of bottom, middle and top that covers no
/// face, or that covers the least.
fn away_from(faces: &[FaceBox], blocks: &[Block], safe: &Area, frame: (f64, f64)) -> CaptionPosition {
    let covered = |position: CaptionPosition| -> f64 {
        let share = |block: &Block| {
            let (x, y) = (centre(safe, frame.0, block.width), top(safe, position, block.height));
            let area =
                Area { left: x - block.width / 2.0, top: y, right: x + block.width / 2.0, bottom: y + block.height };
            let there = faces.iter().filter(|face| face.start < block.end && block.start < face.end);
            let on_face = |face: &FaceBox| {
                let Area { left, top, right, bottom } = face.area;
                let (width, height) = frame;
                area.overlap(&Area {
                    left: left * width,
                    top: top * height,
                    right: right * width,
                    bottom: bottom * height,
                })
            };
            there.map(on_face).sum::<f64>() / (block.width * block.height).max(1.0)
        };
        blocks.iter().map(share).fold(0.0, f64::max)
    };
    let order = [CaptionPosition::Bottom, CaptionPosition::Middle, CaptionPosition::Top];
    let rated = order.map(|position| (position, covered(position)));
    let free = rated.iter().find(|(_, covered)| *covered <= IN_THE_WAY);
    let least = rated.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    free.or(least).map_or(CaptionPosition::Bottom, |(position, _)| *position)
}

/// The position of each block. It changes at a cut only, so that captions do not jump.
pub(super) fn positions(
    look: &Look,
    blocks: &[Block],
    faces: &[FaceBox],
    cuts: &[f64],
    safe: &Area,
    frame: (f64, f64),
) -> Vec<CaptionPosition> {
    if look.position != CaptionPosition::Auto || faces.is_empty() {
        let fixed = if look.position == CaptionPosition::Auto { CaptionPosition::Bottom } else { look.position };
        return vec![fixed; blocks.len()];
    }
    let shot = |block: &Block| cuts.iter().filter(|cut| **cut <= f64::midpoint(block.start, block.end)).count();
    let shots = blocks.chunk_by(|a, b| shot(a) == shot(b));
    shots.flat_map(|blocks| vec![away_from(faces, blocks, safe, frame); blocks.len()]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::options::CaptionPreset;
    use super::*;

    #[test]
    fn the_area_that_three_platforms_leave_free() {
        let area = |left: f64, top: f64, right: f64, bottom: f64| Area { left, top, right, bottom };
        let rounded = |a: Area| area(a.left.round(), a.top.round(), a.right.round(), a.bottom.round());
        assert_eq!(rounded(safe_area(1080, 1920, false)), area(108.0, 384.0, 918.0, 1248.0));
        assert_eq!(rounded(safe_area(1080, 1920, true)), area(162.0, 384.0, 972.0, 1248.0));
        assert_eq!(rounded(safe_area(1920, 1080, false)), area(96.0, 54.0, 1824.0, 1026.0));
    }

    #[test]
    fn captions_keep_off_faces_and_move_at_cuts_only() {
        let safe = safe_area(1080, 1920, false);
        let block = |start: f64| Block { start, end: start + 1.0, width: 700.0, height: 160.0 };
        let blocks = [block(0.0), block(1.0), block(2.0), block(3.0)];
        let low = Area { left: 0.3, top: 0.5, right: 0.7, bottom: 0.7 };
        let faces = [FaceBox { start: 1.2, end: 1.8, area: low }];
        let look = Look::of(CaptionPreset::Bold);
        let found = positions(&look, &blocks, &faces, &[2.0], &safe, (1080.0, 1920.0));
        use CaptionPosition::{Bottom, Middle};
        assert_eq!(found, [Middle, Middle, Bottom, Bottom]);
    }
}
