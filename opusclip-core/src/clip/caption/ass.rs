//! ASS scripts: the text format that libass draws (Advanced SubStation Alpha v4+).

use std::fmt::Write as _;
use std::io::Write as _;

use super::lines::Caption;
use crate::error::{Error, ErrorCode, Result};

/// Heavy enough to be read on a phone; fontconfig falls back to what is there.
const FONT: &str = "Open Sans ExtraBold";

/// Sizes are given for a frame 1080 pixels wide and scale with it.
const REFERENCE_WIDTH: f64 = 1080.0;
const FONT_SIZE: f64 = 82.0;
const OUTLINE: f64 = 6.0;
const SHADOW: f64 = 2.0;

/// Box that no platform's buttons cover, in shares of a 1080x1920 frame: x 108 to 918, y up to 1248.
const SAFE_LEFT: f64 = 108.0 / 1080.0;
const SAFE_RIGHT: f64 = 162.0 / 1080.0;
const SAFE_BOTTOM: f64 = 672.0 / 1920.0;

/// The script for one clip, drawn at the clip's own size.
pub(crate) fn script(captions: &[Caption], width: u32, height: u32) -> String {
    let mut script = header(width, height, FONT_SIZE, 2, (height_share(height, SAFE_BOTTOM), width));
    for caption in captions {
        let text: Vec<String> = caption.lines.iter().map(|line| escape(line)).collect();
        event(&mut script, caption.start, caption.end, &text.join(r"\N"));
    }
    script
}

/// The script for a still picture with a line of text `bottom` pixels above its lower edge.
pub(crate) fn label(text: &str, width: u32, height: u32, bottom: u32) -> String {
    let mut script = header(width, height, FONT_SIZE * 0.8, 2, (bottom, width));
    event(&mut script, 0.0, 3600.0, &escape(text));
    script
}

fn height_share(height: u32, share: f64) -> u32 {
    (f64::from(height) * share).round() as u32
}

fn header(width: u32, height: u32, size: f64, alignment: u8, (bottom, frame): (u32, u32)) -> String {
    // Landscape frames are wide for their height; the shorter side says how large letters look.
    let scale = f64::from(width.min(height)) / REFERENCE_WIDTH;
    let (size, outline, shadow) = (size * scale, OUTLINE * scale, SHADOW * scale);
    let left = (f64::from(frame) * SAFE_LEFT).round();
    let right = (f64::from(frame) * SAFE_RIGHT).round();
    format!(
        "[Script Info]\n\
         ScriptType: v4.00+\n\
         PlayResX: {width}\n\
         PlayResY: {height}\n\
         WrapStyle: 0\n\
         ScaledBorderAndShadow: yes\n\
         YCbCr Matrix: TV.709\n\
         \n\
         [V4+ Styles]\n\
         Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
         Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, \
         MarginV, Encoding\n\
         Style: Caption,{FONT},{size:.1},&H00FFFFFF,&H00FFFFFF,&H00101010,&H80000000,-1,0,0,0,100,100,0,0,1,{outline:.1},\
         {shadow:.1},{alignment},{left},{right},{bottom},1\n\
         \n\
         [Events]\n\
         Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
}

fn event(script: &mut String, start: f64, end: f64, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(script, "Dialogue: 0,{},{},Caption,,0,0,0,,{text}", time(start), time(end));
}

/// `h:mm:ss.cc`
fn time(seconds: f64) -> String {
    let centis = (seconds.max(0.0) * 100.0).round() as u64;
    format!("{}:{:02}:{:02}.{:02}", centis / 360_000, centis / 6000 % 60, centis / 100 % 60, centis % 100)
}

/// Text that libass shows as it is: no override blocks, no escapes, no second event.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => out.push_str(r"\{"),
            '}' => out.push_str(r"\}"),
            // A word joiner keeps a backslash from escaping what follows.
            '\\' => out.push_str("\\\u{2060}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// libass reads its script from a file, which goes when it is dropped.
pub(crate) fn temporary_script(script: &str) -> Result<tempfile::NamedTempFile> {
    let written = tempfile::Builder::new().prefix("opusclip-").suffix(".ass").tempfile().and_then(|mut file| {
        file.write_all(script.as_bytes())?;
        file.flush()?;
        Ok(file)
    });
    written.map_err(|error| {
        Error::new(ErrorCode::OutputUnwritable, format!("cannot write a temporary file: {error}")).caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_text_are_written_as_libass_reads_them() {
        assert_eq!(time(3723.456), "1:02:03.46");
        assert_eq!(escape("{\\b1}a\nb"), "\\{\\\u{2060}b1\\}a b");
    }

    #[test]
    fn captions_stand_in_the_safe_area() {
        let caption = Caption { start: 0.5, end: 1.0, lines: vec!["one".into(), "two".into()] };
        let script = script(&[caption], 1080, 1920);
        assert!(script.contains(",2,108,162,672,1\n"), "{script}");
        assert!(script.ends_with("Dialogue: 0,0:00:00.50,0:00:01.00,Caption,,0,0,0,,one\\Ntwo\n"));
    }
}
