//! One pass over all packets, and a second look where shots may change.

use std::path::Path;

use super::loudness::Meter;
use super::shots::{self, Sketcher, Suspect, Suspects};
use super::speech::{self, Listener};
use super::{Analysis, AnalyzeOptions, Damage, Level};
use crate::clip::media::{
    AudioDecoder, AudioGraph, DECODER_THREADS, Frames, Limits, MediaInfo, Packet, SAMPLE_RATE, Source, VideoDecoder,
};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::round_micros;

/// Share of the work that the pass over the packets takes; the rest looks for cuts.
const PASS: f64 = 0.6;

/// A header may claim this much more than there is before the file counts as cut off, in seconds.
const SLACK: f64 = 1.0;

/// The last picture may stand this long under sound that goes on, in seconds.
const LONGEST_STILL: f64 = 10.0;

/// Analyse a file: loudness, speech and pauses, shots, damage.
///
/// All sound is decoded, of the picture only keyframes and the groups of pictures in which a shot may change.
///
/// # Errors
/// `media.*` where the file cannot be read, [`ErrorCode::MediaDamaged`] where too much of it is damaged,
/// [`ErrorCode::LimitExceeded`], [`ErrorCode::Cancelled`], [`ErrorCode::LimitTime`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{Limits, analyze}};
/// let analysis = analyze("talk.mp4", Limits::default(), &Control::new())?;
/// println!("{} shots, {:.1} s of pauses", analysis.shots.len(), analysis.pauses.iter().map(|p| p.duration()).sum::<f64>());
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn analyze(path: impl AsRef<Path>, limits: Limits, control: &Control) -> Result<Analysis> {
    analyze_with(path, AnalyzeOptions::default(), limits, control)
}

/// [`analyze`], looking as closely as `options` say.
///
/// # Errors
/// As [`analyze`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{AnalyzeOptions, Level, Limits, analyze_with}};
/// let options = AnalyzeOptions { level: Level::Exact, audio: false };
/// let shots = analyze_with("talk.mp4", options, Limits::default(), &Control::new())?.shots;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn analyze_with(
    path: impl AsRef<Path>,
    options: AnalyzeOptions,
    limits: Limits,
    control: &Control,
) -> Result<Analysis> {
    let mut source = Source::open(path.as_ref(), limits, control)?;
    let info = source.info();
    let analysis = analyze_source(&mut source, &info, options, control)?;
    control.report("analyze", 1.0);
    Ok(analysis)
}

/// [`analyze_with`] for a file that is open already.
pub(crate) fn analyze_source(
    source: &mut Source,
    info: &MediaInfo,
    options: AnalyzeOptions,
    control: &Control,
) -> Result<Analysis> {
    let mut pass = Pass::begin(source, info, options, DECODER_THREADS)?;
    pass.run(source, info, &control.part(0.0, PASS))?;
    if pass.errors() > 0 {
        // What a threaded decoder makes of damage depends on luck; one thread always sees the same.
        source.rewind()?;
        pass = Pass::begin(source, info, options, 1)?;
        pass.run(source, info, &control.part(0.0, PASS))?;
    }
    let found = pass.finish(source, info)?;
    let mut analysis = found.analysis;
    if let Some(stream) = info.video {
        let whole = [Suspect::whole(analysis.duration)];
        let cuts = match options.level {
            Level::Index => shots::between_keyframes(&found.suspects),
            Level::Lazy => shots::refine(source, stream, &found.suspects, &control.part(PASS, 1.0))?,
            Level::Exact => shots::refine(source, stream, &whole, &control.part(PASS, 1.0))?,
        };
        analysis.shots = shots::shots(cuts, analysis.duration);
    }
    Ok(analysis)
}

struct Found {
    analysis: Analysis,
    suspects: Vec<Suspect>,
}

struct Sound {
    stream: usize,
    decoder: AudioDecoder,
    stereo: AudioGraph,
    mono: AudioGraph,
    meter: Meter,
    listener: Listener,
}

struct Picture {
    stream: usize,
    decoder: VideoDecoder,
    sketcher: Sketcher,
    suspects: Suspects,
}

/// The pass over all packets.
struct Pass {
    sound: Option<Sound>,
    picture: Option<Picture>,
    /// Where the picture ends.
    picture_end: f64,
    /// Where the sound ends.
    sound_end: f64,
    /// Where the last stream of any kind ends.
    file_end: f64,
    damage: Damage,
    marked: u64,
}

impl Pass {
    fn begin(source: &Source, info: &MediaInfo, options: AnalyzeOptions, threads: usize) -> Result<Self> {
        let sound = match info.audio.filter(|_| options.audio) {
            Some(stream) => Some(Sound {
                stream,
                decoder: AudioDecoder::open(source, stream)?,
                stereo: AudioGraph::new("", SAMPLE_RATE, 2),
                mono: AudioGraph::new("", speech::RATE, 1),
                meter: Meter::new()?,
                listener: Listener::new(),
            }),
            None => None,
        };
        // Where every picture will be looked at, keyframes say nothing more.
        let picture = match info.video.filter(|_| options.level != Level::Exact) {
            Some(stream) => Some(Picture {
                stream,
                decoder: VideoDecoder::open(source, stream, Frames::Keyframes, threads)?,
                sketcher: Sketcher::new(),
                suspects: Suspects::default(),
            }),
            None => None,
        };
        Ok(Self {
            sound,
            picture,
            picture_end: 0.0,
            sound_end: 0.0,
            file_end: 0.0,
            damage: Damage::default(),
            marked: 0,
        })
    }

