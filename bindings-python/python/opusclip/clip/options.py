"""How clips look and sound."""

from dataclasses import dataclass
from typing import Any

from .._data import Data, Text


class Preset(Text):
    """Where clips go. A preset stands for several options; options that are given beside it go before it."""

    TIKTOK = "tiktok"
    """TikTok: 1080 x 1920."""
    REELS = "reels"
    """Instagram Reels: 1080 x 1920, at most 25 Mb/s."""
    SHORTS = "shorts"
    """YouTube Shorts: 1080 x 1920, a keyframe every half second."""
    YOUTUBE = "youtube"
    """YouTube: 1920 x 1080, a keyframe every half second."""
    SQUARE = "square"
    """Feeds that show squares: 1080 x 1080."""
    MASTER = "master"
    """To be kept or edited further: 1080 x 1920 in high quality."""


class Codec(Text):
    """How pictures are encoded."""

    H264 = "h264"
    """H.264, which every platform takes."""
    HEVC = "hevc"
    """HEVC (H.265), for players that know it."""
    AV1 = "av1"
    """AV1: the smallest files, the slowest to make."""


class ThumbnailFormat(Text):
    """How thumbnails are written."""

    JPEG = "jpeg"
    """JPEG, which everything shows."""
    AVIF = "avif"
    """AVIF: smaller, and shown by browsers since 2022."""


class Layout(Text):
    """How a source fills a frame of another shape."""

    AUTO = "auto"
    """Chosen shot by shot: `FILL` where what matters fits into the frame, else one of the others."""
    FILL = "fill"
    """Cut the part out of the picture that matters, and follow it."""
    FIT = "fit"
    """Show all of it over a background."""
    SPLIT = "split"
    """Two people, each in one half of the frame."""
    SCREEN = "screen"
    """A screen with a small picture of the speaker in it: the screen above, the speaker enlarged below."""


