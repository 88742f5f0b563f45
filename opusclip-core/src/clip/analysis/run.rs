//! The work: one pass over the packets, and a closer look where the plan says so.

use std::collections::BTreeMap;
use std::path::Path;

use super::damage::{StreamWatch, Watch};
use super::facts::{Facts, Measure};
use super::part::{AnalysisPart, Claims, Ends};
use super::picture::Sketcher;
use super::plan::{AROUND, LONG_GROUP, Scout};
use super::read::{self, Frames};
use super::sound::{Ears, MARGIN};
use super::{Analysis, AnalyzeOptions, FindingKind, Level};
use crate::clip::media::{self, DECODER_THREADS, Limits, MediaInfo, Packet, Source, VideoDecoder};
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::Span;

/// Share of the work that the pass over the packets takes; the rest is the closer look.
const PASS: f64 = 0.4;

/// Packets of the picture that are looked at before the plan is made.
const PEEK: usize = 240;

/// Where keyframes are nearer to one another than so many frames, decoding them first saves nothing.
const DENSE: usize = 12;

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
    analyze_with(path, &AnalyzeOptions::default(), limits, control)
}

/// [`analyze`], looking as closely as `options` say.
///
/// # Errors
/// As [`analyze`].
///
/// ```no_run
/// use opusclip_core::{Control, clip::{AnalyzeOptions, Level, Limits, analyze_with}};
/// let options = AnalyzeOptions { level: Level::Exact, audio: false, ..AnalyzeOptions::default() };
/// let shots = analyze_with("talk.mp4", &options, Limits::default(), &Control::new())?.shots;
/// # Ok::<(), opusclip_core::Error>(())
/// ```
pub fn analyze_with(
    path: impl AsRef<Path>,
    options: &AnalyzeOptions,
    limits: Limits,
    control: &Control,
) -> Result<Analysis> {
    options.validate()?;
    let analysis = options.recall(path.as_ref(), &limits).or_else(control, || {
        let mut source = Source::open(path.as_ref(), limits, control)?;
        let info = source.info();
        analyze_source(&mut source, &info, options, control)
    })?;
    control.report("analyze", 1.0);
    Ok(analysis)
}

/// [`analyze_with`] for a file that is open already.
pub(crate) fn analyze_source(
    source: &mut Source,
    info: &MediaInfo,
    options: &AnalyzeOptions,
    control: &Control,
) -> Result<Analysis> {
    part(source, info, 0.0, None, options, control)?.finish()
}

/// Analyse what begins in a stretch.
pub(super) fn part(
    source: &mut Source,
    info: &MediaInfo,
    start: f64,
    end: Option<f64>,
    options: &AnalyzeOptions,
    control: &Control,
) -> Result<AnalysisPart> {
    let span = Span::new(start, end.unwrap_or(f64::INFINITY));
    let plan = Plan::of(source, info, options.level)?;
    // What a threaded decoder makes of damage depends on luck; one thread always sees the same.
    for threads in [DECODER_THREADS, 1] {
        let work = Work { info, span, options, plan, threads, control };
        if let Some(part) = work.run(source)? {
            part.watch.judge(source, start == 0.0 && end.is_none())?;
            return Ok(AnalysisPart { end, ..part });
        }
    }
    Err(Error::new(ErrorCode::Internal, "one thread was not enough"))
}

/// Which frames are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Only keyframes.
    Keyframes,
    /// Keyframes first, then where they call for it.
    Suspects,
    /// All.
    Everything,
}

impl Plan {
    /// The cheapest plan that gives what is asked for. It depends on the beginning of the file alone, so that all parts
    /// of it are analysed alike.
    fn of(source: &mut Source, info: &MediaInfo, level: Level) -> Result<Self> {
        let wanted = match level {
            Level::Index => Self::Keyframes,
            Level::Lazy => Self::Suspects,
            Level::Exact => return Ok(Self::Everything),
        };
        let Some(stream) = info.video else { return Ok(wanted) };
        source.select(&[stream]);
        let (mut packets, mut keys) = (0, 0);
        while packets < PEEK
            && let Some(packet) = source.next_packet()?
        {
            if packet.stream() == stream {
                packets += 1;
                keys += usize::from(packet.is_key());
            }
        }
        source.select_all();
        source.rewind()?;
        let dense = keys * DENSE > packets && keys > 1;
        Ok(if dense { Self::Everything } else { wanted })
    }
}

/// One attempt at a stretch.
struct Work<'a> {
    info: &'a MediaInfo,
    span: Span,
    options: &'a AnalyzeOptions,
    plan: Plan,
    threads: usize,
    control: &'a Control,
}

/// The keyframes of a pass.
struct Keyframes {
    decoder: VideoDecoder,
    sketcher: Sketcher,
    scout: Scout,
    size: Option<(u32, u32)>,
}

