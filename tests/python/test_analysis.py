"""What only Python shows of an analysis: curves as views, pickled parts, pictures for notebooks."""

import copy
import dataclasses
import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import opusclip
from conftest import media_path
from opusclip import AnalysisPart, Curve
from test_types import parse


@pytest.fixture(scope="module")
def analysis(talk: Path) -> opusclip.Analysis:
    return opusclip.analyze(talk)


@pytest.fixture
def curve() -> Curve:
    return Curve.from_dict({"start": 2.0, "step": 0.5, "values": [1.0, 2.0, 4.0, 8.0, 16.0]})


def momentary(analysis: opusclip.Analysis) -> Curve:
    assert analysis.loudness is not None
    return analysis.loudness.momentary


# Curves


def test_a_curve_is_a_sequence(curve: Curve) -> None:
    assert isinstance(curve, Sequence)
    assert len(curve) == 5
    assert list(curve) == [1, 2, 4, 8, 16]
    assert (curve[0], curve[-1], curve.index(4), 3 in curve) == (1, 16, 2, False)
    assert list(reversed(curve)) == [16, 8, 4, 2, 1]
    assert curve.times == (2.0, 2.5, 3.0, 3.5, 4.0)
    with pytest.raises(IndexError):
        curve[5]


def test_a_slice_of_a_curve_keeps_its_times(curve: Curve) -> None:
    for part in (slice(1, 4), slice(None, None, 2), slice(-2, None), slice(None, None, -1), slice(3, 3)):
        assert curve[part].times == curve.times[part]
        assert list(curve[part]) == list(curve)[part]
    assert curve[1:4].values.obj is curve.values.obj, "a plain slice looks at the same memory"


def test_curves_compare_pickle_and_print(curve: Curve) -> None:
    for other in (pickle.loads(pickle.dumps(curve)), copy.deepcopy(curve), Curve.from_dict(curve.to_dict()), curve[:]):
        assert other == curve
        assert hash(other) == hash(curve)
    assert curve != curve[1:]
    assert curve != dataclasses.replace(curve, step=0.1)
    assert curve != [1, 2, 4, 8, 16]
    assert repr(curve) == "Curve(5 values every 0.5 s from 2 s: 1 to 16)"
    assert repr(curve[:0]) == "Curve(0 values every 0.5 s from 2 s: none)"


def test_curves_are_compact_and_read_only(analysis: opusclip.Analysis) -> None:
    curve = momentary(analysis)
    assert (curve.values.format, curve.values.itemsize, curve.values.readonly) == ("f", 4, True)
    assert len(curve) == pytest.approx(analysis.duration * 10, abs=2)
    assert len(pickle.dumps(curve)) < 5 * len(curve) + 500
    with pytest.raises(TypeError):
        curve.values[0] = 1
    with pytest.raises(TypeError):
        Curve.from_dict({"start": 0.0, "step": 1.0, "values": ["loud"]})
    if sys.version_info >= (3, 12):
        assert memoryview(curve) == curve.values


def test_numpy_sees_the_same_memory(analysis: opusclip.Analysis) -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra `test`")
    curve = momentary(analysis)
    seen = numpy.asarray(curve)
    assert (seen.dtype, seen.flags.writeable) == (numpy.float32, False)
    assert numpy.shares_memory(seen, curve.to_numpy())
    assert seen.tolist() == list(curve)
    copied = numpy.array(curve)
    assert copied.flags.writeable
    assert not numpy.shares_memory(copied, seen)
    assert numpy.asarray(curve, dtype=float).dtype == numpy.float64
    with pytest.raises(ValueError, match="must be copied"):
        curve.__array__(float, copy=False)
    assert numpy.mean(curve) == pytest.approx(sum(curve) / len(curve), rel=1e-5)


def test_arrow_sees_the_same_memory(analysis: opusclip.Analysis) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra `test`")
    numpy = pytest.importorskip("numpy", reason="needs the extra `test`")
    curve = momentary(analysis)
    seen = curve.to_arrow()
    assert (seen.type, len(seen), seen.null_count) == (pyarrow.float32(), len(curve), 0)
    assert seen.buffers()[1].address == numpy.asarray(curve).ctypes.data
    table = analysis.to_arrow()
    assert table.column_names == ["time", "momentary", "short_term"]
    assert table["time"].to_pylist() == list(curve.times)
    assert table["momentary"].to_pylist() == list(curve)
    silent = dataclasses.replace(analysis, loudness=None).to_arrow()
    assert (silent.num_rows, silent.schema) == (0, table.schema)


