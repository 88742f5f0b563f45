"""What a file is: container, streams, display size, frame rate, colour, sound, chapters."""

from dataclasses import dataclass
from pathlib import Path

from .._data import Data, Text


class Container(Text):
    """A container that this library reads, told from the file's bytes."""

    MP4 = "mp4"
    MATROSKA = "matroska"
    MPEG_TS = "mpeg_ts"
    AVI = "avi"
    FLV = "flv"
    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"


class StreamKind(Text):
    """What a stream carries; cover art is an `ATTACHED_PICTURE`, never `VIDEO`."""

    VIDEO = "video"
    ATTACHED_PICTURE = "attached_picture"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    ATTACHMENT = "attachment"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Rational(Data):
    """A fraction, such as a frame rate of 30000/1001.

    Attributes
    ----------
    num : int
        Numerator.
    den : int
        Denominator, positive.
    """

    num: int
    den: int

    def __float__(self) -> float:
        return self.num / self.den

    def __str__(self) -> str:
        return f"{self.num}/{self.den}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorInfo(Data):
    """Colour by the code points of ITU-T H.273, in FFmpeg's names; ``unknown`` where the file does not say.

    Attributes
    ----------
    range : str
        ``tv`` (limited), ``pc`` (full) or ``unknown``.
    primaries : str
        Primaries, such as ``bt709``.
    transfer : str
        Transfer characteristic, such as ``smpte2084``.
    matrix : str
        Matrix, such as ``bt709``.
    """

    range: str
    primaries: str
    transfer: str
    matrix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo(Data):
    """A picture's properties.

    Attributes
    ----------
    width, height : int
        Coded size in pixels.
    display_width, display_height : int
        Size in square pixels after rotation: what a viewer sees.
    sample_aspect_ratio : Rational
        Width of a pixel over its height; 1/1 is square.
    rotation : int
        Clockwise turn in degrees that makes the picture upright: 0, 90, 180 or 270.
    mirrored : bool
        Is it also mirrored?
    frame_rate : Rational or None
        Average frames a second.
    base_rate : Rational or None
        The lowest rate at which every timestamp of the first frames falls on a tick; of use where the rate varies.
    variable_frame_rate : bool
        Do the distances between frames differ?
    pixel_format : str
        FFmpeg's name of the pixel format, such as ``yuv420p10le``.
    bit_depth : int
        Bits a component.
    color : ColorInfo
        Colour description.
    interlaced : bool
        Is it interlaced?
    """

    width: int
    height: int
    display_width: int
    display_height: int
    sample_aspect_ratio: Rational
    rotation: int
    mirrored: bool
    frame_rate: Rational | None = None
    base_rate: Rational | None = None
    variable_frame_rate: bool
    pixel_format: str
    bit_depth: int
    color: ColorInfo
    interlaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo(Data):
    """A sound's properties.

    Attributes
    ----------
    sample_rate : int
        Samples a second.
    channels : int
        Channels.
    layout : str
        Layout, such as ``stereo`` or ``5.1``.
    """

    sample_rate: int
    channels: int
    layout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo(Data):
    """One stream.

    Attributes
    ----------
    index : int
        Its position in the file, from 0.
    kind : StreamKind
        What it carries.
    codec : str
        FFmpeg's name of the codec, such as ``h264``; empty if unknown.
    time_base : str
        Length of a tick in seconds, such as ``1/90000``.
    start : float or None
        Seconds from the start of the media to its first packet.
    duration : float or None
        Seconds, as the header claims.
    language : str or None
        Language tag, such as ``eng``.
    title : str or None
        Title, where the file gives one.
    default : bool
        Is it marked as the default of its kind?
    video : VideoInfo or None
        Of a picture.
    audio : AudioInfo or None
        Of a sound.
    """

    index: int
    kind: StreamKind
    codec: str
    time_base: str
    start: float | None = None
    duration: float | None = None
    language: str | None = None
    title: str | None = None
    default: bool
    video: VideoInfo | None = None
    audio: AudioInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter(Data):
    """A chapter.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    title : str
        Its title; empty if it has none.
    """

    start: float
    end: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo(Data):
    """A media file as its header and first packets describe it.

    Attributes
    ----------
    path : pathlib.Path
        The path as given.
    container : Container
        The container, told from the bytes.
    size : int
        Bytes.
    duration : float or None
        Seconds, as the header claims; `None` where it claims nothing.
    start_offset : float
        The container's own time of its beginning in seconds. All other times count from it.
    bit_rate : int or None
        Bits a second over all streams, where known.
    video : int or None
        Index in `streams` of the picture that clips are made from.
    audio : int or None
        Index in `streams` of the sound that clips are made from.
    streams : tuple of StreamInfo
        Every stream in the file's order.
    chapters : tuple of Chapter
        Chapters in order of time.
    """

    path: Path
    container: Container
    size: int
    duration: float | None = None
    start_offset: float
    bit_rate: int | None = None
    video: int | None = None
    audio: int | None = None
    streams: tuple[StreamInfo, ...]
    chapters: tuple[Chapter, ...]

    @property
    def picture(self) -> VideoInfo | None:
        """The picture that clips are made from."""
        return None if self.video is None else self.streams[self.video].video

    @property
    def sound(self) -> AudioInfo | None:
        """The sound that clips are made from."""
        return None if self.audio is None else self.streams[self.audio].audio

    def __repr__(self) -> str:
        parts = [self.container.value]
        if self.duration is not None:
            parts.append(f"{self.duration:.1f} s")
        if self.video is not None and self.picture is not None:
            picture = self.picture
            parts.append(f"{self.streams[self.video].codec} {picture.display_width}x{picture.display_height}")
        if self.audio is not None and self.sound is not None:
            parts.append(f"{self.streams[self.audio].codec} {self.sound.layout}")
        return f"MediaInfo({str(self.path)!r}, {', '.join(parts)})"

    def _repr_html_(self) -> str:
        from .._html import media

        return media(self)
