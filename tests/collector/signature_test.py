from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.signature import LIFETIME, Signer

_SIGNER = Signer(b"k" * 32, lambda: 1000.5)


def _parts(query: str) -> tuple[str, str]:
    values = parse_qs(query)
    return values["expires"][0], values["signature"][0]


def test_a_url_is_valid_until_it_expires() -> None:
    expires, signature = _parts(_SIGNER.query("run"))
    assert int(expires) == 1000 + LIFETIME
    Signer(_SIGNER.key, lambda: 999.0 + LIFETIME).check("run", expires, signature)
    with pytest.raises(Refusal, match="expired"):
        Signer(_SIGNER.key, lambda: 1000.0 + LIFETIME).check("run", expires, signature)


def test_a_url_is_of_one_run_and_key() -> None:
    expires, signature = _parts(_SIGNER.query("run"))
    for signer, run in ((_SIGNER, "other"), (Signer(b"other", _SIGNER.clock), "run")):
        with pytest.raises(Refusal, match="wrong"):
            signer.check(run, expires, signature)


@given(st.text(), st.text(), st.text())
def test_no_other_query_is_accepted(run: str, expires: str, signature: str) -> None:
    with pytest.raises(Refusal) as caught:
        _SIGNER.check(run, expires, signature)
    assert caught.value.status == 403


def test_the_key_is_not_shown() -> None:
    assert "k" * 8 not in repr(_SIGNER)
