"""Messages in the four dialects, byte by byte; no secret and no foreign command in them."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.github import GithubDialect
from rules_codspeed.publish.ci.log import Level, Logger, make_logger
from tests.contract.log_readers import COMMANDS, obeyed

ALL = {"CODSPEED_LOG": "trace"}
HASH = 'CodSpeed Run Hash: "5df7f6389b36ceed635353794e0260e19aa3698c4221a35a6bdcac94d1c97462"'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def write_all(log: Logger) -> None:
    with log.group("Uploading results"):
        log.error("e")
        log.warn("w")
        log.info("i")
        log.debug("d")
        log.trace("t")
        log.announce("a\n")
    with log.group("Running: the benchmarks", opened=True):
        pass


def log_text(environment: str, stderr: io.StringIO | None = None) -> str:
    stdout, stderr = io.StringIO(), stderr or io.StringIO()
    times = iter([1700000000.9, 1700000001.0, 1700000002.0, 1700000003.0])
    write_all(make_logger(environment, ALL, stdout, stderr, lambda: next(times)))
    silent, text = (stdout, stderr) if environment == "LOCAL" else (stderr, stdout)
    assert silent.getvalue() == ""
    return text.getvalue()


def test_github() -> None:
    assert log_text("GITHUB_ACTIONS") == (
        "::group::Uploading results\n"
        "::error::e\n::warning::w\ni\n::debug::d\n::debug::[TRACE]t\n"
        "::notice title=New CodSpeed Feature::a\n\n"
        "::endgroup::\n"
        "::group::Running: the benchmarks\n::endgroup::\n"
    )


def test_gitlab() -> None:
    assert log_text("GITLAB_CI") == (
        "\x1b[0Ksection_start:1700000000:uploading_results\r\x1b[0K"
        "\x1b[36;1mUploading results\x1b[0m\n"
        "\x1b[31me\x1b[0m\n\x1b[33mw\x1b[0m\ni\n\x1b[36md\x1b[0m\n\x1b[35mt\x1b[0m\n"
        "\x1b[32ma\n\x1b[0m\n"
        "\x1b[0Ksection_end:1700000001:uploading_results\r\x1b[0K\n"
        "\x1b[0Ksection_start:1700000002:running__the_benchmarks\r\x1b[0K"
        "\x1b[36;1mRunning: the benchmarks\x1b[0m\n"
        "\x1b[0Ksection_end:1700000003:running__the_benchmarks\r\x1b[0K\n"
    )


def test_buildkite() -> None:
    assert log_text("BUILDKITE") == (
        "--- Uploading results\n"
        "[ERROR] e\n[WARN] w\ni\n[DEBUG] d\n[TRACE] t\n[ANNOUNCEMENT] a\n\n"
        "+++ Running: the benchmarks\n"
    )


def test_local() -> None:
    assert log_text("LOCAL") == (
        "\n►►► Uploading results \nUploading results...\n"
        "e\nw\ni\n[DEBUG::rules_codspeed] d\n[TRACE::rules_codspeed] t\na\n\n"
        "\n►►► Running: the benchmarks \nRunning: the benchmarks...\n"
    )


def test_terminal_has_colours() -> None:
    text = log_text("LOCAL", Terminal())
    assert "\x1b[38;5;208m\x1b[1m►►► Uploading results \x1b[0m\n" in text
    assert "\x1b[31me\x1b[0m\n\x1b[33mw\x1b[0m\n\x1b[37mi\x1b[0m\n" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("off", ""),
        ("error", "E"),
        ("warn", "EW"),
        ("info", "EWI"),
        ("debug", "EWID"),
        ("trace", "EWIDT"),
        ("WARN", "EW"),
        ("", "EWI"),
        ("loud", "EWI"),
    ],
)
@pytest.mark.parametrize("environment", ["GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "LOCAL"])
def test_levels(environment: str, name: str, shown: str) -> None:
    stream = io.StringIO()
    log = make_logger(environment, {"CODSPEED_LOG": name}, stream, stream)
    for text in ("E", "W", "I", "D", "T"):
        {"E": log.error, "W": log.warn, "I": log.info, "D": log.debug, "T": log.trace}[text](
            f"<{text}>"
        )
    assert "".join(re.findall("<(.)>", stream.getvalue())) == shown


@pytest.mark.parametrize(("environment", "shown"), [("BUILDKITE", True), ("LOCAL", False)])
def test_groups_and_announcements_of_a_ci_are_always_shown(environment: str, shown: bool) -> None:
    stream = io.StringIO()
    log = make_logger(environment, {"CODSPEED_LOG": "error"}, stream, stream)
    with log.group("g"):
        log.announce("a")
    assert bool(stream.getvalue()) == shown


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("true", False)])
def test_runner_debug_forces_trace_on_github(value: str, shown: bool) -> None:
    for environment in ("GITHUB_ACTIONS", "GITLAB_CI"):
        stream = io.StringIO()
        variables = {"RUNNER_DEBUG": value, "CODSPEED_LOG": "error"}
        make_logger(environment, variables, stream, stream).trace("t")
        assert bool(stream.getvalue()) == (shown and environment == "GITHUB_ACTIONS")


def test_group_ends_after_a_failure() -> None:
    stream = io.StringIO()
    log = Logger(GithubDialect(), stream)
    with pytest.raises(KeyError), log.group("g"):
        raise KeyError
    assert stream.getvalue() == "::group::g\n::endgroup::\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "\n"),
        ("a\nb\nc", "a%0Ab%0Ac\n"),
        ("a\nb\n\n", "a%0Ab\n\n\n"),
        ("\n", "\n\n"),
        ("a\r\nb\rc", "a%0Ab\\rc\n"),
        ("::error::x", ":\\x3aerror::x\n"),
        (" ::add-mask::x", " :\\x3aadd-mask::x\n"),
        ("ok\n::error::x", "ok%0A:\\x3aerror::x\n"),
        ("a ##[error]x", "a ##\\x5berror]x\n"),
        ("a::b #[x] ## [y]", "a::b #[x] ## [y]\n"),
        (HASH, f"{HASH}\n"),
    ],
)
def test_github_escapes(text: str, line: str) -> None:
    stream = io.StringIO()
    Logger(GithubDialect(), stream).info(text)
    assert stream.getvalue() == line


PIECES = st.sampled_from(["::", "##[", "\r", "\n", " ", "\t", "\xa0", ":", "--- ", "]", "%0A"])
TEXTS = st.text() | st.lists(PIECES).map("".join) | st.sampled_from(COMMANDS)
METHODS = st.sampled_from(["info", "error", "warn", "debug", "trace", "announce"])


@given(TEXTS, METHODS)
def test_a_message_is_one_command_on_github(text: str, method: str) -> None:
    stream = io.StringIO()
    getattr(Logger(GithubDialect(), stream, Level.TRACE), method)(text)
    first, *rest = re.split("[\r\n]", stream.getvalue())
    assert not any(rest)
    found = re.match(r"::(error|warning|debug|notice title=New CodSpeed Feature)::", first)
    assert bool(found) == (method != "info")
    assert obeyed(first[found.end() :] if found else first) == []


@given(TEXTS, METHODS)
@pytest.mark.parametrize("environment", ["GITLAB_CI", "BUILDKITE", "LOCAL"])
def test_no_text_is_a_command(environment: str, text: str, method: str) -> None:
    stream = io.StringIO()
    getattr(make_logger(environment, ALL, stream, stream), method)(text)
    assert obeyed(stream.getvalue()) == []
    assert "\r" not in stream.getvalue()


@pytest.mark.parametrize("environment", ["GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "LOCAL"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_name_of_a_group_commands_nothing(environment: str, name: str) -> None:
    def lines(name: str) -> list[str]:
        stream = io.StringIO()
        with make_logger(environment, {}, stream, stream, lambda: 0).group(name):
            pass
        return re.split("[\r\n]", stream.getvalue())

    assert len(lines(name)) == len(lines("x"))
    assert len(obeyed("\n".join(lines(name)))) == len(obeyed("\n".join(lines("x"))))


@pytest.mark.parametrize("environment", ["GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "LOCAL"])
def test_secrets_are_never_written(environment: str) -> None:
    stream = io.StringIO()
    log = make_logger(environment, ALL, stream, stream)
    log.register_secret(Secret("s3cr3t"))
    log.register_secret(Secret(""))
    for call in (log.error, log.warn, log.info, log.debug, log.trace, log.announce):
        call("token s3cr3t.")
    with log.group("s3cr3t"):
        pass
    assert "s3cr3t" not in stream.getvalue()
    assert "token ***." in stream.getvalue()
