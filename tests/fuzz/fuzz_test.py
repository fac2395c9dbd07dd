"""Odd inputs for every parser of outside data: it reads them, or refuses them by its own error.

`tools/fuzz.py` does the same for as long as you like.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import mutated
from tests.fuzz.parsers import PARSERS, corpus

HERE = Path(__file__).parent


def test_each_folder_of_the_corpus_belongs_to_a_parser() -> None:
    folders = {folder.name for folder in (HERE / "corpus").iterdir()}
    assert folders == {one.corpus or name for name, one in PARSERS.items()}


@pytest.mark.parametrize("name", PARSERS)
def test_the_corpus(name: str, tmp_path: Path) -> None:
    taken = [PARSERS[name].takes(content, tmp_path) for content in corpus(name)]
    assert any(taken)


@pytest.mark.parametrize("name", PARSERS)
@given(st.integers(0, 1 << 64))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_inputs(name: str, tmp_path: Path, seed: int) -> None:
    PARSERS[name].takes(mutated(corpus(name), Random(seed)), tmp_path)
