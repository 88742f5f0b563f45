//! One opened media file: a single descriptor, a pinned demuxer, limits before allocation.
#![allow(
    unsafe_code,
    reason = "pinning the demuxer and refusing further files is only possible through FFmpeg's C API"
)]

use std::ffi::c_int;
use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::format::context::{Input, StreamIo};

use super::container::Container;
use super::{failure, init};
use crate::config::utf8_path;
use crate::control::Control;
use crate::error::{Error, ErrorCode, Result};
use crate::time::{TimeBase, Timestamp};

/// A compressed piece of one stream.
pub(crate) use ffmpeg_next::Packet;

/// What a file may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most streams in a file. Default 64.
    pub streams: u32,
    /// Longest side of the picture in pixels. Default 8192.
    pub side: u32,
    /// Most pixels in a picture. Default 8192 x 4320.
    pub pixels: u64,
    /// Longest content in seconds. Default 24 hours.
    pub duration: f64,
    /// Share of damaged packets above which a file is given up. Default 0.2.
    pub damage: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { streams: 64, side: 8192, pixels: 8192 * 4320, duration: 24.0 * 3600.0, damage: 0.2 }
    }
}

/// Smallest picture, in pixels a side, that is worth a clip.
const SMALLEST_SIDE: u32 = 16;

/// FFmpeg reads this much at a time: large enough to make system calls cheap, small enough to cancel quickly.
const IO_BUFFER: usize = 256 * 1024;

/// An opened file. Times of everything read from it count from [`Source::origin`].
pub(crate) struct Source {
    input: Input,
    /// The descriptor that `input` reads from.
    file: File,
    path: PathBuf,
    container: Container,
    size: u64,
    limits: Limits,
    control: Control,
    origin: Timestamp,
}

impl Source {
    /// Open a file with the demuxer that its bytes call for.
    pub(crate) fn open(path: &Path, limits: Limits, control: &Control) -> Result<Self> {
        init();
        control.check()?;
        utf8_path("video", path)?;
        let (mut file, size) = open_file(path)?;
        let container = Container::recognise(&mut file, path)?;
        let again = file.try_clone().map_err(|error| unreadable(path, error))?;
        let input = open_input(file, path, container, limits, control)?;
        let mut source = Self {
            input,
            file: again,
            path: path.to_owned(),
            container,
            size,
            limits,
            control: control.clone(),
            origin: Timestamp::new(0, TimeBase::MICROS),
        };
        source.check_pictures()?;
        source.find_streams()?;
        source.check_pictures()?;
        // SAFETY: the context is open and owned by `source`.
        let start = unsafe { (*source.input.as_ptr()).start_time };
        if start != ffi::AV_NOPTS_VALUE {
            source.origin.ticks = start;
        }
        Ok(source)
    }

    /// The file's path as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The recognised container.
    pub(crate) fn container(&self) -> Container {
        self.container
    }

    /// Size in bytes when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The same file opened once more, to be read somewhere else at the same time.
    pub(crate) fn twin(&self) -> Result<Self> {
        Self::open(&self.path, self.limits, &self.control)
    }

