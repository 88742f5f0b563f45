//! Shot boundaries: keyframes are compared first, and only where two neighbours differ are the frames between them read.
//!
//! Most encoders place a keyframe at a cut, so neighbouring keyframes of one shot look alike. Where they differ, the
//! group of pictures between them is decoded, and the cut is the frame that differs from the one before it far more than
//! the frames around it do. Long groups without keyframes are always read.

use super::Shot;
use crate::clip::media::{Frames, Source, VideoDecoder, VideoFrame, VideoGraph};
use crate::control::Control;
use crate::error::Result;
use crate::time::{TimeBase, round_micros};

/// A frame is compared as this many pixels, in colour.
const WIDTH: usize = 32;
const HEIGHT: usize = 18;
const ROW: usize = WIDTH * 3;

/// Mean difference a channel (0 to 255) from which two keyframes may lie in different shots.
const KEYFRAMES_DIFFER: f64 = 14.0;

/// Mean difference from which two consecutive frames can be a cut.
const FRAMES_DIFFER: f64 = 12.0;

/// A cut stands out from the mean difference of the frames around it by this factor.
const STANDS_OUT: f64 = 3.0;

/// Frames on either side of a difference that it must stand out from.
const AROUND: usize = 5;

/// Groups of pictures longer than this hide cuts, so they are read even where their ends look alike, in seconds.
const LONG_GROUP: f64 = 12.0;

/// Two cuts are at least this far apart, in seconds.
const SHORTEST_SHOT: f64 = 0.25;

/// A small copy of a frame to compare.
pub(super) struct Sketch {
    time: f64,
    pixels: Vec<u8>,
}

impl Sketch {
    fn difference(&self, other: &Self) -> f64 {
        let sum: u64 = self.pixels.iter().zip(&other.pixels).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.pixels.len().max(1) as f64
    }
}

/// Makes sketches of frames.
pub(super) struct Sketcher(VideoGraph);

impl Sketcher {
    pub(super) fn new() -> Self {
        Self(VideoGraph::new(format!("scale={WIDTH}:{HEIGHT}:flags=area,format=rgb24"), TimeBase::MICROS))
    }

    pub(super) fn sketch(&mut self, frame: &mut VideoFrame) -> Result<Option<Sketch>> {
        let time = frame.time.seconds();
        self.0.push(frame, 0)?;
        Ok(self.0.pull()?.map(|small| Sketch { time, pixels: small.packed_rows(ROW).flatten().copied().collect() }))
    }
}

/// Two neighbouring keyframes between which there may be a cut, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Suspect {
    pub(super) from: f64,
    pub(super) to: f64,
}

/// Takes keyframes in order and remembers where to look closer.
#[derive(Default)]
pub(super) struct Suspects {
    last: Option<Sketch>,
    found: Vec<Suspect>,
}

impl Suspects {
    pub(super) fn push(&mut self, keyframe: Sketch) {
        if let Some(last) = &self.last
            && keyframe.time > last.time
            && (last.difference(&keyframe) >= KEYFRAMES_DIFFER || keyframe.time - last.time > LONG_GROUP)
        {
            self.found.push(Suspect { from: last.time, to: keyframe.time });
        }
        self.last = Some(keyframe);
    }

    /// All places to look, the tail after the last keyframe included.
    pub(super) fn finish(mut self, duration: f64) -> Vec<Suspect> {
        if let Some(last) = &self.last
            && duration - last.time > LONG_GROUP
        {
            self.found.push(Suspect { from: last.time, to: duration });
        }
        self.found
    }
}

/// Read the suspect groups of pictures and return the cuts in them.
pub(super) fn refine(
    source: &mut Source,
    stream: usize,
    suspects: &[Suspect],
    control: &Control,
) -> Result<Vec<(f64, f64)>> {
    let mut cuts = Vec::new();
    source.select(&[stream]);
    let mut decoder = VideoDecoder::open(source, stream, Frames::AllForComparison, 0)?;
    let mut sketcher = Sketcher::new();
    for (index, suspect) in suspects.iter().enumerate() {
        control.report("analyze", index as f64 / suspects.len() as f64);
        source.seek_keyframe(stream, suspect.from)?;
        decoder.reset();
        let series = differences(source, stream, &mut decoder, &mut sketcher, *suspect)?;
        cuts.extend(cuts_in(&series));
    }
    Ok(cuts)
}

