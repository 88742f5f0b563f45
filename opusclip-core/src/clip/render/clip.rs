//! One clip, from a source to a file.

use std::path::Path;

use super::assemble::Assembly;
use super::camera::Composer;
use super::picture::{Pipeline, Seen};
use super::rate::output_rate;
use super::{ClipLoudness, RenderOptions, sound};
use crate::clip::analysis::Analysis;
use crate::clip::caption::{self, Area, ClipWord, Clock, FaceBox, Frame, Look, Shown, Writing, Written};
use crate::clip::media::{
    DECODER_THREADS, Limits, Losses, MediaInfo, Rational, SAMPLE_RATE, Source, VideoEncoder, VideoEncoding, VideoFrame,
    VideoInfo, escape_filter_value,
};
use crate::clip::reframe::{Finder, Framing, Layout, Scene, Wish, plan};
use crate::clip::text::language;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, TimeBase, round_micros};

/// Encoder threads unless the caller asks for others: each holds pictures of its own, and with more than these a clip
/// would need over 400 MB.
const MOST_ENCODER_THREADS: usize = 4;

/// A frame of varying distance this near to a cut is the one that was meant, in seconds.
const NEARBY: f64 = 0.05;

/// What one clip is made of.
pub(crate) struct ClipJob<'a> {
    pub(crate) info: &'a MediaInfo,
    pub(crate) limits: Limits,
    pub(crate) ranges: &'a [Span],
    /// Words of the source, also beside the ranges.
    pub(crate) words: &'a [ClipWord],
    /// What may be written over the first seconds.
    pub(crate) hook: &'a str,
    /// A framing that was decided before, or the layout for a decision that is made now.
    pub(crate) framing: &'a Framing,
    /// What that is decided by.
    pub(crate) seeing: Seeing<'a>,
    pub(crate) options: &'a RenderOptions,
}

/// What a framing is decided by.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seeing<'a> {
    /// Shots, speech and black bars of the source.
    pub(crate) analysis: Option<&'a Analysis>,
    /// Without one, the middle is shown.
    pub(crate) finder: Option<&'a Finder>,
}

/// The share of the progress of a clip that deciding on its framing takes.
const FRAMED: f64 = 0.15;

/// A rendered clip before it gets its place in a manifest.
pub(crate) struct PendingClip {
    pub(crate) ranges: Vec<Span>,
    pub(crate) duration: f64,
    pub(crate) framing: Framing,
    pub(crate) frame_rate: Rational,
    pub(crate) encoder: String,
    pub(crate) loudness: Option<ClipLoudness>,
    pub(crate) losses: Losses,
    pub(crate) still: Option<VideoFrame>,
    /// What was written on it.
    pub(crate) written: Option<Written>,
}

/// Render one clip into `target`.
pub(crate) fn render_clip(job: &ClipJob<'_>, target: &Path, control: &Control) -> Result<PendingClip> {
    let share = if job.framing.is_decided() { 0.0 } else { FRAMED };
    let framing = framing(job, &control.part(0.0, share))?;
    let control = &control.part(share, 1.0);
    match attempt(job, &framing, target, DECODER_THREADS, control) {
        // What a threaded decoder makes of damage depends on luck; one thread always shows the same.
        Ok(done) if done.losses.total() > 0 => attempt(job, &framing, target, 1, control),
        Err(error) if error.code() == ErrorCode::MediaDamaged => attempt(job, &framing, target, 1, control),
        done => done,
    }
}