    /// The limits it was opened with.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// The container's own time that counts as 0.
    pub(crate) fn origin(&self) -> Timestamp {
        self.origin
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// Read only these streams from now on; FFmpeg skips the others without handing them out.
    pub(crate) fn select(&mut self, wanted: &[usize]) {
        for index in 0..self.input.nb_streams() as usize {
            let discard =
                if wanted.contains(&index) { ffi::AVDiscard::AVDISCARD_DEFAULT } else { ffi::AVDiscard::AVDISCARD_ALL };
            if let Some(mut stream) = self.input.stream_mut(index) {
                // SAFETY: the stream belongs to the open context that is borrowed mutably here.
                unsafe { (*stream.as_mut_ptr()).discard = discard };
            }
        }
    }

    /// Read all streams again, after [`Source::select`].
    pub(crate) fn select_all(&mut self) {
        let all: Vec<usize> = (0..self.input.nb_streams() as usize).collect();
        self.select(&all);
    }

    /// The next packet of the selected streams; `None` at the end, and also where a damaged file cannot be read on.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>> {
        let mut packet = Packet::empty();
        loop {
            self.control.check()?;
            match packet.read(&mut self.input) {
                Ok(()) => return Ok(Some(packet)),
                Err(ffmpeg::Error::Eof) => return Ok(None),
                Err(error) if failure::wants_more(error) => {}
                Err(ffmpeg::Error::Exit) => return Err(Error::new(ErrorCode::Cancelled, "cancelled")),
                Err(error) => {
                    tracing::warn!(file = %self.path.display(), %error, "cannot read on; taken as the end");
                    return Ok(None);
                }
            }
        }
    }

    /// Did the last read stop at an error rather than at the end of the file?
    pub(crate) fn broke_off(&self) -> bool {
        // SAFETY: `pb` is the custom I/O that lives as long as the context.
        unsafe {
            let io = (*self.input.as_ptr()).pb;
            !io.is_null() && (*io).error < 0 && (*io).error != ffi::AVERROR_EOF
        }
    }

    /// Go to a keyframe of `stream` at or before `seconds`, or to the beginning.
    ///
    /// Some containers seek to a place near the time that is no keyframe, so the landing is checked and, where needed,
    /// tried again from further back.
    pub(crate) fn seek_keyframe(&mut self, stream: usize, seconds: f64) -> Result<()> {
        for back in [0.0, 2.0, 10.0, 40.0] {
            let target = seconds - back;
            if target <= 0.0 {
                break;
            }
            if self.seek(target).is_err() {
                break;
            }
            if self.next_keyframe_time(stream)?.is_some_and(|time| time <= seconds + 1e-6) {
                return self.seek(target);
            }
        }
        self.rewind()
    }

    /// Go to the first packet.
    pub(crate) fn rewind(&mut self) -> Result<()> {
        // A transport stream has no index: its seeking by time lands behind the first keyframe.
        let by_bytes = matches!(self.container, Container::MpegTs);
        let flags = if by_bytes { ffi::AVSEEK_FLAG_BYTE as c_int } else { 0 };
        let target = if by_bytes { 0 } else { self.origin.ticks };
        // SAFETY: the context is open and borrowed mutably.
        let sought = unsafe { ffi::avformat_seek_file(self.input.as_mut_ptr(), -1, i64::MIN, target, target, flags) };
        if sought >= 0 || self.seek(0.0).is_ok() {
            return Ok(());
        }
        self.reopen()
    }

    /// Read the same file from its beginning where a damaged index leads nowhere.
    fn reopen(&mut self) -> Result<()> {
        let again = self.file.try_clone().and_then(|mut file| file.rewind().map(|()| file));
        let file = again.map_err(|error| unreadable(&self.path, error))?;
        self.input = open_input(file, &self.path, self.container, self.limits, &self.control)?;
        self.find_streams()
    }

    /// Go near `seconds`, a little before rather than after.
    pub(crate) fn seek(&mut self, seconds: f64) -> Result<()> {
        let since_origin = Timestamp::from_seconds(seconds.max(0.0), TimeBase::MICROS).ticks;
        let target = since_origin.saturating_add(self.origin.ticks);
        let found = self.input.seek(target, ..target);
        found.map_err(|error| failure::reading("cannot seek", error).file(&self.path).time(seconds.max(0.0)))
    }

