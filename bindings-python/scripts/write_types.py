"""Writes the folders `_types` of `opusclip`: data types of its modules from the core's own JSON Schema.

``make types-write`` calls it after the package was built; ``--check`` only says whether the files are up to date.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opusclip import _opusclip

PACKAGE = Path(__file__).resolve().parents[1] / "python" / "opusclip"
SCHEMA: dict[str, Any] = _opusclip.schema()
DEFINITIONS: dict[str, Any] = SCHEMA["$defs"]
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
WIDTH = 120
WRITTEN = "Written by `bindings-python/scripts/write_types.py`; do not edit."


@dataclass(frozen=True)
class Module:
    """A module of Python's with types of engines."""

    #: Engines of the core, as the schema calls them.
    engines: tuple[str, ...]
    #: Titles of its files; one that is named in no room goes into the first of them.
    titles: dict[str, str]
    #: A type goes where it alone is used, else into `shared`.
    rooms: dict[str, list[str]] = field(default_factory=dict)
    #: Classes of the module that know more than the data of a type: what a model can be asked, what can be drawn.
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: What a caller hands over goes by columns and classes of Python's own, or not at all.
    given: tuple[str, ...] = ()
    #: Options that are dictionaries, by their file; all others are keyword arguments.
    dictionaries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: What the host is told, though its name says that it tells.
    told: tuple[str, ...] = ()


MODULES = {
    "analytics": Module(
        engines=("analytics",),
        titles={
            "collector": "What a collector says, and its dashboard",
            "trend": "What a trend analysis says",
            "anomaly": "What is unusual",
            "correlation": "What moves together",
            "forecast": "What comes next",
            "business": "Funnels, retention and active people",
            "money": "Revenue and what customers are worth",
            "experiment": "Experiments, and what made a figure change",
            "shared": "What several results have in common",
        },
        rooms={
            "trend": ["Trend"],
            "anomaly": ["Anomalies"],
            "correlation": ["Correlations", "MovedTogether"],
            "forecast": ["Forecast", "TimeToLimit", "Effort"],
            "business": ["Funnel", "FunnelOrder", "Attempt", "Retention", "Period", "Returning", "WeekStart", "Users"],
            "money": ["Revenue", "Mrr", "CohortValues", "CustomerSummary", "BgNbd", "GammaGamma"],
            "experiment": ["Experiment", "Drivers"],
        },
        bases={
            **dict.fromkeys(["CohortValues", "Correlations", "Drivers", "Experiment"], ("shown.Card",)),
            **dict.fromkeys(["MovedTogether", "Mrr", "Revenue"], ("shown.Card",)),
            **dict.fromkeys(["TimeToLimit", "Users", "WindowStats"], ("shown.Card",)),
            **dict.fromkeys(["AnalyticsResult", "Anomalies", "Correlation", "Dashboard"], ("shown.Shown",)),
            **dict.fromkeys(["Funnel", "Retention", "Trend"], ("shown.Shown",)),
            "BgNbd": ("models.PurchaseModel", "shown.Card"),
            "Forecast": ("models.ForecastPath", "shown.Shown"),
            "GammaGamma": ("models.ValueModel", "shown.Card"),
        },
        given=("Arm", "CurrencyColumn", "Customer", "Key"),
    ),
    "performance": Module(
        engines=("balance", "scaling", "joint"),
        titles={
            "balancer": "What a load balancer says, and what it is told",
            "options": "Options of a load balancer that are dictionaries",
            "scaling": "What a scaling engine says of itself",
            "configuration": "How a scaling engine decides, and what is recommended",
            "decision": "What a scaling engine is told, and what it decides",
            "ledger": "Actions, and what became of them",
            "pool": "How a pool of worker processes stands",
            "scaling_options": "Options of scaling that are dictionaries",
            "simulation": "Recorded traffic, played again",
            "shared": "What options and results have in common",
        },
        rooms={
            "scaling_options": ["RequestOptions", "ScalingRules", "ScheduledBounds"],
            "scaling": ["CaseResult", "ScalingStatus"],
            "configuration": ["ScalingConfig", "ScalingRecommendation"],
            "decision": ["ResourceMetrics", "ScalingDecision"],
            "ledger": ["ActionRecord", "ScalingRequest"],
            "pool": ["PoolOutput", "PoolStatus"],
            "simulation": ["ScalingComparison", "Trace"],
        },
        bases={
            "BalancerSnapshot": ("shown.Overview",),
            "ScalingComparison": ("shown.Compared",),
            "ScalingConfig": ("settings.Checked",),
            "ScalingDecision": ("shown.Decided",),
            "ScalingRecommendation": ("shown.Recommended",),
            "ScalingStatus": ("shown.Standing",),
            "Trace": ("settings.Traffic",),
        },
        # The simulator is the command's.
        given=(
            "Fault",
            "LoadReport",
            "Probe",
            "Scenario",
            "ServerPlan",
            "SimulationReport",
            "SimulationResult",
            "SimulationRun",
        ),
        dictionaries={
            "options": (
                "HashOptions",
                "HealthCheckOptions",
                "HedgingOptions",
                "LoadReportOptions",
                "OutlierOptions",
                "PrequalOptions",
                "ResponseTimeOptions",
                "RetryBudgetOptions",
                "SlowStartOptions",
            ),
            "scaling_options": (
                "ExecutionOptions",
                "HybridWeights",
                "MetricTarget",
                "PanicOptions",
                "Plant",
                "PoolReady",
                "PredictionOptions",
                "PriceModel",
                "RatePolicy",
                "RequestOptions",
                "ScaleToZero",
                "ScalingRules",
                "ScheduledBounds",
                "StartUp",
            ),
        },
        told=("ScalingRequest",),
    ),
}


