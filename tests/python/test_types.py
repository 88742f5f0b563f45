"""The result types: the same as the core's schema, frozen, comparable, picklable, readable."""

import copy
import dataclasses
import inspect
import pickle
import re
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest

import opusclip
from conftest import QUICK
from opusclip import _opusclip
from opusclip._data import Data

SCHEMA: dict[str, Any] = _opusclip.schema()["$defs"]
# Options are keyword arguments in Python.
OPTIONS = {"AnalyzeOptions", "ExtractOptions", "TopicOptions", "TranscribeOptions", "TranscriptInput"}
# Those of engines with a module of their own are written from the schema; `make types-python` says whether they still are what it says.
WRITTEN = {name for names in _opusclip.schema()["x-modules"].values() for name in names}
TYPES = {name: schema for name, schema in SCHEMA.items() if name not in OPTIONS | WRITTEN}
CALLBACKS = {"embed", "score", "describe", "transcribe", "subjects"}
OBJECTS = sorted(name for name, schema in TYPES.items() if schema.get("type") == "object")
ENUMS = sorted(set(TYPES) - set(OBJECTS))
SCALARS = {"string": str, "integer": int, "number": float, "boolean": bool}


def admits_null(schema: dict[str, Any]) -> bool:
    return "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ())


def check_type(hint: Any, schema: dict[str, Any], where: str) -> None:
    """Is this annotation what the schema says?"""
    assert admits_null(schema) == (NoneType in get_args(hint)), where
    if NoneType in get_args(hint):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if "anyOf" in schema:
        parts = [part for part in schema["anyOf"] if part != {"type": "null"}]
        if len(parts) > 1:
            for part_hint, part in zip(get_args(hint), parts, strict=True):
                check_type(part_hint, part, where)
            return
        (schema,) = parts
    if "$ref" in schema:
        assert hint is getattr(opusclip, schema["$ref"].rpartition("/")[2]), where
        return
    if where == "Curve.values":
        # Compact, and seen through a view.
        assert hint is memoryview
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    (kind,) = (kind for kind in kinds if kind != "null")
    if kind == "array":
        assert get_origin(hint) is tuple, where
        check_type(get_args(hint)[0], schema["items"], where)
    else:
        assert hint in {SCALARS[kind], Path if kind == "string" else None}, where


@pytest.mark.parametrize("name", OBJECTS)
def test_fields_are_those_of_the_core(name: str) -> None:
    cls = getattr(opusclip, name)
    schema = TYPES[name]
    fields = {field.name: field for field in dataclasses.fields(cls)}
    assert list(fields) == list(schema["properties"])
    for field in fields.values():
        where = f"{name}.{field.name}"
        optional = field.default is not dataclasses.MISSING
        assert optional == (field.name not in schema.get("required", ())), where
        check_type(field.type, schema["properties"][field.name], where)
        default = schema["properties"][field.name].get("default")
        if default is not None:
            assert as_json(field.default) == default, where


def as_json(value: object) -> object:
    if isinstance(value, Data):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_are_frozen_slotted_and_documented(name: str) -> None:
    cls = getattr(opusclip, name)
    assert issubclass(cls, Data)
    assert cls.__dataclass_params__.frozen
    assert "__dict__" not in dir(cls)
    for field in dataclasses.fields(cls):
        assert re.search(rf"^    (\w+, )?{field.name}(, \w+)? : ", cls.__doc__ or "", re.M), f"{name}.{field.name}"


@pytest.mark.parametrize("name", ENUMS)
def test_enums_are_those_of_the_core(name: str) -> None:
    cls = getattr(opusclip, name)
    schema = TYPES[name]
    assert issubclass(cls, Enum)
    texts = [member.value for member in cls]
    assert texts == (schema.get("enum") or [one["const"] for one in schema["oneOf"]])
    assert [f"{member}" for member in cls] == [str(member) for member in cls] == texts
    assert all(member == member.value and cls(member.value) is member for member in cls)


def test_options_are_those_of_the_core() -> None:
    options = SCHEMA["ExtractOptions"]["properties"]
    parameters = inspect.signature(opusclip.extract_clips).parameters
    documentation = inspect.getdoc(opusclip.extract_clips) or ""
    assert set(parameters) - {"video", "out_dir", "progress", "cancel"} - CALLBACKS == set(options)
    # Those of `select` are documented there.
    documentation = f"{inspect.getdoc(opusclip.select)}\n{documentation}"
    for name in parameters:
        assert parameters[name].kind is (
            parameters[name].POSITIONAL_OR_KEYWORD if name in {"video", "out_dir"} else parameters[name].KEYWORD_ONLY
        )
    for name, option in options.items():
        line = re.search(rf"^(\w+, )?{name}(, \w+)? : (.*)$", documentation, re.M)
        assert line, f"{name} is not documented"
        default = option.get("default")
        if isinstance(default, dict):
            default = {trait: value for trait, value in default.items() if value is not None}
        if default is not None:
            stated = line[3].partition("default ")[2].split(" and ")
            text = stated[0] if len(stated) == 1 or not line[1] else stated[1]
            assert text.strip('"') in {str(default), f"{default:g}" if isinstance(default, float) else ""}, name


def test_analyzing_takes_the_options_that_look() -> None:
    options = SCHEMA["AnalyzeOptions"]["properties"]
    parameters = inspect.signature(opusclip.analyze).parameters
    assert set(parameters) - {"path", "progress", "cancel"} == set(options)
    assert set(parameters) - {"cache", "cache_dir"} == set(inspect.signature(opusclip.analyze_part).parameters) - {
        "start",
        "end",
    }