/// Time of each frame after the first, and how much it differs from the one before.
fn differences(
    source: &mut Source,
    stream: usize,
    decoder: &mut VideoDecoder,
    sketcher: &mut Sketcher,
    suspect: Suspect,
) -> Result<Vec<(f64, f64)>> {
    let mut series = Vec::new();
    let mut last: Option<Sketch> = None;
    let mut ended = false;
    while !ended {
        match source.next_packet()? {
            Some(packet) if packet.stream() != stream => continue,
            Some(packet) => decoder.send(&packet)?,
            None => {
                decoder.finish()?;
                ended = true;
            }
        }
        while let Some(mut frame) = decoder.receive()? {
            let time = frame.time.seconds();
            if time > suspect.to + 1e-6 {
                ended = true;
                break;
            }
            if time < suspect.from - 1e-6 {
                continue;
            }
            let Some(sketch) = sketcher.sketch(&mut frame)? else { continue };
            if let Some(last) = &last {
                series.push((time, last.difference(&sketch)));
            }
            last = Some(sketch);
        }
    }
    Ok(series)
}

/// Times of the cuts in a series of differences, each with how sure it is.
fn cuts_in(series: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut cuts: Vec<(f64, f64)> = Vec::new();
    for (index, (time, difference)) in series.iter().enumerate() {
        let before = series[index.saturating_sub(AROUND)..index].iter();
        let after = series[(index + 1).min(series.len())..(index + 1 + AROUND).min(series.len())].iter();
        let around: Vec<f64> = before.chain(after).map(|(_, d)| *d).collect();
        let usual = around.iter().sum::<f64>() / around.len().max(1) as f64;
        if *difference < FRAMES_DIFFER || *difference < usual * STANDS_OUT {
            continue;
        }
        let confidence = (1.0 - usual * STANDS_OUT / difference * 0.5).clamp(0.5, 1.0);
        match cuts.last_mut() {
            Some(last) if time - last.0 < SHORTEST_SHOT => {}
            _ => cuts.push((*time, confidence)),
        }
    }
    cuts
}

/// Shots between the cuts, covering 0 to `duration`.
pub(super) fn shots(mut cuts: Vec<(f64, f64)>, duration: f64) -> Vec<Shot> {
    cuts.retain(|(time, _)| *time > SHORTEST_SHOT && *time < duration);
    cuts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut shots = vec![Shot { start: 0.0, end: duration, found_by: "start".into(), confidence: 1.0 }];
    for (time, confidence) in cuts {
        let time = round_micros(time);
        if let Some(last) = shots.last_mut() {
            if time - last.start < SHORTEST_SHOT {
                continue;
            }
            last.end = time;
        }
        shots.push(Shot { start: time, end: duration, found_by: "cut".into(), confidence });
    }
    shots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(n, d)| (n as f64 / 25.0 + 1.0, *d)).collect()
    }

    #[test]
    fn a_lone_jump_is_a_cut_and_steady_motion_is_none() {
        assert_eq!(cuts_in(&series(&[1.0, 1.2, 60.0, 1.0, 0.8])).len(), 1);
        assert!(cuts_in(&series(&[20.0; 20])).is_empty());
        assert!(cuts_in(&series(&[0.1, 5.0, 0.1])).is_empty(), "a small change is no cut");
    }

    #[test]
    fn shots_cover_the_picture() {
        let shots = shots(vec![(4.0, 0.9), (2.0, 0.8), (2.1, 0.7)], 6.0);
        let ends: Vec<_> = shots.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(ends, [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)]);
    }
}
