"""How clips look and sound."""

from dataclasses import dataclass

from .._data import Data, Text


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
    crf : float
        Constant quality of the H.264 encoder: 1 (best) to 51 (worst).
    preset : str
        Encoder speed by x264's names, ``ultrafast`` to ``veryslow``.
    audio_bit_rate : int
        Sound in bits a second.
    threads : int
        Encoder threads; 0 uses up to four, by the number of cores.
    """

    width: int = 1080
    height: int = 1920
    layout: Layout = Layout.AUTO
    captions: bool = True
    lufs: float = -14.0
    true_peak: float = -1.0
    frame_rate: float | None = None
    crf: float = 20.0
    preset: str = "veryfast"
    audio_bit_rate: int = 192_000
    threads: int = 0