# Parts


def test_parts_travel_and_join(talk: Path) -> None:
    def part(stretch: tuple[float, float | None]) -> AnalysisPart:
        return opusclip.analyze_part(talk, *stretch, level="index")

    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(part, [(0, 13.5), (13.5, 47.9), (47.9, None)]))
    sent = [pickle.loads(pickle.dumps(parts[2])), AnalysisPart.from_json(parts[0].to_json()), copy.copy(parts[1])]
    assert sent == [parts[2], parts[0], parts[1]]
    assert parts[0] != parts[1]
    assert opusclip.merge_parts(sent) == opusclip.analyze(talk, level="index", cache=False)


def test_parts_that_do_not_fit_are_refused(talk: Path) -> None:
    first = opusclip.analyze_part(talk, 0, 5, level="index")
    later = opusclip.analyze_part(talk, 6, 7, level="index")
    other = opusclip.analyze_part(media_path("cuts.mp4"), 5, level="index")
    closer = opusclip.analyze_part(talk, 5, 6, level="index", audio=False)
    for parts in ([], [first, later], [first, first], [first, other], [first, closer]):
        with pytest.raises(opusclip.ConfigError) as caught:
            opusclip.merge_parts(parts)
        assert caught.value.field == "parts"
    changed = json.loads(first.to_json())
    changed["volume"] = 11
    for text in ("", "{}", json.dumps(changed)):
        with pytest.raises(opusclip.ConfigError):
            AnalysisPart.from_json(text)
    for stretch in ((float("nan"), None), (-1, 2), (2, 2), (0, float("inf"))):
        with pytest.raises(opusclip.ConfigError):
            opusclip.analyze_part(talk, *stretch)


# The cache


def test_the_cache_keeps_and_forgets(talk: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert opusclip.cache_info(kept).entries == 0
    first = opusclip.analyze(talk, level="index", cache_dir=kept)
    info = opusclip.cache_info(str(kept))
    assert (info.entries, info.folder) == (1, kept)
    assert 0 < info.bytes < info.limit
    assert opusclip.analyze(talk, level="index", cache_dir=kept) == first
    assert opusclip.clear_cache(kept) == info
    assert opusclip.cache_info(kept).entries == 0
    assert opusclip.analyze(talk, level="index", cache=False, cache_dir=kept) == first
    assert opusclip.cache_info(kept).entries == 0


# Pictures


def test_the_page_and_the_fragment(analysis: opusclip.Analysis) -> None:
    page = analysis.to_html("a <talk>.mp4")
    assert page.startswith("<!DOCTYPE html>")
    assert "a &lt;talk&gt;.mp4" in page
    assert "<script" not in page
    fragment = analysis._repr_html_()
    assert fragment == analysis.to_html(fragment=True)
    parse(fragment)
    assert "<svg" in fragment
    assert "<body" not in fragment
    assert len(page) < 100_000


def test_the_table(analysis: opusclip.Analysis) -> None:
    lines = analysis.to_csv().split("\r\n")
    assert lines[0].startswith("shot,start,end,")
    assert len(lines) == len(analysis.shots) + 2
    assert lines[2].split(",")[:5] == ["2", "9.7", "15.066667", "5.366667", "cut"]


@pytest.mark.parametrize("name", ["talk.mp4", "no_audio.mp4", "audio_only.m4a"])
def test_plots(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="needs the extra `test`")
    matplotlib.use("agg")
    from matplotlib import pyplot

    found = opusclip.analyze(media_path(name), level="index")
    figure = found.plot()
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    (ax,) = figure.axes
    assert ax.get_xlim() == (0, found.duration)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert ("speech" in labels) == (found.loudness is not None)
    assert pyplot.get_fignums(), "outside of notebooks, pyplot can show it"
    pyplot.close("all")

    mine, axes = pyplot.subplots(2)
    assert found.plot(axes[1]) is mine
    assert not axes[0].has_data()
    whole = pyplot.figure()
    assert found.plot(whole.subfigures(2)[0].subplots()) is whole
    pyplot.close("all")

    monkeypatch.setattr("opusclip.clip.plot.get_backend", lambda: "module://matplotlib_inline.backend_inline")
    assert found.plot().axes
    assert not pyplot.get_fignums(), "a notebook would show it twice"


def test_plotting_says_what_it_needs(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
import opusclip
try:
    opusclip.analyze(sys.argv[1], level="index").plot()
except ImportError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(media_path("no_audio.mp4"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "pip install 'opusclip[plot]'" in done.stdout