class Background(Text):
    """What is seen around a picture that is shown whole."""

    BLURRED = "blurred"
    """A blurred and darkened copy of the picture."""
    PLAIN = "plain"
    """Black."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop(Data):
    """A part of the upright picture, in shares of its width and height, 0 to 1.

    Attributes
    ----------
    x, y : float
        Left and upper edge.
    width, height : float
        Size.
    """

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPoint(Data):
    """Where a camera is at a time of the source.

    Attributes
    ----------
    time : float
        Seconds of the source.
    x, y : float
        The upper left corner of what it shows, in shares of the picture.
    """

    time: float
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Data):
    """A part of the picture that a camera shows.

    Attributes
    ----------
    crop : Crop
        What is shown first; its size stays.
    path : tuple of CameraPoint
        Where the camera is when, in a straight line from one point to the next; empty where it stands still.
    """

    crop: Crop
    path: tuple[CameraPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotFraming(Data):
    """How one shot of a clip fills the frame, or a part of it in which one person speaks.

    Attributes
    ----------
    start, end : float
        Seconds of the source.
    layout : Layout
        Never `Layout.AUTO`.
    views : tuple of View
        What is shown: one part of the picture; with `Layout.SPLIT` two, the upper and the lower or the left and the right
        one; with `Layout.SCREEN` two, the screen and the speaker.
    reason : str
        Why, for people.
    faces : tuple of Crop
        Where faces are seen in the finished frame, in shares of it: captions keep away from them.
    """

    start: float
    end: float
    layout: Layout
    views: tuple[View, ...]
    reason: str
    faces: tuple[Crop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing(Data):
    """A decision about a clip's frame, and why.

    Attributes
    ----------
    layout : Layout
        The layout of most of the clip; in an edited manifest, `Layout.AUTO` asks for the decision to be made anew.
    crop : Crop
        What is shown where `shots` are empty; with them, what the first of them begins with.
    reason : str
        Why this layout, for people.
    shots : tuple of ShotFraming
        Shot by shot, in order of time. Where there are none, `crop` stands still for the whole clip.
    """

    layout: Layout
    crop: Crop
    reason: str
    shots: tuple[ShotFraming, ...] = ()


class CaptionPreset(Text):
    """Looks of captions that are ready made."""

    HIGHLIGHT = "highlight"
    """Two short lines, the word that is said in yellow."""
    BOLD = "bold"
    """Few words in large capitals with a heavy stroke, the word that is said in yellow."""
    POP = "pop"
    """One to three words at a time; each grows while it is said."""
    KARAOKE = "karaoke"
    """Colour runs through the words as they are said."""
    BOXED = "boxed"
    """Words on a dark box, the one that is said in another colour."""
    PLAIN = "plain"
    """Calm subtitles: no word stands out, lines as long as they fit, time enough to read them."""


class CaptionEffect(Text):
    """How the word that is said stands out."""

    HIGHLIGHT = "highlight"
    POP = "pop"
    KARAOKE = "karaoke"
    PLAIN = "plain"


class CaptionPosition(Text):
    """Where captions stand inside of the area that platforms leave free."""

    AUTO = "auto"
    """At the bottom; where a face is in the way, in the middle or at the top."""
    BOTTOM = "bottom"
    MIDDLE = "middle"
    TOP = "top"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionStyle(Data):
    """Traits of a look that are to be otherwise; what is `None` is as the look has it.

    Sizes are pixels of a frame whose shorter side has 1080.

    Attributes
    ----------
    effect : CaptionEffect or None
        How the word that is said stands out.
    font : str or None
        Family name of an installed font, such as ``Noto Sans``, or the path of a TrueType or OpenType file.
    weight : int or None
        Weight of the letters, 100 (thin) to 900 (black); the nearest that the family has is taken.
    size : float or None
        Height of the font's em square, 20 to 200.
    color, highlight_color : str or None
        Colours as CSS writes them, of the letters and of the word that is said.
    outline_color, box_color : str or None
        Of the stroke around the letters, and of the box.
    outline, shadow : float or None
        Width of the stroke, and how far the shadow falls, 0 to 20.
    box : bool or None
        A box behind the words.
    position : CaptionPosition or None
        Where they stand.
    uppercase : bool or None
        All in capitals.
    max_words, max_lines : int or None
        Most words at a time, 1 to 30, and most lines, 1 or 2.
    """

    effect: CaptionEffect | None = None
    font: str | None = None
    weight: int | None = None
    size: float | None = None
    color: str | None = None
    highlight_color: str | None = None
    outline_color: str | None = None
    box_color: str | None = None
    outline: float | None = None
    shadow: float | None = None
    box: bool | None = None
    position: CaptionPosition | None = None
    uppercase: bool | None = None
    max_words: int | None = None
    max_lines: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the traits that are to be otherwise, as plain texts and numbers."""
        return {name: value for name, value in Data.to_dict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions(Data):
    """Size, layout, captions, loudness and encoder settings of rendered clips.

    Attributes
    ----------
    preset : Preset or None
        The platform whose options these are; options given beside it went before it.
    width, height : int
        Pixels, even, 64 to 4096.
    layout : Layout
        How the picture fills the frame.
    background : Background
        What is seen around a picture that is shown whole.
    follow : bool
        Look who is in the picture and frame them; without, the middle is shown.
    face_model : str or None
        An ONNX model file that finds faces, in YuNet's format, in place of the built-in detector.
    captions : bool or CaptionPreset
        Burn captions in where there is a transcript; `True` is `CaptionPreset.HIGHLIGHT`.
    caption_style : CaptionStyle
        Traits of the look that are to be otherwise.
    hook : bool
        Write the post's hook over the first three seconds.
    subtitle_files : bool
        Write the captions beside each clip as SRT, WebVTT and ASS files.
    thumbnails : ThumbnailFormat
        How the picture beside each clip is written.
    lufs : float
        Integrated loudness in LUFS.
    true_peak : float
        Highest true peak in dBTP after encoding.
    clean_speech : bool
        Clean up speech before it is levelled: rumble is cut off, and steady noise is turned down.
    frame_rate : float or None
        Frames a second, 23 to 60; `None` keeps the source's where platforms take it.
    codec : Codec
        How pictures are encoded.
    encoder : str or None
        The encoder by its name in FFmpeg, or ``rav1e``, which needs no FFmpeg; `None` takes the best there is for the codec.
    hardware : bool
        Encode on a graphics card or the like; without one, rendering fails.
    crf : float
        Constant quality on x264's scale, 1 (best) to 51 (worst), carried over to other codecs.
    speed : str
        Encoder speed by x264's names, ``ultrafast`` to ``veryslow``.
    max_bit_rate : int
        Bits of picture a second that are never exceeded; 0 sets no bound.
    keyframe_interval : float
        Longest distance between keyframes in seconds.
    audio_bit_rate : int
        Sound in bits a second.
    threads : int
        Encoder threads of each clip; 0 uses up to four, by the number of cores.
    clips_at_once : int
        Clips that are rendered at a time; 0 takes one for every four cores, as far as the memory reaches.
    memory_budget : int
        Megabytes that clips which are rendered at a time may need together; one is rendered in any case. 0 is a quarter of
        the memory that is free.
    """

    preset: Preset | None = None
    width: int = 1080
    height: int = 1920
    layout: Layout = Layout.AUTO
    background: Background = Background.BLURRED
    follow: bool = True
    face_model: str | None = None
    captions: bool | CaptionPreset = True
    caption_style: CaptionStyle = CaptionStyle()
    hook: bool = False
    subtitle_files: bool = False
    thumbnails: ThumbnailFormat = ThumbnailFormat.JPEG
    lufs: float = -14.0
    true_peak: float = -1.0
    clean_speech: bool = False
    frame_rate: float | None = None
    codec: Codec = Codec.H264
    encoder: str | None = None
    hardware: bool = False
    crf: float = 20.0
    speed: str = "veryfast"
    max_bit_rate: int = 0
    keyframe_interval: float = 2.0
    audio_bit_rate: int = 192_000
    threads: int = 0
    clips_at_once: int = 0
    memory_budget: int = 0