    /// Time of the frame of `stream` that is nearest to `seconds`, told from packets without decoding.
    pub(crate) fn nearest_frame(&mut self, stream: usize, seconds: f64) -> Result<Option<f64>> {
        self.select(&[stream]);
        self.seek_keyframe(stream, seconds)?;
        let mut nearest: Option<f64> = None;
        while let Some(packet) = self.next_packet()? {
            if packet.stream() != stream {
                continue;
            }
            let Some(time) = self.packet_time(&packet).map(Timestamp::seconds) else { continue };
            if nearest.is_none_or(|best| (time - seconds).abs() < (best - seconds).abs()) {
                nearest = Some(time);
            }
            // Packets come in order of decoding; a second covers any reordering.
            if time > seconds + 1.0 {
                break;
            }
        }
        Ok(nearest)
    }

    /// Reads up to the next keyframe of a stream.
    fn next_keyframe_time(&mut self, stream: usize) -> Result<Option<f64>> {
        while let Some(packet) = self.next_packet()? {
            if packet.stream() == stream && packet.is_key() {
                return Ok(self.packet_time(&packet).map(Timestamp::seconds));
            }
        }
        Ok(None)
    }

    /// When a packet is shown, from the start of the media.
    pub(crate) fn packet_time(&self, packet: &Packet) -> Option<Timestamp> {
        let base = self.time_base(packet.stream())?;
        let ticks = packet.pts().or_else(|| packet.dts())?;
        Some(self.since_origin(ticks, base))
    }

    /// When a packet is decoded, from the start of the media, in seconds.
    pub(crate) fn packet_decode_time(&self, packet: &Packet) -> Option<f64> {
        let base = self.time_base(packet.stream())?;
        Some(self.since_origin(packet.dts()?, base).seconds())
    }

    /// A packet's own length in seconds; 0 where the container does not say.
    pub(crate) fn packet_duration(&self, packet: &Packet) -> f64 {
        self.time_base(packet.stream()).map_or(0.0, |base| Timestamp::new(packet.duration().max(0), base).seconds())
    }

    pub(super) fn time_base(&self, stream: usize) -> Option<TimeBase> {
        let base = self.input.stream(stream)?.time_base();
        TimeBase::new(u32::try_from(base.numerator()).ok()?, u32::try_from(base.denominator()).ok()?)
    }

    /// A stream's tick as time from the start of the media, exact to the stream's own tick.
    pub(super) fn since_origin(&self, ticks: i64, base: TimeBase) -> Timestamp {
        Timestamp::new(ticks.saturating_sub(self.origin.rescale(base).ticks), base)
    }

    fn find_streams(&mut self) -> Result<()> {
        // SAFETY: the context is open and borrowed mutably; no options are passed.
        let found = unsafe { ffi::avformat_find_stream_info(self.input.as_mut_ptr(), std::ptr::null_mut()) };
        self.control.check()?;
        if found < 0 {
            return Err(failure::reading("cannot read the streams", ffmpeg::Error::from(found)).file(&self.path));
        }
        Ok(())
    }

    /// Refuse pictures that would cost too much memory, before a decoder allocates any.
    fn check_pictures(&self) -> Result<()> {
        for stream in self.input.streams() {
            let parameters = stream.parameters();
            if parameters.medium() != ffmpeg::media::Type::Video {
                continue;
            }
            // SAFETY: the parameters are alive as long as `parameters`.
            let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
            let (width, height) = (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
            if width == 0 || height == 0 {
                continue;
            }
            let attached = stream.disposition().contains(ffmpeg::format::stream::Disposition::ATTACHED_PIC);
            let too_large =
                width.max(height) > self.limits.side || u64::from(width) * u64::from(height) > self.limits.pixels;
            if too_large || (!attached && width.min(height) < SMALLEST_SIDE) {
                return Err(Error::new(
                    ErrorCode::LimitExceeded,
                    format!(
                        "the picture is {width}x{height}; a side has {SMALLEST_SIDE} to {} pixels and a picture at most {}",
                        self.limits.side, self.limits.pixels
                    ),
                )
                .field("dimensions")
                .file(&self.path)
                .hint("scale the video first"));
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorCode::MediaUnreadable, format!("cannot open the file: {error}")).file(path).caused_by(error)
}

fn open_file(path: &Path) -> Result<(File, u64)> {
    use std::io::ErrorKind;
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::new(ErrorCode::MediaNotFound, "there is no such file").file(path).caused_by(error)
        }
        _ => unreadable(path, error),
    };
    // Opening a named pipe would wait for a writer, so the kind of file is checked by name first.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a directory" } else { "no regular file" };
        return Err(Error::new(ErrorCode::MediaNotAFile, format!("this is {what}"))
            .file(path)
            .hint("give a video file"));
    }
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size == 0 {
        return Err(Error::new(ErrorCode::MediaEmpty, "the file is empty").file(path));
    }
    Ok((file, size))
}

