//! AVIF: one picture of AV1 in a file for stills.

use mp4_atom::{Atom as _, Header, Mdat, ReadFrom as _};

use super::decode::VideoFrame;
use crate::error::Result;

/// Encode a picture, which is BT.709 in limited range, and stays so.
#[cfg(feature = "rav1e")]
pub(super) fn write(picture: &VideoFrame) -> Result<Vec<u8>> {
    use avif_serialize::constants::{ColorPrimaries, MatrixCoefficients, TransferCharacteristics};

    let data = super::rav1e::still(&picture.frame)?;
    let mut file = Vec::new();
    avif_serialize::Aviffy::new()
        .set_width(picture.frame.width())
        .set_height(picture.frame.height())
        .set_bit_depth(8)
        .set_seq_profile(0)
        .set_chroma_subsampling((true, true))
        .set_color_primaries(ColorPrimaries::Bt709)
        .set_transfer_characteristics(TransferCharacteristics::Bt709)
        .set_matrix_coefficients(MatrixCoefficients::Bt709)
        .set_full_color_range(false)
        .write_slice(&mut file, &data, None)
        .map_err(|error| {
            crate::error::Error::new(crate::error::ErrorCode::Internal, "cannot write an AVIF").caused_by(error)
        })?;
    Ok(file)
}

/// This build has no encoder for it.
#[cfg(not(feature = "rav1e"))]
pub(super) fn write(_: &VideoFrame) -> Result<Vec<u8>> {
    super::ThumbnailFormat::Avif.check().map(|()| Vec::new())
}

/// The AV1 in a file that [`write`] made, which holds nothing else.
pub(super) fn picture_in(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file;
    loop {
        let header = Header::read_from(&mut rest).ok()?;
        let (body, after) = rest.split_at_checked(header.size.unwrap_or(rest.len()))?;
        if header.kind == Mdat::KIND {
            return Some(body);
        }
        rest = after;
    }
}
