"""The text of a comment that several jobs share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.review.sections import Section, merged, sections

A, B, C = "a" * 16, "b" * 16, "c" * 16
TEXT = "## Title\n\nCounts.\n\n| table |\n|:--|\n| row |\n"


def text_of(body: str, key: str) -> str:
    (found,) = (one.text for one in sections(body) if one.key == key)
    return found


def test_a_section_for_each_job_in_the_order_they_came() -> None:
    first = merged([], A, (1, 1), lambda _: "one\n", 1000)
    assert first == f"<!-- rules_codspeed {A} 1.1 -->\none\n"
    second = merged([first], B, (1, 1), lambda _: "two\n", 1000)
    assert second
    third = merged([second], A, (2, 1), lambda _: "three\n", 1000)
    assert third
    assert [(one.key, one.text) for one in sections(third)] == [(A, "three\n"), (B, "two\n")]


def test_an_older_run_replaces_nothing() -> None:
    body = Section(A, (10, 2), "new\n").body
    assert merged([body], A, (10, 1), lambda _: "old\n", 1000) is None
    assert merged([body], A, (9, 5), lambda _: "old\n", 1000) is None
    again = merged([body], A, (10, 2), lambda _: "again\n", 1000)
    assert again
    assert text_of(again, A) == "again\n"


def test_the_newest_of_several_comments_counts() -> None:
    bodies = [Section(A, (1, 1), "old\n").body, Section(A, (3, 1), "new\n").body]
    body = merged(bodies, B, (2, 1), lambda _: "b\n", 1000)
    assert body
    assert text_of(body, A) == "new\n"


def test_what_does_not_begin_with_a_mark_is_not_ours() -> None:
    assert sections("Look:\n" + Section(A, (1, 1), "x\n").body) == []
    windows = Section(A, (1, 1), "x\ny\n").body.replace("\n", "\r\n")
    assert [one.text for one in sections(windows)] == ["x\ny\n"]


def test_long_sections_lose_their_tables_before_others_are_left_out() -> None:
    long = TEXT + "| row |\n" * 100
    body = merged([Section(A, (1, 1), long).body], B, (1, 1), lambda room: "b" * room, 1000)
    assert body
    assert len(body.encode()) == 1000
    assert text_of(body, A).startswith("## Title\n\nCounts.\n")
    assert "| row |" not in text_of(body, A)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 99), st.integers(0, 900)), max_size=40),
    st.integers(600, 5000),
)
def test_a_comment_is_never_longer_than_the_service_takes(
    others: list[tuple[int, int, int]], largest: int
) -> None:
    bodies = [
        Section(f"{key:016x}", (run, 1), "## T\n\nä\n\n| x |\n" + "| row |\n" * (size // 8)).body
        for key, run, size in others
    ]
    own = f"{99:016x}"
    body = merged(bodies, own, (50, 1), lambda room: "ü" * (room // 2), largest)
    assert body is not None
    assert len(body.encode()) <= largest
    # There is always room for a headline of our own.
    assert len(text_of(body, own).encode()) >= largest // 2 - 60
