"""How clips look and sound."""

from dataclasses import dataclass

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


class Layout(Text):
    """How a source fills a frame of another shape."""

    AUTO = "auto"
    """`FILL` where enough of the picture stays visible, else `FIT`."""
    FILL = "fill"
    """Cut the middle out of the picture."""
    FIT = "fit"
    """Show all of it over a blurred copy of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop(Data):
    """The part of the upright picture that is shown, in shares of its width and height, 0 to 1.

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
class Framing(Data):
    """A decision about a clip's frame, and why.

    Attributes
    ----------
    layout : Layout
        `Layout.FILL` or `Layout.FIT`; in an edited manifest, `Layout.AUTO` asks for the decision to be made anew.
    crop : Crop
        What is shown sharp.
    reason : str
        Why this layout, for people.
    """

    layout: Layout
    crop: Crop
    reason: str


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
    captions : bool
        Burn captions in where there is a transcript.
    lufs : float
        Integrated loudness in LUFS.
    true_peak : float
        Highest true peak in dBTP after encoding.
    frame_rate : float or None
        Frames a second, 23 to 60; `None` keeps the source's where platforms take it.
    codec : Codec
        How pictures are encoded.
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
        Encoder threads; 0 uses up to four, by the number of cores.
    """

    preset: Preset | None = None
    width: int = 1080
    height: int = 1920
    layout: Layout = Layout.AUTO
    captions: bool = True
    lufs: float = -14.0
    true_peak: float = -1.0
    frame_rate: float | None = None
    codec: Codec = Codec.H264
    hardware: bool = False
    crf: float = 20.0
    speed: str = "veryfast"
    max_bit_rate: int = 0
    keyframe_interval: float = 2.0
    audio_bit_rate: int = 192_000
    threads: int = 0
