//! Just enough of AV1's open bitstream units to find one (AV1 specification, 5.3).

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;

/// The sequence header in an encoder's packet; empty where there is none.
pub(super) fn sequence_header(packet: &[u8]) -> &[u8] {
    units(packet).find(|(kind, _)| *kind == SEQUENCE_HEADER).map_or(&[], |(_, unit)| unit)
}

/// A packet without the delimiters at its beginning, which containers do not want.
pub(super) fn without_delimiters(packet: &[u8]) -> &[u8] {
    let length: usize =
        units(packet).take_while(|(kind, _)| *kind == TEMPORAL_DELIMITER).map(|(_, unit)| unit.len()).sum();
    &packet[length..]
}

/// All units of a packet, each with its kind.
fn units(packet: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = packet;
    std::iter::from_fn(move || {
        let kind = rest.first()? >> 3 & 0xf;
        let (unit, after) = rest.split_at_checked(length(rest)?)?;
        rest = after;
        Some((kind, unit))
    })
}

/// How many bytes the first unit has, with its header. A unit that does not say reaches to the end.
fn length(packet: &[u8]) -> Option<usize> {
    let flags = *packet.first()?;
    let (extended, sized) = (flags & 4 != 0, flags & 2 != 0);
    let header = 1 + usize::from(extended);
    if !sized {
        return Some(packet.len());
    }
    // Seven bits a byte, the lowest first, in eight bytes at most.
    let mut size = 0usize;
    for (at, byte) in packet.get(header..)?.iter().take(8).enumerate() {
        size |= usize::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return size.checked_add(header + at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart() {
        // A delimiter, a header of three bytes, a frame of 130 bytes with an extended header.
        let mut packet = vec![0x12, 0, 0x0a, 3, 1, 2, 3, 0x36, 0, 0x82, 0x01];
        packet.extend([7; 130]);
        assert_eq!(sequence_header(&packet), [0x0a, 3, 1, 2, 3]);
        assert_eq!(without_delimiters(&packet), &packet[2..]);
        assert_eq!(
            units(&packet).map(|(kind, unit)| (kind, unit.len())).collect::<Vec<_>>(),
            [(2, 2), (1, 5), (6, 134)]
        );
    }

    #[test]
    fn what_is_cut_off_is_no_unit() {
        for packet in [
            &[][..],
            &[0x0a],
            &[0x0a, 0x80],
            &[0x0a, 5, 1],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            assert!(sequence_header(packet).is_empty(), "{packet:?}");
        }
        assert_eq!(sequence_header(&[0x08, 1, 2]), [0x08, 1, 2]);
    }
}
