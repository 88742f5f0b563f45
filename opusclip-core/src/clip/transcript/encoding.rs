//! Bytes to text: which encoding a file has.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::Repair;

/// Text by its byte order mark, else as UTF-8, else as the encoding it looks like, which is then told.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Repair>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or(&[]));
        let repair = damaged.then(|| repair(format!("some bytes are not {}; shown as \u{fffd}", encoding.name())));
        return (text, repair);
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return guessed(bytes, encoding);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.into(), None);
    }
    let text = String::from_utf8_lossy(bytes);
    let damaged = text.matches('\u{fffd}').count();
    // Much that is UTF-8 and little that is not is a damaged file, not another encoding.
    if text.chars().filter(|c| !c.is_ascii()).count() > damaged * 10 {
        return (text, Some(repair(format!("{damaged} bytes are not UTF-8; shown as \u{fffd}"))));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    guessed(bytes, detector.guess(None, Utf8Detection::Allow))
}

fn guessed<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, Option<Repair>) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text, Some(repair(format!("the encoding is not UTF-8; guessed {}", encoding.name()))))
}

fn repair(message: String) -> Repair {
    Repair { line: 1, kind: "encoding".into(), message }
}

/// UTF-16 without its mark shows in the zero bytes of its ASCII characters, of which every subtitle file has many.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4096) & !1)?;
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let enough = head.len() / 8;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > enough && even * 10 < odd => Some(UTF_16LE),
        (even, odd) if even > enough && odd * 10 < even => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUE: &str = "1\n00:00:01,000 --> 00:00:02,000\n";

    #[test]
    fn encodings_are_recognised_and_guesses_are_told() {
        let text = format!("{CUE}Fünf Äpfel für Jörg und Käthe, schöne Grüße aus München");
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
        let (decoded, repair) = decode(&latin);
        assert_eq!(decoded, text);
        let repair = repair.unwrap();
        assert_eq!((repair.kind.as_str(), repair.line), ("encoding", 1));
        assert!(repair.message.contains("windows-1252"), "{}", repair.message);

        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16).0, text);
        assert_eq!(decode(&[&[0xff, 0xfe], &utf16[..]].concat()), (text.clone().into(), None));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), (text.as_str().into(), None));
    }

    #[test]
    fn one_damaged_byte_does_not_change_the_encoding() {
        let mut bytes = format!("{CUE}{}", "schöne Grüße ".repeat(10)).into_bytes();
        bytes.push(0xff);
        let (text, repair) = decode(&bytes);
        assert!(text.contains("schöne Grüße") && text.ends_with('\u{fffd}'));
        assert_eq!(repair.unwrap().kind, "encoding");
    }
}
