"""Every error code becomes an exception that people can catch by what they expect."""

import copy
import dataclasses
import errno
import inspect
import math
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import opusclip
from opusclip import _opusclip, errors

CODES = _opusclip.error_codes()


@pytest.mark.parametrize("code", [code for code, _ in CODES])
def test_every_code_has_a_class_and_survives_pickling(code: str) -> None:
    cls = errors.class_of(code)
    assert issubclass(cls, opusclip.OpusClipError)
    assert cls is not opusclip.OpusClipError, "no class for this area"
    text = "it broke (field: count, file: talk.mp4, line: 7, time: 1.500 s); mend it"
    place: dict[str, Any] = {"field": "count", "file": Path("talk.mp4"), "line": 7, "time": 1.5, "hint": "mend it"}
    error = errors.from_core(text, code=code, message="it broke", **place)
    for same in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is cls
        assert str(same) == text
        assert same.args == (text,)
        assert (same.code, same.message) == (code, "it broke")
        assert {name: getattr(same, name) for name in place} == place


def test_exit_statuses_are_the_documented_ones() -> None:
    assert dict(CODES)["media.not_found"] == 3
    assert dict(CODES)["cancelled"] == 130
    assert len(dict(CODES)) == len(CODES)


def test_every_class_is_public() -> None:
    classes = [value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, Exception)]
    assert len(classes) > 10
    assert all(getattr(opusclip, cls.__name__) is cls and cls.__doc__ for cls in classes)


@pytest.mark.parametrize(
    ("code", "builtin"),
    [
        ("config.out_of_range", ValueError),
        ("media.not_found", FileNotFoundError),
        ("manifest.invalid", ValueError),
        ("output.exists", FileExistsError),
        ("output.busy", BlockingIOError),
        ("output.full", OSError),
        ("metric.unknown", ValueError),
        ("data.too_few", ValueError),
        ("limit.time", TimeoutError),
        ("callback.timeout", TimeoutError),
        ("callback.invalid", ValueError),
    ],
)
def test_classes_are_also_what_people_expect(code: str, builtin: type[Exception]) -> None:
    assert issubclass(errors.class_of(code), builtin)


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.mp4"
    with pytest.raises(FileNotFoundError) as caught:
        opusclip.probe(path)
    error = caught.value
    assert isinstance(error, opusclip.MediaNotFoundError)
    assert (error.code, error.file, error.errno, error.filename) == (
        "media.not_found",
        path,
        errno.ENOENT,
        str(path),
    )
    assert str(error).startswith(error.message)
    assert str(path) in str(error)


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"count": 0}, "config.out_of_range", "count"),
        ({"min_duration": 40, "max_duration": 20}, "config.out_of_range", "min_duration"),
        ({"max_duration": math.nan}, "config.not_finite", "max_duration"),
        ({"lufs": -math.inf}, "config.not_finite", "lufs"),
        ({"time_limit": math.nan}, "config.not_finite", "time_limit"),
        ({"preset": "fastest"}, "config.invalid", "preset"),
    ],
)
def test_impossible_options(talk: Path, tmp_path: Path, options: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the code says more than the text
        opusclip.extract_clips(talk, tmp_path / "out", **options)
    assert isinstance(caught.value, opusclip.ConfigError)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [{"count": "three"}, {"count": 2.5}, {"layout": "cinema"}, {"lufs": "loud"}])
def test_options_of_the_wrong_type(talk: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(opusclip.ConfigError) as caught:
        opusclip.extract_clips(talk, tmp_path / "out", **options)
    assert caught.value.code == "config.invalid"


def test_names_that_nobody_knows_are_pythons_business(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cuont"):
        opusclip.extract_clips(talk, tmp_path / "out", cuont=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        opusclip.probe(7)  # type: ignore[arg-type]


def test_existing_output_is_kept(talk: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text("mine")
    with pytest.raises(FileExistsError) as caught:
        opusclip.extract_clips(talk, tmp_path)
    assert isinstance(caught.value, opusclip.OutputExistsError)
    assert manifest.read_text() == "mine"


def test_a_time_limit(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError) as caught:
        opusclip.extract_clips(talk, tmp_path / "out", time_limit=0.001)
    assert isinstance(caught.value, opusclip.LimitTimeError)


def test_manifests_fail_alike_from_a_file_and_from_python(talk: Path, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text('{"version": 1,\n "clips": 3}')
    with pytest.raises(opusclip.ManifestError) as caught:
        opusclip.render(file, tmp_path / "out")
    assert (caught.value.code, caught.value.line) == ("manifest.invalid", 2)
    source = opusclip.SourceInfo(path=talk, size=talk.stat().st_size, duration=75.0)
    good = opusclip.Manifest(version=1, generator="test", source=source, render=opusclip.RenderOptions(), clips=())
    for bad in (
        dataclasses.replace(good, version=99),
        dataclasses.replace(good, version="one"),  # type: ignore[arg-type]
        dataclasses.replace(good, source=dataclasses.replace(source, size=1)),
    ):
        with pytest.raises(opusclip.ManifestError) as caught:
            opusclip.render(bad, tmp_path / "out")
        assert caught.value.code == "manifest.invalid"
    with pytest.raises(opusclip.ConfigError) as refused:
        opusclip.render(good, tmp_path / "out", only=[-1])
    assert refused.value.field == "only"


def test_paths_may_be_anything_that_is_a_path(talk: Path) -> None:
    class Mine(os.PathLike[str]):
        def __fspath__(self) -> str:
            return str(talk)

    assert opusclip.probe(talk) == opusclip.probe(str(talk)) == opusclip.probe(Mine())


def test_numbers_of_other_libraries(talk: Path) -> None:
    from decimal import Decimal
    from fractions import Fraction

    class Index:
        def __index__(self) -> int:
            return 1

    plain = opusclip.select(talk, count=1, min_duration=3, max_duration=6.5)
    other = opusclip.select(talk, count=Index(), min_duration=Fraction(3), max_duration=Decimal("6.5"))  # type: ignore[arg-type]
    assert plain == other
