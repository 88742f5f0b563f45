//! CMX 3600 edit decision lists.

use super::{Edit, Footage};

/// Letters and digits of a reel's name.
const REEL: usize = 8;

pub(super) fn write(edit: &Edit, footage: &Footage) -> String {
    let rate = footage.rate;
    let mode = if rate.drops() { "DROP FRAME" } else { "NON-DROP FRAME" };
    let mut lines = vec![format!("TITLE: {}", one_line(&edit.title)), format!("FCM: {mode}")];
    let (reel, channels) = (reel(&footage.name), if footage.sound.is_some() { "AA/V" } else { "V" });
    let mut at = rate.first_hour();
    for (event, cut) in (1..).zip(&edit.cuts) {
        let times = [cut.start, cut.end, at, at + cut.frames()].map(|frame| rate.timecode(frame)).join(" ");
        lines.push(format!("{event:03}  {reel:<8} {channels:<5} C        {times}"));
        lines.push(format!("* FROM CLIP NAME: {}", one_line(&footage.name)));
        at += cut.frames();
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// A name that the format can hold; `AX` is its own for a source that is no tape.
fn reel(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let kept: String = stem.chars().filter(char::is_ascii_alphanumeric).take(REEL).collect();
    if kept.is_empty() { "AX".to_owned() } else { kept.to_ascii_uppercase() }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