def flatten() -> None:
    """Types of several kinds, each with fields of its own, become one: the kind, and all fields of any kind."""
    for name, schema in list(DEFINITIONS.items()):
        kinds = schema.get("oneOf", ())
        if not kinds or not all("const" in kind.get("properties", {}).get("kind", {}) for kind in kinds):
            continue
        of = f"{name}Kind"
        members = [{"const": kind["properties"]["kind"]["const"], "description": kind["description"]} for kind in kinds]
        DEFINITIONS[of] = {"oneOf": members, "description": f"What a `{name}` is about."}
        fields = {"kind": {"$ref": f"#/$defs/{of}", "description": "What it is about."}}
        for kind in kinds:
            for own, about in kind["properties"].items():
                if own != "kind":
                    fields.setdefault(own, {"anyOf": [about, {"type": "null"}], "description": about["description"]})
        DEFINITIONS[name] = {"description": schema["description"], "properties": fields, "required": ["kind"]}
        for known in SCHEMA["x-modules"].values():
            known += [of] if name in known else []


def names(module: Module) -> list[str]:
    """The types of a module that are no options, requests and tables: those are keyword arguments."""
    known = {name for engine in module.engines for name in SCHEMA["x-modules"][engine]}
    left_out = ("Options", "Query", "Request", "Table", "Target")
    named = {name for name in known if not name.endswith(left_out) and name not in module.given}
    return sorted(named | set(dictionaries(module)) | set(module.told))


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


def annotation(schema: dict[str, Any], many: str = "tuple[{}, ...]") -> str:
    """The Python type of a value; `many` is one of several."""
    inner, optional = parts(schema)
    if "$ref" in inner:
        text = inner["$ref"].rpartition("/")[2]
    elif inner.get("type") == "array":
        of = annotation(inner["items"])
        text = "Vector" if of == "float" else many.format(of)
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
    parts = re.match(r"(.*?)[.:] (.*)", " ".join(first.split()))
    if len(lines) > 1 and parts is not None:
        lines = wrapped(f'"""{parts[1]}.', 4)
        rest = f"{parts[2][0].upper()}{parts[2][1:]}\n\n{rest}".strip()
    if rest:
        lines += ["", *wrapped(rest, 4)]
    return [f'{lines[0]}"""'] if not more and len(lines) == 1 else [*lines, *more, '    """']


def enum(name: str, schema: dict[str, Any]) -> list[str]:
    """A class whose members are their texts."""
    members = schema.get("oneOf") or [{"const": text, "description": ""} for text in schema["enum"]]
    lines = [f"class {name}(Text):", *docstring(schema["description"], []), ""]
    for member in members:
        constant = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", member["const"]).upper()
        lines.append(f'    {constant} = "{member["const"]}"')
        if member.get("description"):
            lines += [*wrapped(f'"""{member["description"]}"""', 4)]
    return lines


def default(name: str, about: dict[str, Any]) -> str:
    """What a field is where it is not given, as Python writes it."""
    value = about.get("default")
    if isinstance(value, str) and "$ref" in about:
        return f"{about['$ref'].rpartition('/')[2]}.{value.upper()}"
    if isinstance(value, list) and not value:
        return "()"
    if isinstance(value, dict):
        return f'field(default_factory=lambda: default("{name}"))' if value else "field(default_factory=dict)"
    return repr(value)