/// What the pass over the packets gathers.
struct Pass<'scope> {
    ears: Option<Ears<'scope>>,
    keyframes: Option<Keyframes>,
    facts: Option<Facts>,
    watch: Watch,
    ends: Ends,
}

impl Work<'_> {
    /// `None` where the picture is damaged and more than one thread decoded it.
    fn run(&self, source: &mut Source) -> Result<Option<AnalysisPart>> {
        std::thread::scope(|scope| {
            let ears = match self.info.audio.filter(|_| self.options.audio) {
                Some(stream) => Some(Ears::open(scope, source, stream, self.span, self.control)?),
                None => None,
            };
            let mut pass = self.begin(source, ears)?;
            self.pass(source, &mut pass)?;
            if pass.keyframes.as_ref().is_some_and(|keyframes| self.is_luck(&keyframes.decoder)) {
                return Ok(None);
            }
            let Some(seen) = self.look(source, &mut pass)? else { return Ok(None) };
            let heard = pass.ears.take().map(Ears::finish).transpose()?;
            Ok(Some(self.assemble(pass, seen, heard)))
        })
    }

    fn begin<'scope>(&self, source: &Source, ears: Option<Ears<'scope>>) -> Result<Pass<'scope>> {
        // Where every picture will be looked at, keyframes say nothing more.
        let keyframes = match self.info.video.filter(|_| self.plan != Plan::Everything) {
            Some(stream) => Some(Keyframes {
                decoder: VideoDecoder::open(source, stream, media::Frames::Keyframes, self.threads)?,
                sketcher: Sketcher::new(),
                scout: Scout::new(self.info.video().map_or(0, |v| u64::from(v.width) * u64::from(v.height))),
                size: None,
            }),
            None => None,
        };
        let measure = if self.plan == Plan::Everything { Measure::Frames } else { Measure::Packets };
        let facts = self.info.video.map(|_| Facts::new(measure, self.span.start));
        Ok(Pass { ears, keyframes, facts, watch: Watch::default(), ends: Ends::default() })
    }

    fn pass(&self, source: &mut Source, pass: &mut Pass<'_>) -> Result<()> {
        self.go_to_first(source, pass)?;
        let control = self.control.part(0.0, PASS);
        let mut watches: BTreeMap<usize, StreamWatch> = BTreeMap::new();
        let expected = self.span.end.min(self.info.duration.unwrap_or(f64::INFINITY)) - self.span.start;
        // Beyond the stretch, sound ends soon, but the plan needs some keyframes more.
        let far =
            self.span.end + MARGIN + if pass.keyframes.is_some() { read::CONTEXT + AROUND + LONG_GROUP } else { 0.0 };
        let mut beyond_key = pass.keyframes.is_none();
        let mut count = 0u64;
        while let Some(packet) = source.next_packet()? {
            let stream = packet.stream();
            let picture = self.info.video == Some(stream);
            let watch = watches.entry(stream).or_insert_with(|| StreamWatch::new(picture));
            let (time, end) = watch.look(source, &packet, self.span, &mut pass.watch);
            self.check_length(source, &mut pass.ends, stream, end)?;
            count += 1;
            if count.is_multiple_of(256) && expected.is_finite() && expected > 0.0 {
                control.report("analyze", (time - self.span.start) / expected);
            }
            if picture {
                self.take_picture(pass, &packet, time)?;
                beyond_key |= packet.is_key() && time >= self.span.end + read::CONTEXT;
                if time >= far && beyond_key {
                    break;
                }
            } else if self.info.audio == Some(stream)
                && let Some(ears) = &mut pass.ears
                && time < self.span.end + MARGIN
            {
                ears.push(time, packet);
            }
            if self.info.video.is_none() && time >= far {
                break;
            }
        }
        if source.broke_off() {
            pass.watch.broke_off();
        }
        if let Some(keyframes) = &mut pass.keyframes {
            keyframes.decoder.finish()?;
            self.take_keyframes(keyframes, &mut pass.facts, &mut pass.watch)?;
        }
        Ok(())
    }

    /// Go to where the first packets that matter lie.
    fn go_to_first(&self, source: &mut Source, pass: &Pass<'_>) -> Result<()> {
        source.select_all();
        let sound = pass.ears.as_ref().map_or(self.span.start, Ears::needed_from) - MARGIN;
        let picture = if pass.keyframes.is_some() { self.span.start - read::CONTEXT - AROUND } else { self.span.start };
        let first = sound.min(picture);
        if self.span.start == 0.0 || first <= 0.0 {
            return source.rewind();
        }
        match self.info.video {
            Some(stream) => source.seek_keyframe(stream, first),
            None => source.seek(first),
        }
    }

    fn check_length(&self, source: &Source, ends: &mut Ends, stream: usize, end: f64) -> Result<()> {
        ends.file = ends.file.max(end);
        if self.info.video == Some(stream) {
            ends.picture = ends.picture.max(end);
        } else if self.info.audio == Some(stream) {
            ends.sound = ends.sound.max(end);
        }
        let longest = source.limits().duration;
        if ends.file <= longest {
            return Ok(());
        }
        let what = format!("the content is longer than {longest:.0} s");
        Err(Error::new(ErrorCode::LimitExceeded, what).field("duration").file(source.path()))
    }

    fn take_picture(&self, pass: &mut Pass<'_>, packet: &Packet, time: f64) -> Result<()> {
        let Some(keyframes) = &mut pass.keyframes else { return Ok(()) };
        let size = u32::try_from(packet.size()).unwrap_or(u32::MAX);
        keyframes.scout.packet(time, size, packet.is_key());
        if let Some(facts) = pass.facts.as_mut().filter(|_| self.span.contains(time)) {
            facts.motion.packet(time, u64::from(size), packet.is_key());
        }
        if packet.is_key() {
            let before = keyframes.decoder.losses().total();
            keyframes.decoder.send(packet)?;
            self.take_keyframes(keyframes, &mut pass.facts, &mut pass.watch)?;
            if keyframes.decoder.losses().total() > before && self.span.contains(time) {
                pass.watch.note(FindingKind::DamagedPacket, time);
            }
        }
        Ok(())
    }

    fn take_keyframes(&self, keyframes: &mut Keyframes, facts: &mut Option<Facts>, watch: &mut Watch) -> Result<()> {
        while let Some(mut frame) = keyframes.decoder.receive()? {
            let time = frame.time.seconds();
            let size = frame.size();
            if keyframes.size.is_some_and(|known| known != size) && self.span.contains(time) {
                watch.note(FindingKind::SizeChange, time);
            }
            keyframes.size = Some(size);
            if let Some(facts) = facts.as_mut().filter(|_| self.span.contains(time)) {
                facts.bars.extend(read::bars(&frame, self.info).map(|bars| (time, bars)));
            }
            if let Some(sketch) = keyframes.sketcher.sketch(&mut frame)? {
                keyframes.scout.keyframe(sketch);
            }
        }
        Ok(())
    }

    fn is_luck(&self, decoder: &VideoDecoder) -> bool {
        self.threads > 1 && decoder.losses().total() > 0
    }

    /// The closer look. `None` as in [`Work::run`].
    fn look(&self, source: &mut Source, pass: &mut Pass<'_>) -> Result<Option<read::Seen>> {
        let Some(stream) = self.info.video else { return Ok(Some(read::Seen::default())) };
        let end = pass.ends.picture.max(self.span.start);
        let scout = pass.keyframes.as_ref().map(|keyframes| &keyframes.scout);
        let stretches = match (self.plan, scout) {
            (Plan::Keyframes, _) => Vec::new(),
            (Plan::Suspects, Some(scout)) => scout.stretches(end),
            _ => vec![Span::new(0.0, f64::INFINITY)],
        };
        let mut seen = read::Seen::default();
        if !stretches.is_empty() {
            let frames = Frames { stream, info: self.info, span: self.span, threads: self.threads };
            let all = self.plan == Plan::Everything;
            let facts = pass.facts.as_mut();
            let Some(found) = frames.read(source, &stretches, all, facts, end, &self.control.part(PASS, 1.0))? else {
                return Ok(None);
            };
            seen = found;
        }
        if let (Some(scout), Some(facts)) = (scout, pass.facts.as_mut()) {
            let within = |runs: super::facts::Runs| runs.within(self.span);
            facts.frozen = within(scout.frozen());
            facts.black.merge(within(scout.black(self.plan == Plan::Keyframes)));
            let told = if self.plan == Plan::Keyframes { scout.boundaries() } else { scout.clear_cuts() };
            seen.boundaries.extend(told.into_iter().filter(|boundary| self.span.contains(boundary.start)));
            seen.boundaries.sort_by(|a, b| a.start.total_cmp(&b.start));
        }
        Ok(Some(seen))
    }

    fn assemble(&self, pass: Pass<'_>, seen: read::Seen, heard: Option<super::sound::Heard>) -> AnalysisPart {
        let Pass { facts, mut watch, ends, .. } = pass;
        let mut damaged = seen.damaged;
        let sound = heard.map(|heard| {
            damaged.extend(heard.damaged);
            heard.sound
        });
        watch.damaged(damaged);
        for (kind, time) in seen.found {
            watch.note(kind, time);
        }
        AnalysisPart {
            level: self.options.level,
            audio: self.options.audio,
            start: self.span.start,
            end: None,
            source: Claims::of(self.info),
            ends,
            sound,
            boundaries: seen.boundaries,
            facts,
            watch,
        }
    }
}
