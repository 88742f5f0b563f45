"""Notebooks run cell by cell, as a viewer would have them run."""

import ast
import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return found


def run(source: str, names: dict[str, Any], notebook: Path) -> Any:
    """What a notebook would show of a cell, which may await: the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    awaits = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    shown = eval(compile(tree, str(notebook), "exec", flags=awaits), names)
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), str(notebook), "eval", flags=awaits), names)

    async def waited() -> Any:
        return await shown

    return asyncio.run(waited()) if inspect.isawaitable(shown) else shown


def play(notebook: Path, folder: Path, *, pictures: int, cards: int) -> dict[str, Any]:
    """Run all cells; they show so many pictures, which can be drawn, and cards. Returns the names that there are then."""
    matplotlib = pytest.importorskip("matplotlib", reason="needs the extra `test`")
    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    names: dict[str, Any] = {}
    shown = [run("".join(cell["source"]), names, notebook) for cell in cells(notebook) if cell["cell_type"] == "code"]
    figures = [value for value in shown if isinstance(value, Figure)]
    assert len(figures) == pictures
    for number, figure in enumerate(figures):
        figure.savefig(folder / f"{number}.png")
    pyplot.close("all")
    found = [value._repr_html_() for value in shown if value is not None and not isinstance(value, Figure)]
    assert len(found) == cards
    assert all('<div class="opusclip' in card and ">None" not in card for card in found)
    return names


def check_bare(notebook: Path) -> None:
    """It stores no outputs and names no machine."""
    for cell in cells(notebook):
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert "/home/" not in "".join(cell["source"])
