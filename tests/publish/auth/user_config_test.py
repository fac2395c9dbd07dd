"""The configuration of `codspeed auth login`: both shapes, profiles, and no token in a message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.auth.user_config import Profile, config_file, load_profile
from rules_codspeed.publish.errors import PublishError

TOKEN = "csp_SECRET1234567"
V5 = f"""\
version: 1
profiles:
  default:
    auth:
      token: {TOKEN}
  staging:
    api-url: https://gql.example.test/
    upload-url: https://api.example.test/upload
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".config" / "codspeed").mkdir(parents=True)
    return tmp_path


def write(home: Path, content: str | bytes, name: str = "config.yaml", mode: int = 0o600) -> Path:
    path = home / ".config" / "codspeed" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def load(
    home: Path, name: str | None = None, warnings: list[str] | None = None, **variables: str
) -> Profile:
    messages: list[str] = []
    profile = load_profile({"HOME": str(home), **variables}, name, messages.append)
    assert messages == [] or warnings is not None
    (warnings if warnings is not None else []).extend(messages)
    return profile


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"HOME": "/h"}, "/h/.config/codspeed/config.yaml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/codspeed/config.yaml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": ""}, "/h/.config/codspeed/config.yaml"),
        ({"HOME": "/h", "CODSPEED_CONFIG_NAME": "work"}, "/h/.config/codspeed/work.yaml"),
        ({}, None),
        ({"HOME": ""}, None),
    ],
)
def test_where_the_file_is(variables: Mapping[str, str], path: str | None) -> None:
    assert config_file(variables) == (Path(path) if path else None)


def test_no_file_is_fine(home: Path) -> None:
    assert load(home) == Profile("default")
    assert load_profile({}, None, pytest.fail) == Profile("default")


def test_profiles(home: Path) -> None:
    write(home, V5)
    assert load(home) == Profile("default", Secret(TOKEN))
    staging = Profile(
        "staging", None, "https://gql.example.test/", "https://api.example.test/upload"
    )
    assert load(home, "staging") == staging
    assert load(home, CODSPEED_PROFILE="staging") == staging
    assert load(home, "default", CODSPEED_PROFILE="staging").name == "default"
    assert load(home, CODSPEED_PROFILE="").name == "default"


def test_unknown_profile(home: Path) -> None:
    write(home, V5)
    with pytest.raises(PublishError) as caught:
        load(home, "none")
    assert str(caught.value) == (
        "CodSpeed profile `none` does not exist. Run `codspeed profile set none` to create it."
    )


def test_no_profile_but_the_default_needs_no_file(home: Path) -> None:
    write(home, "version: 1\nprofiles: {}\n")
    assert load(home) == Profile("default")


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (f"auth:\n  token: {TOKEN}\n", TOKEN),
        ("auth:\n  token: null\n", None),
        ("auth:\n  token: ''\n", None),
        (f"auth: {{token: {TOKEN}}}\nprofiles: {{default: {{auth: {{token: newer}}}}}}", "newer"),
        (f"auth: {{token: {TOKEN}}}\nprofiles: {{default: {{auth: {{}}}}}}", TOKEN),
        (f"version: 0\nauth: {{token: {TOKEN}}}", TOKEN),
        (f"version: 1\nauth: {{token: {TOKEN}}}", None),
        ("", None),
        ("version: 1\nprofiles:\n  default:\n", None),
        ("version: 1\nlater: {}\nprofiles: {default: {x: 1, auth: {y: 2}}}\n", None),
    ],
)
def test_older_shapes(content: str, token: str | None, home: Path) -> None:
    path = write(home, content)
    assert load(home).token == (Secret(token) if token else None)
    assert path.read_text() == content, "never written"


def test_migration_keeps_the_urls_of_the_default_profile(home: Path) -> None:
    write(home, f"auth: {{token: {TOKEN}}}\nprofiles: {{default: {{api-url: 'https://a/'}}}}")
    assert load(home) == Profile("default", Secret(TOKEN), "https://a/")


def test_newer_file(home: Path) -> None:
    write(home, "version: 2\n")
    with pytest.raises(PublishError) as caught:
        load(home)
    assert str(caught.value) == (
        "Config file was written by a newer version of CodSpeed (schema v2, this CLI supports "
        "v1). Upgrade the CLI to read it."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"auth: {{token: {TOKEN}", "line 1"),
        (f"auth: {{token: *{TOKEN}}}", "line 1"),
        (f"auth: {{token: !{TOKEN} x}}", "line 1"),
        (f"auth: {{{TOKEN}: 1, {TOKEN}: 2}}", "line 1"),
        (b"\x00" + TOKEN.encode(), "not YAML"),
        (f"auth: {{token: [{TOKEN}]}}", "auth.token: Input should be a valid string"),
        (f"auth: {TOKEN}", "auth: "),
        (TOKEN, "document: "),
        (f"[{TOKEN}]", "document: "),
        (f"version: {TOKEN}", "version: Input should be a valid integer"),
        (f"version: true\nx: {TOKEN}", "version: "),
        (f"profiles: {{default: [{TOKEN}]}}", "profiles.default: "),
    ],
)
def test_file_that_is_none_does_not_show_its_content(
    content: str | bytes, reason: str, home: Path
) -> None:
    path = write(home, content)
    with pytest.raises(PublishError) as caught:
        load(home)
    message = str(caught.value)
    assert message.startswith(f"Failed to parse CodSpeed config at {path}: {reason}")
    assert TOKEN not in message


def test_token_that_no_header_holds_is_not_shown(home: Path) -> None:
    write(home, f'auth: {{token: "{TOKEN}\\n{TOKEN}"}}')
    with pytest.raises(PublishError, match="profile 'default'") as caught:
        load(home)
    assert TOKEN not in str(caught.value)


def test_file_that_cannot_be_read(home: Path) -> None:
    (home / ".config" / "codspeed" / "config.yaml").mkdir()
    with pytest.raises(PublishError, match=r"config\.yaml: it is not a regular file"):
        load(home)
    with pytest.raises(PublishError, match=r"^Failed to load config: not a path"):
        load(Path("/\0"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_file_that_others_can_read_is_used_with_a_warning(mode: int, home: Path) -> None:
    path = write(home, V5, mode=mode)
    warnings: list[str] = []
    assert load(home, warnings=warnings).token == Secret(TOKEN)
    (warning,) = warnings
    assert f"chmod 600 {path}" in warning


def test_other_file_by_name(home: Path) -> None:
    write(home, V5, "work.yaml")
    warnings: list[str] = []
    profile = load(home, warnings=warnings, CODSPEED_CONFIG_NAME="work")
    assert profile.token == Secret(TOKEN)
    assert warnings == [
        "`--config-name` / `CODSPEED_CONFIG_NAME` is deprecated; use `--profile` / "
        "`CODSPEED_PROFILE` instead."
    ]


KEYS = st.sampled_from(["version", "auth", "token", "profiles", "default", "api-url", "x"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS.map(yaml.safe_dump) | st.binary(max_size=60))
def test_any_file_is_a_profile_or_a_publish_error(home: Path, document: Any) -> None:
    write(home, document)
    try:
        outcome = load(home).name
    except PublishError as error:
        outcome = str(error)
    assert outcome == "default" or outcome.startswith(
        ("Failed to ", "Config file was ", "the token of ")
    )