fn attempt(
    job: &ClipJob<'_>,
    framing: &Framing,
    target: &Path,
    threads: usize,
    control: &Control,
) -> Result<PendingClip> {
    let info = job.info;
    let (Some(stream), Some(video)) = (info.video, info.video()) else {
        return Err(no_video(&info.path));
    };
    let options = job.options;
    let mut source = Source::open(&info.path, job.limits, control)?;
    let rate = output_rate(video, options.frame_rate);
    let aligned =
        job.ranges.iter().map(|range| align(&mut source, stream, video, *range)).collect::<Result<Vec<_>>>()?;
    let ranges = apart(aligned);
    let plan = Plan::new(&ranges, rate);

    let mut encoder = VideoEncoder::open(&encoding(options, rate), control)?;
    let parameters = encoder.parameters()?;
    let encoder_name = encoder.name().to_owned();
    let written = written(job, framing, &ranges, rate, plan.total)?;
    // The script must live until the last frame is drawn.
    let burning = written.as_ref().map(Written::burning).transpose()?;
    let size = (options.width, options.height);
    let captions = burning.as_ref().map(ass_filter);
    let composer = Composer::new(video, framing, options.background, size, captions, tick_base(rate)?);
    let (loudness, rendered) = std::thread::scope(|scope| {
        let sound = info.audio.map(|audio| {
            let ranges = &plan.sound;
            scope.spawn(move || sound::render(&info.path, job.limits, audio, ranges, options, control))
        });
        let mut assembly = Assembly::new(target, parameters, rate, sound);
        let mut pipeline = Pipeline {
            source: &mut source,
            stream,
            composer,
            encoder,
            rate,
            total: plan.total,
            control: control.clone(),
            threads,
            seen: Seen::default(),
        };
        let mut sink = |packet| assembly.push(packet);
        for (range, ticks) in ranges.iter().zip(plan.ticks) {
            pipeline.range(*range, ticks, &mut sink)?;
        }
        let rendered = pipeline.finish(&mut sink)?;
        Ok::<_, Error>((assembly.finish()?, rendered))
    })?;
    Ok(PendingClip {
        duration: round_micros(plan.total as f64 / rate.value()),
        ranges,
        framing: framing.clone(),
        frame_rate: rate,
        encoder: encoder_name,
        loudness,
        losses: rendered.losses,
        still: rendered.still,
        written,
    })
}

/// The framing that was decided, or a decision now.
fn framing(job: &ClipJob<'_>, control: &Control) -> Result<Framing> {
    if job.framing.is_decided() {
        return Ok(job.framing.clone());
    }
    let ranges = job.ranges;
    let layout = if job.framing.layout == Layout::Auto { job.options.layout } else { job.framing.layout };
    let (width, height) = (job.options.width, job.options.height);
    let wish = Wish { layout, width, height, finder: job.seeing.finder };
    let scene = match job.seeing.analysis {
        Some(found) => Scene { ranges, shots: &found.shots, speech: &found.speech, borders: &found.borders },
        None => Scene { ranges, shots: &[], speech: &[], borders: &[] },
    };
    let mut source = Source::open(&job.info.path, job.limits, control)?;
    plan(&mut source, job.info, scene, wish, control)
}

fn encoding(options: &RenderOptions, frame_rate: Rational) -> VideoEncoding<'_> {
    VideoEncoding {
        width: options.width,
        height: options.height,
        frame_rate,
        crf: options.crf,
        wanted: options.wanted(),
        speed: &options.speed,
        max_bit_rate: options.max_bit_rate,
        gop: ((frame_rate.value() * options.keyframe_interval).floor() as u32).max(1),
        threads: match options.threads as usize {
            // x264's own rule, with a bound.
            0 => std::thread::available_parallelism()
                .map_or(1, |cores| cores.get() * 3 / 2)
                .clamp(1, MOST_ENCODER_THREADS),
            threads => threads,
        },
    }
}

/// Which ticks and samples each range takes.
struct Plan {
    ticks: Vec<std::ops::Range<u64>>,
    sound: Vec<(Span, usize)>,
    total: u64,
}

impl Plan {
    /// Borders are rounded on the clip's own time line, so that rounding does not add up.
    fn new(ranges: &[Span], rate: Rational) -> Self {
        let (mut ticks, mut sound, mut played) = (Vec::new(), Vec::new(), 0.0);
        let mut tick = 0u64;
        for range in ranges {
            played += range.duration();
            let end = ((played * rate.value()).round() as u64).max(tick + 1);
            let sample = |tick: u64| (tick as f64 / rate.value() * f64::from(SAMPLE_RATE)).round() as usize;
            sound.push((*range, sample(end) - sample(tick)));
            ticks.push(tick..end);
            tick = end;
        }
        Self { ticks, sound, total: tick }
    }
}

