"""rules/private/version.bzl alone states the version; whatever repeats it agrees."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.release.release import (
    CHANGELOG,
    NAME,
    PLACEHOLDER_FILES,
    VERSION_FILE,
    changes_in,
    version_in,
)

ROOT = Path(__file__).parents[3]
VERSION = version_in((ROOT / VERSION_FILE).read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_names_the_version() -> None:
    named = re.findall(rf'bazel_dep\(name = "{NAME}", version = "(.*)"\)', read("README.md"))
    assert named
    assert set(named) == {VERSION}


def test_the_module_leaves_it_to_the_registry() -> None:
    module = re.search(r"^module\((.*?)^\)", read("MODULE.bazel"), re.M | re.S)
    assert module
    assert f'name = "{NAME}"' in module[1]
    assert not re.search(r"^\s*version\s*=", module[1], re.M)


def test_the_changelog_begins_with_it() -> None:
    headings = re.findall(r"^## \[(.*?)\] - (\S+)$", read(CHANGELOG), re.M)
    assert headings[0][0] == VERSION
    assert headings[0][1] == "unreleased" or re.fullmatch(r"\d{4}-\d\d-\d\d", headings[0][1])
    # Those below are released.
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in headings[1:])
    kinds = re.findall(r"^### (.*)$", changes_in(read(CHANGELOG), VERSION)[1], re.M)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("name", PLACEHOLDER_FILES)
def test_what_a_release_checks_is_there(name: str) -> None:
    assert read(name).strip()


def test_the_templates_of_the_registry() -> None:
    metadata: dict[str, Any] = json.loads(read(".bcr/metadata.template.json"))
    assert list(metadata) == [
        "homepage",
        "maintainers",
        "repository",
        "versions",
        "yanked_versions",
    ]
    assert (metadata["versions"], metadata["yanked_versions"]) == ([], {})
    (repository,) = metadata["repository"]
    assert metadata["homepage"] == f"https://github.com/{repository.removeprefix('github:')}"
    source: dict[str, str] = json.loads(read(".bcr/source.template.json"))
    assert list(source) == ["integrity", "strip_prefix", "url"]
    # No other variable is filled in.
    variables = set(re.findall(r"\{(.*?)\}", source["url"] + source["strip_prefix"]))
    assert variables == {"OWNER", "REPO", "TAG", "VERSION"}


def test_the_check_of_the_registry_covers_the_supported_versions_of_bazel() -> None:
    module = yaml.safe_load(read(".bcr/presubmit.yml"))["bcr_test_module"]
    floor = re.search(r'bazel_compatibility = \[">=(\d+)\.', read("MODULE.bazel"))
    assert floor
    assert module["matrix"]["bazel"] == [f"{major}.x" for major in range(int(floor[1]), 10)]