def data(module: Module, name: str, schema: dict[str, Any]) -> list[str]:
    """A frozen class with its attributes, or a dictionary that may lack some."""
    dictionary = name in dictionaries(module)
    attributes = ["", "    Attributes", "    ----------"]
    fields = []
    for name_of, about in schema["properties"].items():
        described = about.get("description") or DEFINITIONS[about["$ref"].rpartition("/")[2]]["description"]
        kind = annotation(about, "Sequence[{}]") if dictionary else annotation(about)
        attributes += [f"    {name_of} : {kind}", *wrapped(described, 8)]
        given = dictionary or name_of in schema.get("required", ())
        fields.append(f"    {name_of}: {kind}" + ("" if given else f" = {default(name_of, about)}"))
    bases = ", ".join(base.rpartition(".")[2] for base in module.bases.get(name, ("Data",)))
    head = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {name}({bases}):"]
    if dictionary:
        head = [f"class {name}(TypedDict, total=False):"]
    return [*head, *docstring(schema["description"], attributes), "", *fields]


def written(module: Module, name: str) -> list[str]:
    """The class of a type."""
    schema = DEFINITIONS[name]
    return data(module, name, schema) if "properties" in schema else enum(name, schema)


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


def dictionaries(module: Module) -> dict[str, str]:
    """The file of each type that is a dictionary."""
    return {name: room for room, found in module.dictionaries.items() for name in found}


def rooms(module: Module) -> dict[str, str]:
    """The file of each type."""
    homes: dict[str, set[str]] = {}
    for room, roots in module.rooms.items():
        for root in roots:
            for name in used(root) if root in DEFINITIONS else ():
                homes.setdefault(name, set()).add(room)
    alone = {name: next(iter(found)) if len(found) == 1 else "shared" for name, found in homes.items()}
    alone |= dictionaries(module)
    return {name: alone.get(name, next(iter(module.titles))) for name in names(module)}


def imports(module: Module, home: dict[str, str], room: str, body: str) -> list[str]:
    """What a file needs from elsewhere."""
    own = [name for name in home if home[name] == room]
    several = ", ".join(name for name in ("Mapping", "Sequence") if f"{name}[" in body)
    lines = [f"from collections.abc import {several}"] if several else []
    of_dataclasses = "dataclass, field" if "= field(" in body else "dataclass"
    lines += [f"from dataclasses import {of_dataclasses}"] if "@dataclass" in body else []
    lines += ["from typing import TypedDict"] if "(TypedDict" in body else []
    shared = ", ".join(base for base in ("Data", "Text") if f"({base})" in body)
    lines += ["", f"from ..._data import {shared}"] if shared else [""]
    lines += ["from ..._vector import Vector"] if "Vector" in body else []
    bases: dict[str, list[str]] = {}
    for file, _, base in sorted({base.partition(".") for name in own for base in module.bases.get(name, ())}):
        bases.setdefault(file, []).append(base)
    for file, found in bases.items():
        found += ["default"] if file == "settings" and "default(" in body else []
        lines.append(f"from ..{file} import {', '.join(found)}")
    for other in sorted(set(home.values()) - {room}):
        wanted = [name for name in home if home[name] == other and re.search(rf": .*\b{name}\b", body)]
        line = f"from .{other} import {', '.join(wanted)}"
        if len(line) > WIDTH:
            line = f"from .{other} import (\n" + "".join(f"    {name},\n" for name in wanted) + ")"
        lines += [line] if wanted else []
    return lines


def sources(module: Module) -> dict[str, str]:
    """The text of each file."""
    home = rooms(module)
    files = {}
    for room in sorted(set(home.values())):
        own = [name for name in home if home[name] == room]
        body = "\n\n\n".join("\n".join(written(module, name)) for name in ordered(own))
        lines = "\n".join(imports(module, home, room, body)).strip()
        files[f"{room}.py"] = f'"""{module.titles[room]}. {WRITTEN}"""\n\n{lines}\n\n\n{body}\n'
    imported = [
        f"from .{room} import (\n" + "".join(f"    {name},\n" for name in home if home[name] == room) + ")\n"
        for room in sorted(set(home.values()))
    ]
    exported = "".join(f'    "{name}",\n' for name in home)
    files["__init__.py"] = f'"""Types of the module. {WRITTEN}"""\n\n{"".join(imported)}\n__all__ = [\n{exported}]\n'
    return files


def main() -> int:
    """Write the files, or say whether they are as they should be."""
    parser = argparse.ArgumentParser(description="Write the data types of opusclip's modules.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is another")
    check = parser.parse_args().check
    status = 0
    flatten()
    for name, module in MODULES.items():
        target = PACKAGE / name / "_types"
        target.mkdir(exist_ok=True)
        wanted = sources(module)
        there = {file.name: file.read_text(encoding="utf-8") for file in target.glob("*.py")}
        if check and there != wanted:
            print(f"{target} is not what the core's schema says: run `make types-write`", file=sys.stderr)
            status = 1
        for file, text in wanted.items() if not check else ():
            (target / file).write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
