"""Writes `opusclip/analytics/_types/`: the data types of analytics from the core's own JSON Schema.

``make types-write`` calls it after the package was built; ``--check`` only says whether the files are up to date.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from opusclip import _opusclip

TARGET = Path(__file__).resolve().parents[1] / "python" / "opusclip" / "analytics" / "_types"
SCHEMA: dict[str, Any] = _opusclip.schema()
DEFINITIONS: dict[str, Any] = SCHEMA["$defs"]
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
WIDTH = 120
WRITTEN = "Written by `bindings-python/scripts/write_types.py`; do not edit."
# A type goes where it alone is used, else into `shared`; what is named nowhere here is of a collector.
ROOMS = {
    "trend": ["Trend"],
    "anomaly": ["Anomalies"],
    "correlation": ["Correlations", "MovedTogether"],
    "forecast": ["Forecast", "TimeToLimit", "Effort"],
    "business": ["Funnel", "FunnelOrder", "Attempt", "Retention", "Period", "Returning", "WeekStart", "Users"],
    "money": ["Revenue", "Mrr", "CohortValues", "CustomerSummary", "BgNbd", "GammaGamma"],
    "experiment": ["Experiment", "Drivers"],
}
TITLES = {
    "trend": "What a trend analysis says",
    "anomaly": "What is unusual",
    "correlation": "What moves together",
    "forecast": "What comes next",
    "business": "Funnels, retention and active people",
    "money": "Revenue and what customers are worth",
    "experiment": "Experiments, and what made a figure change",
    "collector": "What a collector says, and its dashboard",
    "shared": "What several results have in common",
}
# Classes of `opusclip.analytics` that know more than the data of a type: what a model can be asked, what can be drawn.
BASES = {
    **dict.fromkeys(["CohortValues", "Correlations", "Drivers", "Experiment", "MovedTogether", "Mrr"], ("shown.Card",)),
    **dict.fromkeys(["Revenue", "TimeToLimit", "Users", "WindowStats"], ("shown.Card",)),
    **dict.fromkeys(["AnalyticsResult", "Anomalies", "Correlation", "Dashboard"], ("shown.Shown",)),
    **dict.fromkeys(["Funnel", "Retention", "Trend"], ("shown.Shown",)),
    "BgNbd": ("models.PurchaseModel", "shown.Card"),
    "Forecast": ("models.ForecastPath", "shown.Shown"),
    "GammaGamma": ("models.ValueModel", "shown.Card"),
}
# What a caller hands over goes by columns and classes of Python's own.
GIVEN = ("Arm", "CurrencyColumn", "Customer", "Key")


def names() -> list[str]:
    """The types of analytics that are no options, requests and tables: those are keyword arguments."""
    known = SCHEMA["x-modules"]["analytics"]
    return sorted(name for name in known if not name.endswith(("Options", "Query", "Request", "Table", "Target")) and name not in GIVEN)


def parts(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema without its null, and whether it had one."""
    if "anyOf" in schema:
        some = [part for part in schema["anyOf"] if part != {"type": "null"}]
        assert len(some) == 1, schema
        return some[0], len(some) < len(schema["anyOf"])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        (kind,) = (kind for kind in kinds if kind != "null")
        return {**schema, "type": kind}, "null" in kinds
    return schema, False


def annotation(schema: dict[str, Any]) -> str:
    """The Python type of a value."""
    inner, optional = parts(schema)
    if "$ref" in inner:
        text = inner["$ref"].rpartition("/")[2]
    elif inner.get("type") == "array":
        of = annotation(inner["items"])
        text = "Vector" if of == "float" else f"tuple[{of}, ...]"
    elif inner.get("type") == "object":
        text = f"Mapping[str, {annotation(inner['additionalProperties'])}]"
    else:
        text = SCALARS[inner["type"]]
    return f"{text} | None" if optional else text


def wrapped(text: str, indent: int) -> list[str]:
    """A text as indented lines."""
    text = " ".join(re.sub(r"\[?`([^`\]]+)`\](\([^)]*\))?", r"`\1`", text).split())
    return textwrap.wrap(text, WIDTH - indent, initial_indent=" " * indent, subsequent_indent=" " * indent) or [""]


def docstring(text: str, more: list[str]) -> list[str]:
    """The description of a class: a first line, the rest of the text, attributes."""
    first, _, rest = text.partition("\n\n")
    lines = wrapped(f'"""{first}', 4)
    if rest:
        lines += ["", *wrapped(rest, 4)]
    return [f'{lines[0]}"""'] if not more and len(lines) == 1 else [*lines, *more, '    """']


