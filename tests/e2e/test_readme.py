"""The README's snippets run as they stand, in its order, on a short talk."""

import json
import math
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, ROOT, Block, blocks, node, opusclip, python, run

README = ROOT / "README.md"
BLOCKS = blocks(README)

# As a notebook does: await at the top level, and the last expression shows itself.
NOTEBOOK = """
import ast, asyncio, sys
tree = ast.parse(sys.argv[1])
names = {}
async def cell(nodes, mode):
    tree = ast.Expression(nodes.value) if mode == "eval" else ast.Module(nodes, [])
    value = eval(compile(tree, "README.md", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    return await value if asyncio.iscoroutine(value) else value
async def run():
    await cell(tree.body[:-1], "exec")
    print((await cell(tree.body[-1], "eval"))._repr_html_())
asyncio.run(run())
"""


@pytest.fixture
def folder(tmp_path: Path, short_talk: tuple[Path, Path]) -> Path:
    for file in short_talk:
        (tmp_path / file.name).symlink_to(file)
    tables(tmp_path)
    return tmp_path


def tables(folder: Path) -> None:
    """Two weeks of hours that rise with a daily season, two columns that go together, and events of people."""
    hours = range(24 * 14)
    wave = [math.sin(2 * math.pi * hour / 24) for hour in hours]
    times = [1_700_000_000 + 3600 * hour for hour in hours]
    rows = [f"{time},{20 + 0.01 * at + 5 * wave[at]:.4f}" for at, time in enumerate(times)]
    (folder / "latency.csv").write_text("\n".join(["timestamp,latency", *rows]) + "\n", "utf-8")
    rows = [f"{time},{50 + 9 * wave[at] + at % 5},{20 + 5 * wave[at] + at % 3}" for at, time in enumerate(times)]
    (folder / "metrics.csv").write_text("\n".join(["timestamp,load,latency", *rows]) + "\n", "utf-8")
    events = [
        f"{times[0] + 3600 * person + 60 * step},{person},{event}"
        for person in range(300)
        for step, event in enumerate(("visit", "signup", "pay")[: 1 + person % 3])
    ]
    (folder / "events.csv").write_text("\n".join(["timestamp,user,event", *events]) + "\n", "utf-8")
    # Two days of requests by the minute, options of a scaling engine, cases with known results.
    counts = [round(6000 - 3000 * math.cos(2 * math.pi * minute / 1440)) for minute in range(2 * 1440)]
    rows = [f"{times[0] + 60 * minute},{count}" for minute, count in enumerate(counts)]
    (folder / "traffic.csv").write_text("\n".join(["timestamp,requests", *rows]) + "\n", "utf-8")
    (folder / "scaling.json").write_text('{"strategy": "request", "target_request_rate": 14}', "utf-8")
    (folder / "hpa_cases.json").symlink_to(ROOT / "tests" / "vectors" / "scaling" / "hpa.json")


def of(language: str) -> list[Block]:
    found = [block for block in BLOCKS if block.language == language]
    assert found, f"README.md has no {language} block"
    return found


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    assert {block.language for block in BLOCKS} == {"text", "json", "sh", "python", "js", "rust"}


def test_shell(folder: Path) -> None:
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    for block in of("sh"):
        assert all(line.startswith("opusclip ") for line in block.text.splitlines()), f"line {block.line}"
        run("bash", "-euo", "pipefail", "-c", block.text, cwd=folder, PATH=path)
    assert (folder / "clips" / "clip-01.mp4").exists()
    assert (folder / "clips" / "contact-sheet.jpg").exists()
    assert (folder / "again" / "clip-01.mp4").exists()


def test_python(folder: Path) -> None:
    for block in of("python"):
        if block.extra == "notebook":
            assert "data:image/jpeg;base64," in python(NOTEBOOK, folder, block.text)
        else:
            assert python(block.text, folder).strip(), f"the block of line {block.line} prints nothing"
    for name in ("clips", "clips-async", "clips-notebook"):
        assert (folder / name / "manifest.json").exists()


def test_javascript(folder: Path) -> None:
    for block in of("js"):
        common = "require(" in block.text
        said = node(block.text, folder, ".cjs" if common else ".mjs")
        assert bool(said.strip()) == ("console.log" in block.text), f"the block of line {block.line} prints {said!r}"
    for name in ("clips", "clips-cjs", "again"):
        assert (folder / name / "manifest.json").exists()


def test_rust() -> None:
    """The block is a part of an example, which test_examples.py runs."""
    example = (ROOT / "examples" / "rust" / "extract.rs").read_text("utf-8")
    region = example.split("// README: begin\n")[1].split("// README: end\n")[0]
    assert [block.text for block in of("rust")] == [textwrap.dedent(region)]


def test_the_manifest_is_one() -> None:
    """Every name in the excerpt is one of the schema."""
    types = opusclip("schema")["$defs"]

    def check(value: Any, schema: dict[str, Any], where: str) -> None:
        if "anyOf" in schema:
            schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
        if "$ref" in schema:
            schema = types[schema["$ref"].rpartition("/")[2]]
        if isinstance(value, dict):
            for name, inner in value.items():
                assert name in schema["properties"], f"{where} has no {name}"
                check(inner, schema["properties"][name], f"{where}.{name}")
        elif isinstance(value, list):
            for inner in value:
                check(inner, schema["items"], where)

    (block,) = of("json")
    check(json.loads(block.text), types["Manifest"], "Manifest")
