"""The shared vectors of tests/vectors, through Python's public API."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import opusclip
from conftest import ROOT, SAMPLES, media_path

NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def cases() -> list[Any]:
    found = []
    for file in sorted((ROOT / "tests" / "vectors" / "clip").glob("*.json")):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    assert found, "there are no vectors"
    return found


def resolve(value: Any, tmp: Path, numbers: bool = False) -> Any:
    """Texts that stand for paths and numbers become these."""
    if isinstance(value, dict):
        return {name: resolve(item, tmp, numbers or name == "options") for name, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, tmp, numbers) for item in value]
    if not isinstance(value, str):
        return value
    if numbers and value in NON_FINITE:
        return NON_FINITE[value]
    scheme, colon, name = value.partition(":")
    if colon and scheme == "media":
        return str(media_path(name))
    if colon and scheme == "file":
        return str(ROOT / "tests" / "vectors" / "files" / name)
    if colon and scheme == "tmp":
        return str(tmp / name)
    if colon and scheme == "sample":
        if not (SAMPLES / name).exists():
            pytest.skip(f"no sample {name} in {SAMPLES}")
        return str(SAMPLES / name)
    return value


def call(name: str, args: dict[str, Any], tmp: Path) -> Any:
    options = args.pop("options", {})
    manifest = args.get("manifest")
    if isinstance(manifest, dict):
        args["manifest"] = tmp / "given-manifest.json"
        args["manifest"].write_text(json.dumps(manifest), "utf-8")

    def analyze_parts(video: str, cuts: list[float], **given: Any) -> opusclip.Analysis:
        edges = [given.pop("from", 0), *cuts, given.pop("to", None)]
        return opusclip.merge_parts(
            opusclip.analyze_part(video, start, end, **given) for start, end in itertools.pairwise(edges)
        )

    calls: dict[str, Callable[..., Any]] = {
        "probe": lambda video, **rest: opusclip.probe(video, **rest),
        "analyze": lambda video, **rest: opusclip.analyze(video, **rest),
        "analyze_parts": analyze_parts,
        "analysis_csv": lambda video, **rest: opusclip.analyze(video, **rest).to_csv(),
        "cache_info": opusclip.cache_info,
        "clear_cache": opusclip.clear_cache,
        "read_transcript": lambda transcript, **rest: opusclip.read_transcript(transcript, **rest),
        "read_subtitles": opusclip.read_subtitles,
        "to_srt": lambda transcript: opusclip.read_transcript(transcript).to_srt(),
        "to_vtt": lambda transcript: opusclip.read_transcript(transcript).to_vtt(),
        "segment_topics": opusclip.segment_topics,
        "select": lambda video=None, **rest: opusclip.select(video, **rest),
        "extract": lambda video, out_dir, **rest: opusclip.extract_clips(video, out_dir, **rest),
        "render": opusclip.render,
        "export": opusclip.export,
        "check_upload": lambda video, platform: opusclip.check_upload(video, platform),
    }
    result = calls[name](**args, **options)
    return result if isinstance(result, str | list) else result.to_dict()


def compare(found: Any, wanted: Any, tolerance: float, where: str = "value", relative: float = 0) -> None:
    if isinstance(wanted, dict) and wanted.keys() == {"$any"}:
        assert found is not None, where
    elif isinstance(wanted, dict) and wanted.keys() == {"$length"}:
        assert len(found) == wanted["$length"], where
    elif isinstance(wanted, dict) and wanted.keys() & {"$min", "$max"}:
        assert wanted.get("$min", -math.inf) <= found <= wanted.get("$max", math.inf), where
    elif isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for name, value in wanted.items():
            assert name in found, f"{where} has no {name}"
            compare(found[name], value, tolerance, f"{where}.{name}", relative)
    elif isinstance(wanted, list):
        assert isinstance(found, list), where
        assert len(found) == len(wanted), where
        for index, value in enumerate(wanted):
            compare(found[index], value, tolerance, f"{where}[{index}]", relative)
    elif isinstance(wanted, bool) or not isinstance(wanted, int | float):
        assert found == wanted, where
    else:
        assert found == pytest.approx(wanted, abs=tolerance, rel=relative), where


@pytest.mark.parametrize("case", cases())
def test_vector(case: dict[str, Any], tmp_path: Path) -> None:
    args = resolve(case["args"], tmp_path)
    wanted = case["expect"]
    if "same" in wanted:
        found = call(case["call"], args, tmp_path)
        assert found == call(wanted["same"]["call"], resolve(wanted["same"]["args"], tmp_path), tmp_path)
        return
    if "error" not in wanted:
        compare(call(case["call"], args, tmp_path), wanted["value"], case.get("tolerance", 1e-6))
        return
    try:
        result = call(case["call"], args, tmp_path)
    except opusclip.OpusClipError as error:
        for name, value in wanted["error"].items():
            assert getattr(error, name) == value, f"{name} of {error}"
    except TypeError as error:
        # A name that nobody knows is refused by Python itself.
        assert wanted["error"]["code"] == "config.invalid", error
        assert f"unexpected keyword argument '{wanted['error'].get('field', '')}" in str(error)
    else:
        pytest.fail(f"no error but {str(result)[:500]}")
