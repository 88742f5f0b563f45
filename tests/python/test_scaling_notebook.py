"""The notebook of scaling runs, and shows what it says."""

import ast
import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT

NOTEBOOK = ROOT / "examples" / "python" / "scaling_backtest.ipynb"


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return found


def run(source: str, names: dict[str, Any]) -> Any:
    """What a notebook would show of a cell, which may await: the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    awaits = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    shown = eval(compile(tree, str(NOTEBOOK), "exec", flags=awaits), names)
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval", flags=awaits), names)

    async def waited() -> Any:
        return await shown

    return asyncio.run(waited()) if inspect.isawaitable(shown) else shown


def test_it_runs_and_shows_cards_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy")
    matplotlib = pytest.importorskip("matplotlib", reason="needs the extra `test`")
    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    names: dict[str, Any] = {}
    shown = [run("".join(cell["source"]), names) for cell in cells() if cell["cell_type"] == "code"]
    figures = [value for value in shown if isinstance(value, Figure)]
    assert len(figures) == 3
    for number, figure in enumerate(figures):
        figure.savefig(tmp_path / f"{number}.png")
    pyplot.close("all")
    cards = [value._repr_html_() for value in shown if value is not None and not isinstance(value, Figure)]
    assert len(cards) == 5
    assert all('<div class="opusclip">' in card and "None" not in card for card in cards)
    assert "scale_up: 4 to 5, try 1\ndone\n" in capsys.readouterr().out

    def cost(policy: str) -> float:
        return min(run.result.cost_micros for run in names["report"].runs if run.policy == policy)

    # Nobody does without what the oracle starts, and a fixed count pays for the peak all the time.
    assert cost("oracle") <= cost("predictive") < cost("fixed")


def test_it_stores_no_outputs_and_names_no_machine() -> None:
    for cell in cells():
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert "/home/" not in "".join(cell["source"])
