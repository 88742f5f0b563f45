"""Sound as a ``transcribe`` callback gets it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _opusclip

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AudioChunk:
    """A piece of the sound of a file, as speech engines want it: one channel at 16 kHz.

    Attributes
    ----------
    start, end : float
        Where it lies in the file, in seconds.
    sample_rate : int
        Samples a second.
    buffer : memoryview
        The samples, between -1 and 1: read-only 32 bit floats, with the format ``f``.
    """

    start: float
    end: float
    sample_rate: int
    buffer: memoryview

    @property
    def samples(self) -> "numpy.ndarray[Any, numpy.dtype[numpy.float32]]":
        """A read-only array of `numpy.float32` over the same memory, for engines such as faster-whisper."""
        import numpy

        return numpy.frombuffer(self.buffer, numpy.float32)

    def to_wav(self) -> bytes:
        """Return a WAV file (16-bit PCM, one channel, 32 kB a second), for engines and services that take files.

        Raises
        ------
        LimitError
            If the piece is too long for a WAV file (4 GB).
        """
        return _opusclip.to_wav(self.sample_rate, self.buffer.tobytes())

    def __len__(self) -> int:
        return len(self.buffer)

    def __repr__(self) -> str:
        return f"AudioChunk({self.start:.1f}–{self.end:.1f} s, {len(self)} samples)"
