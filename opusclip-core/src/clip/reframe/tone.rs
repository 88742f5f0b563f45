//! High dynamic range to the range that clips have: BT.709, with highlights rolled off rather than cut.

use crate::clip::media::{VideoInfo, has_filter};

/// Light of 203 cd/m2 becomes the white of the clip: ITU-R BT.2408, section 2.2.
const WHITE: u32 = 203;

/// What is darker than this share of the white keeps its light; what is brighter is rolled off.
const KNEE: f64 = 0.5;

/// Is it PQ or HLG (SMPTE ST 2084, ARIB STD-B67)?
pub(crate) fn is_hdr(video: &VideoInfo) -> bool {
    matches!(video.color.transfer.as_str(), "smpte2084" | "arib-std-b67")
}

/// Can the linked FFmpeg do it?
pub(crate) fn can_map() -> bool {
    has_filter("zscale") && has_filter("tonemap")
}

/// Filters in front of all others; none where there is nothing to do, or nothing that can do it.
pub(super) fn to_sdr(video: &VideoInfo) -> Option<String> {
    if !is_hdr(video) || !can_map() {
        return None;
    }
    let known = |told: &str, usual: &str| if told == "unknown" { usual.to_owned() } else { told.to_owned() };
    let transfer = &video.color.transfer;
    let matrix = known(&video.color.matrix, "bt2020nc");
    let primaries = known(&video.color.primaries, "bt2020");
    let range = known(&video.color.range, "tv");
    Some(format!(
        "zscale=tin={transfer}:min={matrix}:pin={primaries}:rin={range}:t=linear:p=bt709:npl={WHITE},\
         format=gbrpf32le,tonemap=tonemap=mobius:param={KNEE}:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
    ))
}