fn tick_base(rate: Rational) -> Result<TimeBase> {
    u32::try_from(rate.den)
        .ok()
        .zip(u32::try_from(rate.num).ok())
        .and_then(|(num, den)| TimeBase::new(num, den))
        .ok_or_else(|| Error::new(ErrorCode::Internal, "the frame rate is not positive"))
}

/// Move a range's beginning onto the grid of the source's frames, by half a frame at most, so that at equal rates ticks
/// and frames stay in step.
fn align(source: &mut Source, stream: usize, video: &VideoInfo, range: Span) -> Result<Span> {
    let Some(nearest) = source.nearest_frame(stream, range.start)? else { return Ok(range) };
    let off = nearest - range.start;
    let shift = match video.frame_rate.map(Rational::value) {
        // The nearest frame may lie far away (the picture begins later than the sound); its grid goes on all the same.
        Some(rate) if !video.variable_frame_rate && rate > 0.0 => {
            let shift = off - (off * rate).round() / rate;
            if range.start + shift < 0.0 { shift + 1.0 / rate } else { shift }
        }
        _ if off.abs() <= NEARBY => off,
        _ => 0.0,
    };
    let start = range.start + shift;
    Ok(if start < 0.0 { range } else { Span::new(round_micros(start), round_micros(range.end + shift)) })
}

/// Ranges that lie close together may overlap by less than a frame once they are aligned; then the earlier one ends where
/// the later begins.
fn apart(mut ranges: Vec<Span>) -> Vec<Span> {
    let starts: Vec<f64> = ranges.iter().map(|range| range.start).collect();
    for range in &mut ranges {
        let next = starts.iter().copied().filter(|start| *start > range.start).fold(f64::INFINITY, f64::min);
        range.end = range.end.min(next);
    }
    ranges
}

/// The filter that draws a script.
pub(crate) fn ass_filter(burning: &caption::Burning) -> String {
    let [script, fonts] = burning.paths().map(|path| escape_filter_value(&path.to_string_lossy()));
    format!("ass=filename={script}:fontsdir={fonts}")
}

/// What is written on the clip's picture, if anything.
fn written(
    job: &ClipJob<'_>,
    framing: &Framing,
    ranges: &[Span],
    rate: Rational,
    ticks: u64,
) -> Result<Option<Written>> {
    let options = job.options;
    let preset = options.captions.preset();
    let words = if preset.is_some() { caption::shown(job.words, ranges) } else { Vec::new() };
    let hook = if options.hook { job.hook } else { "" };
    let language = language(&words.iter().map(|word: &Shown| word.text.as_str()).collect::<Vec<_>>().join(" "));
    // A hook without captions is written as it would be with them.
    let look = Look::new(preset.unwrap_or(caption::CaptionPreset::Highlight), &options.caption_style)?;
    let (cuts, faces) = seen(framing, ranges);
    let clock = Clock { rate: rate.value(), duration: ticks as f64 / rate.value(), cuts: &cuts };
    let frame = Frame {
        width: options.width,
        height: options.height,
        clock,
        faces: &faces,
        language: language.as_ref().map(|language| language.code.as_str()),
    };
    caption::write(&Writing { words: &words, hook, look: &look }, &frame)
}

/// Where the picture of a clip is cut, and where faces are in it, on the clip's own time line.
fn seen(framing: &Framing, ranges: &[Span]) -> (Vec<f64>, Vec<FaceBox>) {
    let (mut cuts, mut faces, mut played) = (Vec::new(), Vec::new(), 0.0);
    for range in ranges {
        for shot in &framing.shots {
            let (start, end) = (shot.start.max(range.start), shot.end.min(range.end));
            if start >= end {
                continue;
            }
            let (start, end) = (played + start - range.start, played + end - range.start);
            cuts.push(start);
            faces.extend(shot.faces.iter().map(|face| {
                let area = Area { left: face.x, top: face.y, right: face.right(), bottom: face.bottom() };
                FaceBox { start, end, area }
            }));
        }
        played += range.duration();
    }
    cuts.retain(|cut| *cut > 0.0);
    (cuts, faces)
}

pub(crate) fn no_video(path: &Path) -> Error {
    Error::new(ErrorCode::MediaNoVideo, "the file has no moving picture").file(path).hint("give a file with video")
}
