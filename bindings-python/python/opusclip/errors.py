"""What can go wrong.

Every exception is an `OpusClipError` with a stable ``code``, and also the built-in exception that people expect: a
missing file is a `FileNotFoundError`, an impossible option a `ValueError`.
"""

import errno
from collections.abc import Callable
from pathlib import Path


class OpusClipError(Exception):
    """The base of every error of this package.

    Attributes
    ----------
    code : str
        Stable across releases and languages, such as ``media.no_video``.
    message : str
        What happened, without place and hint; ``str(error)`` has all of it.
    field : str or None
        The option at fault.
    file : pathlib.Path or None
        The file at fault.
    line : int or None
        The line at fault, counted from 1.
    time : float or None
        The media time at fault, in seconds.
    hint : str or None
        What to do about it.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str = "internal",
        message: str | None = None,
        field: str | None = None,
        file: Path | None = None,
        line: int | None = None,
        time: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.message = text if message is None else message
        self.field = field
        self.file = file
        self.line = line
        self.time = time
        self.hint = hint
        _describe_to_system(self, code, self.message, file)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Callable[..., "OpusClipError"], tuple[object, ...]]:
        place = (self.field, self.file, self.line, self.time, self.hint)
        return _restore, (type(self), self.args[0], self.code, self.message, *place)


class ConfigError(OpusClipError, ValueError):
    """An option has an impossible value, or two options contradict each other."""


class MediaError(OpusClipError):
    """The media file cannot be used."""


class MediaNotFoundError(MediaError, FileNotFoundError):
    """The media file does not exist."""


class TranscriptError(OpusClipError):
    """The transcript cannot be read or understood."""


class ManifestError(OpusClipError, ValueError):
    """The manifest is not valid."""


class OutputError(OpusClipError, OSError):
    """The output cannot be written."""


class OutputExistsError(OutputError, FileExistsError):
    """The output exists and ``overwrite`` was not asked for."""


class OutputBusyError(OutputError, BlockingIOError):
    """Another job is writing into the output folder."""


class EngineError(OpusClipError):
    """A speech engine failed."""


class ModelError(OpusClipError):
    """The model file is none, or cannot be read."""


class CallbackError(OpusClipError):
    """A callback of the caller's own failed; what it raised is the cause."""


class CallbackInvalidError(CallbackError, ValueError):
    """A callback of the caller's own gave something that is no answer."""


class CallbackTimeoutError(CallbackError, TimeoutError):
    """A callback of the caller's own did not answer in time."""


class MetricError(OpusClipError, ValueError):
    """A metric's name, label, value, time or window is impossible or not known."""


class DataError(OpusClipError, ValueError):
    """Numbers, events or a table of them cannot be understood, or are too few."""


class SnapshotError(OpusClipError, ValueError):
    """A saved state is damaged, or of a version that this one cannot read."""


class ExportError(OpusClipError, ConnectionError):
    """A receiver of metrics cannot be reached, or refused them."""


class BalanceError(OpusClipError):
    """No instance may have a request, an instance is not known, or there were too many retries."""


class ScalingError(OpusClipError):
    """A scaling action is not known, or a decision cannot be carried out any more."""


class LimitError(OpusClipError):
    """The input is larger than a limit that protects the host."""


class LimitTimeError(LimitError, TimeoutError):
    """The caller's time limit ran out."""


class Cancelled(OpusClipError):
    """The caller cancelled the work; nothing half written is left behind."""


class InternalError(OpusClipError):
    """A defect in this library; please report it."""


# The whole code decides first, then its area, which is the part before the dot.
_CLASSES: dict[str, type[OpusClipError]] = {
    "config": ConfigError,
    "media": MediaError,
    "media.not_found": MediaNotFoundError,
    "transcript": TranscriptError,
    "manifest": ManifestError,
    "output": OutputError,
    "output.exists": OutputExistsError,
    "output.busy": OutputBusyError,
    "engine": EngineError,
    "model": ModelError,
    "callback": CallbackError,
    "callback.invalid": CallbackInvalidError,
    "callback.timeout": CallbackTimeoutError,
    "metric": MetricError,
    "window": MetricError,
    "data": DataError,
    "snapshot": SnapshotError,
    "export": ExportError,
    "balance": BalanceError,
    "scaling": ScalingError,
    "limit": LimitError,
    "limit.time": LimitTimeError,
    "cancelled": Cancelled,
    "internal": InternalError,
}

_ERRNO = {
    "media.not_found": errno.ENOENT,
    "output.exists": errno.EEXIST,
    "output.busy": errno.EAGAIN,
    "output.full": errno.ENOSPC,
    "callback.timeout": errno.ETIMEDOUT,
    "limit.time": errno.ETIMEDOUT,
}


def _describe_to_system(error: BaseException, code: str, message: str, file: Path | None) -> None:
    """Fill in what handlers of `OSError` look at."""
    if isinstance(error, OSError):
        error.errno = _ERRNO.get(code)
        error.strerror = message
        error.filename = None if file is None else str(file)


def class_of(code: str) -> type[OpusClipError]:
    """Return the exception class of an error code.

    Parameters
    ----------
    code : str
        A code such as ``media.no_video``.

    Returns
    -------
    type
        A subclass of `OpusClipError`, or that itself for a code of an unknown area.
    """
    return _CLASSES.get(code) or _CLASSES.get(code.partition(".")[0], OpusClipError)


def from_core(
    text: str,
    *,
    code: str,
    message: str,
    field: str | None = None,
    file: Path | None = None,
    line: int | None = None,
    time: float | None = None,
    hint: str | None = None,
) -> OpusClipError:
    """Make the exception for an error of the core, whose full text is `text`."""
    cls = class_of(code)
    return cls(text, code=code, message=message, field=field, file=file, line=line, time=time, hint=hint)


def _restore(
    cls: type[OpusClipError],
    text: str,
    code: str,
    message: str,
    field: str | None,
    file: Path | None,
    line: int | None,
    time: float | None,
    hint: str | None,
) -> OpusClipError:
    return cls(text, code=code, message=message, field=field, file=file, line=line, time=time, hint=hint)