@pytest.mark.parametrize(
    ("call", "options", "others"),
    [
        ("transcribe", "TranscribeOptions", {"video", "engine", "progress", "cancel"}),
        ("segment_topics", "TopicOptions", {"sentences"}),
    ],
)
def test_other_calls_take_the_options_of_the_core(call: str, options: str, others: set[str]) -> None:
    function = getattr(opusclip, call)
    assert set(inspect.signature(function).parameters) - others == set(SCHEMA[options]["properties"])
    for name, option in SCHEMA[options]["properties"].items():
        line = re.search(rf"^{name} : (.*)$", inspect.getdoc(function) or "", re.M)
        assert line, f"{name} is not documented"
        default = option.get("default")
        assert line[1].partition("default ")[2] == ("" if default is None else f"{default:g}"), name


def test_selecting_takes_the_options_that_choose() -> None:
    chosen = inspect.signature(opusclip.select).parameters
    extracted = inspect.signature(opusclip.extract_clips).parameters
    assert set(chosen) <= set(extracted)
    render = {field.name for field in dataclasses.fields(opusclip.RenderOptions)}
    assert set(extracted) - set(chosen) == render - {"follow", "face_model"} | {"out_dir", "overwrite", "report"}


@pytest.fixture(scope="module")
def report(talk: Path, talk_srt: Path, tmp_path_factory: pytest.TempPathFactory) -> opusclip.Report:
    return opusclip.extract_clips(talk, tmp_path_factory.mktemp("types") / "out", transcript=talk_srt, **QUICK)


@pytest.fixture(scope="module")
def results(report: opusclip.Report, talk: Path, talk_srt: Path) -> list[Data]:
    return [
        report,
        opusclip.Manifest.read(report.manifest),
        opusclip.probe(talk),
        opusclip.analyze(talk),
        opusclip.read_transcript(talk_srt),
        opusclip.select(talk, transcript=talk_srt, min_duration=3, max_duration=6),
        opusclip.cache_info(),
    ]


def test_results_survive_dictionaries_pickle_and_copy(results: list[Data]) -> None:
    for result in results:
        for other in (
            type(result).from_dict(result.to_dict()),
            pickle.loads(pickle.dumps(result)),
            copy.deepcopy(result),
        ):
            assert other == result
            assert hash(other) == hash(result)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, dataclasses.fields(result)[0].name, 1)  # type: ignore[arg-type]


def test_reprs_are_short_and_say_what_matters(results: list[Data], report: opusclip.Report) -> None:
    assert all(len(repr(result)) < 600 for result in results)
    clip = report.clips[0]
    times = f"{clip.start:.1f}–{clip.end:.1f} s"
    assert repr(clip) == f"Clip(1, {times}, score {clip.score:.2f}, {str(clip.video)!r})"
    info = next(result for result in results if isinstance(result, opusclip.MediaInfo))
    assert "mp4, " in repr(info)
    assert "h264 640x360" in repr(info)
    assert info.picture is not None
    assert info.sound is not None


def test_results_are_typed(report: opusclip.Report) -> None:
    assert report.manifest.is_file()
    assert report.contact_sheet.is_file()
    assert [clip.index for clip in report.clips] == [1, 2]
    for clip in report.clips:
        assert clip.video.is_file()
        assert clip.thumbnail.is_file()
        assert isinstance(clip.framing.layout, opusclip.Layout)
        assert float(clip.frame_rate) > 0
        assert all(isinstance(span, opusclip.Span) for span in clip.ranges)
        assert clip.duration == pytest.approx(sum(span.duration for span in clip.ranges), abs=0.1)
        assert sum(f.value * f.weight for f in clip.features) == pytest.approx(clip.score, abs=1e-3)
        assert clip.text
        assert clip.words


def test_wrong_dictionaries_are_refused() -> None:
    with pytest.raises(TypeError, match="volume"):
        opusclip.Span.from_dict({"start": 0.0, "end": 1.0, "volume": 2})
    with pytest.raises(ValueError, match="cinema"):
        opusclip.RenderOptions.from_dict({"layout": "cinema"})


class Balanced(HTMLParser):
    """Checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(html: str) -> Balanced:
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def test_html_is_whole_and_carries_its_pictures(results: list[Data], report: opusclip.Report) -> None:
    for result in (*results, report.clips[0]):
        if hasattr(result, "_repr_html_"):
            parse(result._repr_html_())
    images = parse(report._repr_html_()).images
    assert len(images) == 2
    assert all(image.startswith("data:image/jpeg;base64,/9j/") for image in images)


def test_html_is_escaped_and_does_without_missing_pictures(report: opusclip.Report) -> None:
    clip = dataclasses.replace(report.clips[0], text="<script>alert(1)</script>", thumbnail=Path("gone.jpg"))
    html = dataclasses.replace(report, clips=(clip,), notes=("a <b> c",), out_dir=Path("<i>"))._repr_html_()
    assert parse(html).images == []
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a &lt;b&gt; c" in html
    assert "<i>" not in html.replace('<i style="', "")


def test_a_manifest_renders_again_edited(report: opusclip.Report, tmp_path: Path) -> None:
    manifest = opusclip.Manifest.read(report.manifest)
    second = manifest.clips[1]
    start = second.ranges[0].start
    shorter = dataclasses.replace(second, ranges=(opusclip.Span(start, start + 2.0),))
    edited = dataclasses.replace(manifest, clips=(manifest.clips[0], shorter))
    again = opusclip.render(edited, tmp_path / "again", only=[2])
    assert [clip.index for clip in again.clips] == [2]
    assert again.clips[0].duration == pytest.approx(2.0, abs=0.05)
    same = opusclip.render(str(report.manifest), tmp_path / "same", only=(1,))
    assert same.clips[0].duration == pytest.approx(report.clips[0].duration, abs=0.05)
