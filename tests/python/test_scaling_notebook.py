"""The notebook of scaling runs, and shows what it says."""

from pathlib import Path

import pytest

from conftest import ROOT
from notebooks import check_bare, play

NOTEBOOK = ROOT / "examples" / "python" / "scaling_backtest.ipynb"


def test_it_runs_and_shows_cards_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy")
    names = play(NOTEBOOK, tmp_path, pictures=3, cards=7)
    assert "scale_up: 4 to 5, try 1\ndone\n" in capsys.readouterr().out

    def cost(policy: str) -> float:
        return min(run.result.cost_micros for run in names["report"].runs if run.policy == policy)

    # Nobody does without what the oracle starts, and a fixed count pays for the peak all the time.
    assert cost("oracle") <= cost("predictive") < cost("fixed")
    found = names["recommendation"]
    assert found.reached
    assert found.expected.violations.median <= found.violations == 0.005
    assert "tightened" in {warning.kind for warning in found.warnings}, "the search has not seen the rush"
    waiting = {(run.policy, run.balancer): run.result.violations for run in names["joint"].runs}
    assert len(waiting) == 4
    assert waiting["predictive", "least_response_time"] == min(waiting.values())
    assert waiting["hpa", "round_robin"] == max(waiting.values())


def test_it_stores_no_outputs_and_names_no_machine() -> None:
    check_bare(NOTEBOOK)