    fn run(&mut self, source: &mut Source, info: &MediaInfo, control: &Control) -> Result<()> {
        let expected = info.duration.unwrap_or(0.0);
        while let Some(packet) = source.next_packet()? {
            self.damage.packets += 1;
            self.marked += u64::from(packet.is_corrupt());
            if let Some(time) = source.packet_time(&packet) {
                let time = time.seconds();
                self.advance(info, packet.stream(), time + source.packet_duration(&packet));
                if self.damage.packets.is_multiple_of(256) && expected > 0.0 {
                    control.report("analyze", time / expected);
                }
            }
            if self.file_end > source.limits().duration {
                return Err(Error::new(
                    ErrorCode::LimitExceeded,
                    format!("the content is longer than {:.0} s", source.limits().duration),
                )
                .field("duration")
                .file(source.path()));
            }
            let before = self.errors();
            self.take(&packet)?;
            if self.errors() > before && self.damage.first_error.is_none() {
                self.damage.first_error = source.packet_time(&packet).map(|t| round_micros(t.seconds().max(0.0)));
            }
        }
        Ok(())
    }

    fn advance(&mut self, info: &MediaInfo, stream: usize, end: f64) {
        self.file_end = self.file_end.max(end);
        if info.video == Some(stream) {
            self.picture_end = self.picture_end.max(end);
        } else if info.audio == Some(stream) {
            self.sound_end = self.sound_end.max(end);
        }
    }

    /// Up to where clips can be cut: a last picture may stand for a while under the sound, but not for ever.
    fn end(&self, info: &MediaInfo) -> f64 {
        if info.video.is_none() {
            return self.sound_end;
        }
        self.sound_end.min(self.picture_end + LONGEST_STILL).max(self.picture_end)
    }

    fn take(&mut self, packet: &Packet) -> Result<()> {
        if let Some(sound) = &mut self.sound
            && packet.stream() == sound.stream
        {
            sound.decoder.send(packet)?;
            return sound.drain();
        }
        if let Some(picture) = &mut self.picture
            && packet.stream() == picture.stream
            && packet.is_key()
        {
            picture.decoder.send(packet)?;
            return picture.drain();
        }
        Ok(())
    }

    fn errors(&self) -> u64 {
        self.marked
            + self.sound.as_ref().map_or(0, |s| s.decoder.losses().total())
            + self.picture.as_ref().map_or(0, |p| p.decoder.losses().total())
    }

    fn finish(mut self, source: &Source, info: &MediaInfo) -> Result<Found> {
        if let Some(sound) = &mut self.sound {
            sound.decoder.finish()?;
            sound.drain()?;
            sound.flush()?;
        }
        if let Some(picture) = &mut self.picture {
            picture.decoder.finish()?;
            picture.drain()?;
        }
        self.damage.errors = self.errors();
        self.judge(source, info)?;
        let duration = round_micros(self.end(info));
        let (mut loudness, mut speech, mut pauses) = (None, Vec::new(), Vec::new());
        if let Some(sound) = self.sound {
            loudness = Some(sound.meter.finish()?);
            (speech, pauses) = sound.listener.finish(duration);
        }
        let suspects = self.picture.map(|picture| picture.suspects.finish(duration)).unwrap_or_default();
        let analysis = Analysis { duration, loudness, speech, pauses, shots: Vec::new(), damage: self.damage };
        Ok(Found { analysis, suspects })
    }

    /// Give up a file that is mostly damage; say what is missing from one that is not.
    fn judge(&mut self, source: &Source, info: &MediaInfo) -> Result<()> {
        let damage = &mut self.damage;
        if damage.packets == 0 {
            return Err(Error::new(ErrorCode::MediaUnreadable, "the file holds no packets").file(source.path()));
        }
        if damage.errors as f64 > source.limits().damage * damage.packets as f64 {
            return Err(Error::new(
                ErrorCode::MediaDamaged,
                format!("{} of {} packets are damaged", damage.errors, damage.packets),
            )
            .file(source.path())
            .time(damage.first_error.unwrap_or(0.0))
            .hint("get a better copy of the file"));
        }
        if damage.errors > 0 {
            damage
                .notes
                .push(format!("{} of {} packets are damaged and were passed over", damage.errors, damage.packets));
        }
        // Some containers count their length from zero rather than from their beginning.
        let claimed = info.duration.unwrap_or(0.0) - info.start_offset.max(0.0);
        damage.truncated = source.broke_off() || claimed > self.file_end + SLACK.max(self.file_end * 0.01);
        if damage.truncated {
            damage.notes.push(format!(
                "the file's header claims {claimed:.1} s, but there is content for {:.1} s only; the rest is lost",
                self.file_end
            ));
        }
        Ok(())
    }
}

impl Sound {
    fn drain(&mut self) -> Result<()> {
        let Self { decoder, stereo, mono, meter, listener, .. } = self;
        let mut hear = |at, samples: &[f32]| {
            listener.push(at, samples);
            Ok(())
        };
        while let Some(mut frame) = decoder.receive()? {
            stereo.push(&mut frame, &mut |at, samples| meter.push(at, samples))?;
            mono.push(&mut frame, &mut hear)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let Self { stereo, mono, meter, listener, .. } = self;
        stereo.flush(&mut |at, samples| meter.push(at, samples))?;
        mono.flush(&mut |at, samples| {
            listener.push(at, samples);
            Ok(())
        })
    }
}

impl Picture {
    fn drain(&mut self) -> Result<()> {
        while let Some(mut frame) = self.decoder.receive()? {
            if let Some(sketch) = self.sketcher.sketch(&mut frame)? {
                self.suspects.push(sketch);
            }
        }
        Ok(())
    }
}