def enum(name: str, schema: dict[str, Any]) -> list[str]:
    """A class whose members are their texts."""
    members = schema.get("oneOf") or [{"const": text, "description": ""} for text in schema["enum"]]
    lines = [f"class {name}(Text):", *docstring(schema["description"], []), ""]
    for member in members:
        lines.append(f'    {member["const"].upper()} = "{member["const"]}"')
        if member.get("description"):
            lines += [*wrapped(f'"""{member["description"]}"""', 4)]
    return lines


def data(name: str, schema: dict[str, Any]) -> list[str]:
    """A frozen class with its attributes."""
    attributes = ["", "    Attributes", "    ----------"]
    fields = []
    for field, about in schema["properties"].items():
        described = about.get("description") or DEFINITIONS[about["$ref"].rpartition("/")[2]]["description"]
        kind = annotation(about)
        attributes += [f"    {field} : {kind}", *wrapped(described, 8)]
        default = "" if field in schema.get("required", ()) else f" = {about.get('default')}"
        fields.append(f"    {field}: {kind}{default}")
    bases = ", ".join(base.rpartition(".")[2] for base in BASES.get(name, ("Data",)))
    head = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {name}({bases}):"]
    return [*head, *docstring(schema["description"], attributes), "", *fields]


def written(name: str) -> list[str]:
    """The class of a type."""
    schema = DEFINITIONS[name]
    return data(name, schema) if "properties" in schema else enum(name, schema)


def ordered(wanted: list[str]) -> list[str]:
    """Types after those that they are made of."""
    done: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in wanted:
            return
        for used in sorted(set(re.findall(r"#/\$defs/(\w+)", str(DEFINITIONS[name])))):
            visit(used)
        done.append(name)

    for name in wanted:
        visit(name)
    return done


def used(name: str) -> set[str]:
    """Types that one is made of, itself included."""
    found, open_ = set(), [name]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += re.findall(r"#/\$defs/(\w+)", str(DEFINITIONS[name]))
    return found


def rooms() -> dict[str, str]:
    """The file of each type."""
    homes: dict[str, set[str]] = {}
    for room, roots in ROOMS.items():
        for root in roots:
            for name in used(root) if root in DEFINITIONS else ():
                homes.setdefault(name, set()).add(room)
    alone = {name: next(iter(found)) if len(found) == 1 else "shared" for name, found in homes.items()}
    return {name: alone.get(name, "collector") for name in names()}


def sources() -> dict[str, str]:
    """The text of each file."""
    home = rooms()
    files = {}
    for room in sorted(set(home.values())):
        own = [name for name in names() if home[name] == room]
        blocks = ["\n".join(written(name)) for name in ordered(own)]
        body = "\n\n\n".join(blocks)
        lines = ["from collections.abc import Mapping"] if "Mapping[" in body else []
        shared = ", ".join(base for base in ("Data", "Text") if f"({base})" in body)
        lines += ["from dataclasses import dataclass", ""]
        lines += [f"from ..._data import {shared}"] if shared else []
        lines += ["from ..._vector import Vector"] if "Vector" in body else []
        bases: dict[str, list[str]] = {}
        for module, _, base in sorted({base.partition(".") for name in own for base in BASES.get(name, ())}):
            bases.setdefault(module, []).append(base)
        lines += [f"from ..{module} import {', '.join(found)}" for module, found in bases.items()]
        for other in sorted(set(home.values()) - {room}):
            wanted = [name for name in names() if home[name] == other and re.search(rf": .*\b{name}\b", body)]
            lines += [f"from .{other} import {', '.join(wanted)}"] if wanted else []
        files[f"{room}.py"] = f'"""{TITLES[room]}. {WRITTEN}"""\n\n' + "\n".join(lines) + f"\n\n\n{body}\n"
    imports = [
        f"from .{room} import (\n" + "".join(f"    {name},\n" for name in names() if home[name] == room) + ")\n"
        for room in sorted(set(home.values()))
    ]
    exported = "".join(f'    "{name}",\n' for name in names())
    files["__init__.py"] = f'"""Results of the analyses. {WRITTEN}"""\n\n{"".join(imports)}\n__all__ = [\n{exported}]\n'
    return files


def main() -> int:
    """Write the file, or say whether it is as it should be."""
    parser = argparse.ArgumentParser(description="Write the data types of opusclip.analytics.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file is another")
    check = parser.parse_args().check
    TARGET.mkdir(exist_ok=True)
    wanted = sources()
    there = {file.name: file.read_text(encoding="utf-8") for file in TARGET.glob("*.py")}
    if check and there != wanted:
        print(f"{TARGET} is not what the core's schema says: run `make types-write`", file=sys.stderr)
        return 1
    for name, text in wanted.items() if not check else ():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