/// FFmpeg asks here for every further file or address that a container names; the answer is always no.
unsafe extern "C" fn refuse_to_open(
    _context: *mut ffi::AVFormatContext,
    _io: *mut *mut ffi::AVIOContext,
    _url: *const std::ffi::c_char,
    _flags: c_int,
    _options: *mut *mut ffi::AVDictionary,
) -> c_int {
    ffi::AVERROR(libc::EPERM)
}

fn open_input(file: File, path: &Path, container: Container, limits: Limits, control: &Control) -> Result<Input> {
    let mut io = StreamIo::from_read_seek_with_capacity(file, IO_BUFFER)
        .map_err(|error| failure::internal("cannot set up reading", error))?;
    let watched = control.clone();
    let interrupt = ffmpeg::util::interrupt::new(Box::new(move || watched.is_cancelled()));

    // SAFETY: the context is allocated here and freed by FFmpeg on failure or owned by `Input` afterwards; `io` and
    // `interrupt` move into that `Input`, so they outlive every use.
    unsafe {
        let demuxer = ffi::av_find_input_format(container.demuxer().as_ptr());
        if demuxer.is_null() {
            return Err(Error::new(
                ErrorCode::MediaNoDecoder,
                format!("the linked FFmpeg cannot read {container:?} files"),
            )
            .file(path));
        }
        let mut context = ffi::avformat_alloc_context();
        if context.is_null() {
            return Err(Error::new(ErrorCode::Internal, "out of memory"));
        }
        (*context).interrupt_callback = interrupt.interrupt;
        (*context).pb = io.as_mut_ptr();
        (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO | ffi::AVFMT_FLAG_GENPTS;
        (*context).io_open = Some(refuse_to_open);
        (*context).max_streams = limits.streams as c_int;
        let mut options: *mut ffi::AVDictionary = std::ptr::null_mut();
        // A second line behind `refuse_to_open`: no protocol at all is allowed.
        ffi::av_dict_set(&mut options, c"protocol_whitelist".as_ptr(), c"none".as_ptr(), 0);
        let opened = ffi::avformat_open_input(&mut context, std::ptr::null(), demuxer, &mut options);
        ffi::av_dict_free(&mut options);
        if opened < 0 {
            control.check()?;
            return Err(open_failure(ffmpeg::Error::from(opened), container).file(path));
        }
        Ok(Input::wrap_with_custom_io_and_interrupt(context, io, interrupt.guard))
    }
}

fn open_failure(error: ffmpeg::Error, container: Container) -> Error {
    match (error, container) {
        // The ISO demuxer's answer to a file without `moov`.
        (ffmpeg::Error::InvalidData, Container::Mp4) => Error::new(
            ErrorCode::MediaTruncated,
            "the file has no usable index (moov): it was cut off, or its recording never finished",
        )
        .hint("copy or download the file again, or repair it with a recovery tool")
        .caused_by(error),
        // A demuxer that may not add a stream says one or the other.
        (ffmpeg::Error::Other { errno: libc::EINVAL | libc::ENOMEM }, _) => {
            Error::new(ErrorCode::LimitExceeded, "the file has more streams than allowed")
                .field("streams")
                .caused_by(error)
        }
        _ => failure::reading("cannot read the container", error),
    }
}
