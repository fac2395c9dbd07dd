"""The files with the time of every round."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds.rounds import take_rounds, write_rounds


def test_written_taken_and_gone(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "environment-7.json").touch()
    with UntrustedFolder(str(tmp_path)) as profile:
        write_rounds(profile, 7, {"a::é": [1, 2.5], "b": []})
        write_rounds(profile, 12, {"a::é": [4]})
        assert (tmp_path / "rounds-7.json").exists()
        assert take_rounds(profile) == {"a::é": [4.0, 1.0, 2.5], "b": []}
        assert sorted(os.listdir(tmp_path)) == ["environment-7.json", "results"]
        assert take_rounds(profile) == {}


@pytest.mark.parametrize(
    "document", [[], {"a": 1}, {"a": [None]}, {"a": [True]}, {"a": [-1]}, {"a": [1e18]}]
)
def test_other_shapes(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "rounds-1.json"
    path.write_text(json.dumps(document))
    with UntrustedFolder(str(tmp_path)) as profile, pytest.raises(CodSpeedError) as caught:
        take_rounds(profile)
    assert f"the file {path} does not hold times of rounds" in str(caught.value)
    assert "Expected: an object of lists of positive numbers" in str(caught.value)
