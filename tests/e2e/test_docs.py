"""What the documents say is so: links, tables, paths, rules."""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, CORE, DOCUMENTS, ROOT, opusclip, prose, run, table

README = ROOT / "README.md"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"


def rust_files(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.rs"))


def code(file: Path) -> str:
    """A Rust file without its comments and without its own tests; a file of nothing else is empty."""
    if file.parent.name == "tests":
        return ""
    text = re.split(r"#\[cfg\((?:test|all\(test, \w+\))\)\]\nmod tests", file.read_text("utf-8"))[0]
    return re.sub(r"^\s*//.*$", "", text, flags=re.M)


# Links and names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            found = document.parent / path if path else document
            assert found.exists(), f"{document.name}: {target}"
            assert not heading or heading in headings(found), f"{document.name}: {target}"


def headings(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_habits_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = document.read_text("utf-8")
    for habit in re.findall(r"(?:`|^)make ([a-z][a-z0-9-]*)", text, re.M):
        assert re.search(rf"^{habit}:", makefile, re.M), f"{document.name}: make {habit}"


def test_the_code_map_names_what_is_there() -> None:
    section = re.search(r"^## Code map$(.*?)^## ", ARCHITECTURE.read_text("utf-8"), re.M | re.S)
    assert section is not None
    named = {path.rstrip("/") for path in re.findall(r"`([\w./-]+)`", section[1]) if "/" in path}
    for path in sorted(named):
        assert (ROOT / path).exists(), f"the code map names {path}"
    # And the other way round: every module of the core has its line.
    modules = {file.relative_to(ROOT) for file in rust_files(CORE / "src")}
    for module in sorted(modules):
        parts = {str(module), *(str(parent) for parent in module.parents)} - {".", "opusclip-core", "opusclip-core/src"}
        parts -= {"opusclip-core/src/clip"}
        assert parts & named, f"the code map lacks {module}"


# Tables


@cache
def error_codes() -> dict[str, str]:
    text = (CORE / "src" / "error.rs").read_text("utf-8")
    return dict(re.findall(r'^    \w+ = "([a-z._]+)", (\d+);$', text, re.M))


def test_the_table_of_errors_is_complete() -> None:
    rows = table(README, "code")
    assert {row["code"]: row["exit"] for row in rows} == error_codes()
    assert len(error_codes()) > 20
    named = json.dumps({row["code"]: row["Python"] for row in rows})
    run(
        sys.executable,
        "-c",
        "import json, sys; from opusclip.errors import class_of\n"
        "for code, name in json.loads(sys.argv[1]).items(): assert class_of(code).__name__ == name, (code, name)",
        named,
    )


def test_help_names_every_exit_status() -> None:
    said = " ".join(run(COMMAND, "--help").split("Exit status:")[1].split())
    assert set(re.findall(r"\b(\d+) ", said)) == {"0", "9", *error_codes().values()}, "9 is a check that failed, and no error"


def written(default: Any) -> str:
    """A default as the table writes it."""
    if isinstance(default, float):
        return f"{default:g}"
    return default if isinstance(default, str) else json.dumps(default).replace("null", "none")


def test_the_table_of_options_is_complete() -> None:
    rows = {row["option"]: row for row in table(README, "option")}
    properties: dict[str, Any] = opusclip("schema")["$defs"]["ExtractOptions"]["properties"]
    assert rows.keys() == properties.keys()
    said = run(COMMAND, "extract", "--help")
    for name, row in rows.items():
        assert row["default"] == written(properties[name].get("default")), name
        for flag in re.findall(r"--[a-z-]+", row["command line"]):
            assert re.search(rf"{flag}\b", said), f"{name}: {flag}"


def test_the_table_of_features_is_the_one_in_the_code() -> None:
    text = (CORE / "src/clip/select/features/mod.rs").read_text("utf-8")
    found = re.findall(r'^    row\("(\w+)", ([\d.]+), ([\d.]+),', text, re.M)
    weights = {name: (float(usual), float(asked)) for name, usual, asked in found}
    said = {row["feature"]: (float(row["weight"]), float(row["asked"])) for row in table(README, "feature")}
    assert said == weights
    for column in (0, 1):
        assert sum(pair[column] for pair in weights.values()) == pytest.approx(1)


def test_the_changelog_has_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text("utf-8"), re.M)
    assert version is not None
    assert f"[{version[1]}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


# Rules of ARCHITECTURE.md that can be read off the sources


def test_only_media_names_ffmpeg() -> None:
    allowed = CORE / "src" / "clip" / "media"
    for file in rust_files(CORE / "src", ROOT / "bindings-python" / "src", ROOT / "bindings-node" / "src"):
        if allowed not in file.parents:
            assert not re.search(r"\bffmpeg_(next|sys_next)\b|\bffi::av", code(file)), file


def test_only_what_may_reads_a_clock() -> None:
    cache = CORE / "src" / "clip" / "cache"
    names = ("control.rs", "analytics/collect/clock.rs", "balance/clock.rs", "scaling/pool/run.rs")
    exceptions = {CORE / "src" / name for name in names}
    for file in rust_files(CORE / "src"):
        if file not in exceptions and cache not in file.parents:
            assert not re.search(r"\b(Instant|SystemTime)::now\b", code(file)), file


def test_only_commands_and_the_cache_read_the_environment() -> None:
    folder = CORE / "src" / "clip" / "cache" / "folder.rs"
    for file in rust_files(CORE / "src"):
        if file.parent.name not in {"bin", "cli"} and file != folder:
            assert not re.search(r"\benv::(var|args|current)", code(file)), file


def test_unsafe_code_lives_in_media() -> None:
    for file in rust_files(CORE / "src", ROOT / "bindings-python" / "src", ROOT / "bindings-node" / "src"):
        if CORE / "src" / "clip" / "media" not in file.parents:
            assert not re.search(r"\bunsafe\b", code(file)), file


def test_the_launcher_knows_only_the_arguments() -> None:
    for file in (CORE / "src" / "bin" / "opusclip.rs", *rust_files(CORE / "src" / "cli" / "tree")):
        assert not re.search(r"\bopusclip_core\b|\bcrate::", code(file)), file


@pytest.mark.parametrize("binding", ["bindings-python", "bindings-node"])
def test_bindings_are_thin(binding: str) -> None:
    def lines(folder: Path) -> int:
        return sum(len(file.read_text("utf-8").splitlines()) for file in rust_files(folder))

    assert lines(ROOT / binding / "src") < 0.15 * lines(CORE / "src")


# Licences


def test_licences_are_allowed() -> None:
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text("utf-8"))["licenses"]["allow"])

    def fine(expression: str) -> bool:
        """Whether an SPDX expression (or one with the old slash) can be met."""
        plain = re.sub(r"\s*/\s*", " OR ", expression)
        while "(" in plain:
            plain = re.sub(r"\(([^()]*)\)", lambda inner: "yes" if fine(inner[1]) else "no", plain)
        if " AND " in plain:
            return all(fine(part) for part in plain.split(" AND "))
        return any(part in allowed or part == "yes" for part in plain.split(" OR "))

    assert fine("(MIT OR GPL-3.0-only) AND BSD-3-Clause")
    assert not fine("MIT AND GPL-3.0-only")
    metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--all-features", "--locked", cwd=ROOT))
    licences = {package["name"]: package["license"] or "" for package in metadata["packages"]}
    assert {name: licence for name, licence in licences.items() if not fine(licence)} == {}
