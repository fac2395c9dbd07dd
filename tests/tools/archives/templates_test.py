"""A mirror's template: which are taken, and what they mean."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.archives.errors import ArchivesError
from tools.archives.templates import checked_template, expand

URL = "https://host.example/releases/v1/a.tar.gz"


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://mirror.example/{host}/{path}", "https://mirror.example/" + URL[8:]),
        ("https://mirror.example/{file}", "https://mirror.example/a.tar.gz"),
        ("https://mirror.example/cas/{sha256}", "https://mirror.example/cas/0f"),
        ("http://127.0.0.1:80/{path}", "http://127.0.0.1:80/releases/v1/a.tar.gz"),
    ],
)
def test_where_a_mirror_has_a_file(template: str, address: str) -> None:
    assert expand(checked_template(template), URL, "0f") == address


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://mirror.example/a.tar.gz",
        "https://mirror.example/{host}",
        "https://mirror.example/{path}/{version}",
        "https://mirror.example/{path}}",
        "http://mirror.example/{path}",
        "https://me:s3cret@mirror.example/{path}",
        "mirror.example/{path}",
        "https:///{path}",
        "http://mirror.example/{path}?token=s3cret",
    ],
)
def test_what_is_no_template(template: str) -> None:
    with pytest.raises(
        ArchivesError, match=r"the mirror cannot be used.* Fix: name one like"
    ) as raised:
        checked_template(template)
    assert "s3cret" not in str(raised.value)


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(ArchivesError):
        assert checked_template(text) == text
