"""The notebook of analytics runs, and shows what it says."""

from pathlib import Path

import pytest

from conftest import ROOT
from notebooks import check_bare, play

NOTEBOOK = ROOT / "examples" / "python" / "analytics.ipynb"


def test_it_runs_and_shows_cards_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(NOTEBOOK, tmp_path, pictures=8, cards=11)
    said = capsys.readouterr().out
    assert "requests cpu significant" in said
    assert "is expected to pay" in said


def test_it_stores_no_outputs_and_names_no_machine() -> None:
    check_bare(NOTEBOOK)
