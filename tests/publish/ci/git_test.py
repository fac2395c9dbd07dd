"""Reading checkouts of every kind, with a real git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.publish.ci.git import (
    Checkout,
    read_checkout,
    root_path,
    workspace_prefix,
)
from rules_codspeed.publish.errors import PublishError
from tests.contract.owners import give_away
from tests.publish.checkouts import GIT_VARIABLES, git, make_checkout, need_git

ORIGIN = "git@github.com:acme/widgets.git"


def read(folder: Path) -> Checkout:
    return read_checkout(root_path(folder), GIT_VARIABLES)


def test_branch_and_origin(tmp_path: Path) -> None:
    head = make_checkout(tmp_path, origin=ORIGIN)
    git(tmp_path, "switch", "--quiet", "--create", "feature/x")
    assert read(tmp_path) == Checkout(f"{tmp_path}/", head, "feature/x", ORIGIN)


def test_head_rather_than_the_branch_and_no_origin(tmp_path: Path) -> None:
    make_checkout(tmp_path, commits=2)
    first = git(tmp_path, "rev-parse", "HEAD~1")
    git(tmp_path, "checkout", "--quiet", "--detach", first)
    assert read(tmp_path) == Checkout(f"{tmp_path}/", first, None, None)


def test_shallow_clone(tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "full", commits=3)
    url = f"file://{tmp_path}/full"
    git(tmp_path, "clone", "--quiet", "--depth=1", url, "shallow")
    assert read(tmp_path / "shallow") == Checkout(f"{tmp_path}/shallow/", head, "main", url)


def test_worktree(tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "main", origin=ORIGIN)
    git(tmp_path / "main", "worktree", "add", "--quiet", "-b", "side", "../side")
    assert (tmp_path / "side" / ".git").is_file()
    assert find_git_root(tmp_path / "side") == tmp_path / "side"
    assert read(tmp_path / "side") == Checkout(f"{tmp_path}/side/", head, "side", ORIGIN)


def test_submodule_is_a_checkout_of_its_own(tmp_path: Path) -> None:
    inner = make_checkout(tmp_path / "inner", commits=2)
    make_checkout(tmp_path / "outer")
    git(tmp_path / "outer", "submodule", "--quiet", "add", f"{tmp_path}/inner", "sub")
    package = tmp_path / "outer" / "sub" / "pkg"
    package.mkdir()
    root = find_git_root(package)
    assert root == package.parent
    assert read(root).head == inner


def test_annotated_tag_is_peeled(tmp_path: Path) -> None:
    head = make_checkout(tmp_path)
    git(tmp_path, "tag", "--annotate", "--message=m", "v1")
    git(tmp_path, "checkout", "--quiet", "v1")
    assert read(tmp_path) == Checkout(f"{tmp_path}/", head, None, None)


def test_no_commit(tmp_path: Path) -> None:
    make_checkout(tmp_path, commits=0, origin=ORIGIN)
    checkout = read(tmp_path)
    assert checkout == Checkout(f"{tmp_path}/", None, "main", ORIGIN)
    with pytest.raises(PublishError, match=r"^Failed to get HEAD commit\. Got: no commit in "):
        checkout.commit()


def test_folder_within_a_repository_is_none(tmp_path: Path) -> None:
    make_checkout(tmp_path)
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    assert find_git_root(tmp_path / "sub") == tmp_path / "sub"
    with pytest.raises(PublishError) as caught:
        read_checkout(f"{tmp_path}/sub", GIT_VARIABLES, "\nADVICE")
    first, advice, reason, fix = str(caught.value).split("\n")
    assert first == f"Failed to open repository at path: {tmp_path}/sub"
    assert advice == "ADVICE"
    assert reason.startswith("git says: fatal: not a git repository")
    assert fix == "Fix: check the repository out there, readable for this user."


def test_missing_folder(tmp_path: Path) -> None:
    need_git()
    with pytest.raises(PublishError, match=r"Failed to open repository at path: .*/gone"):
        read(tmp_path / "gone")


def test_checkout_of_another_user(tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "theirs")
    give_away(tmp_path / "theirs")
    give_away(tmp_path / "theirs" / ".git")
    with pytest.raises(PublishError, match="git says: fatal: detected dubious ownership"):
        read(tmp_path / "theirs")
    (tmp_path / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    variables = {**GIT_VARIABLES, "HOME": str(tmp_path)}
    assert read_checkout(f"{tmp_path}/theirs/", variables).head == head


def test_variables_that_name_another_repository_do_not_count(tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "ours", origin=ORIGIN)
    make_checkout(tmp_path / "other", commits=2)
    variables = {
        **GIT_VARIABLES,
        "GIT_DIR": f"{tmp_path}/other/.git",
        "GIT_WORK_TREE": f"{tmp_path}/other",
    }
    assert read_checkout(f"{tmp_path}/ours/", variables) == Checkout(
        f"{tmp_path}/ours/", head, "main", ORIGIN
    )


def test_git_sees_no_token(tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "ours", origin=ORIGIN)
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/sh\nenv >> "{tmp_path}/seen"\nPATH="{GIT_VARIABLES["PATH"]}" exec git "$@"\n'
    )
    wrapper.chmod(0o755)
    secrets = (
        "CODSPEED_TOKEN",
        "CODSPEED_OAUTH_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "BUILDKITE_AGENT_ACCESS_TOKEN",
        "CI_JOB_TOKEN",
    )
    passed = {
        "PATH": f"{wrapper.parent}:{GIT_VARIABLES['PATH']}",
        "HOME": "/nonexistent",
        "XDG_CONFIG_HOME": "/nonexistent/config",
        "SUDO_UID": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    variables = {**passed, **dict.fromkeys(secrets, "s3cret")}
    assert read_checkout(f"{tmp_path}/ours/", variables).head == head
    seen = (tmp_path / "seen").read_text()
    assert "s3cret" not in seen
    assert all(f"{name}={value}\n" in seen for name, value in passed.items())


def test_configured_rewriting_of_addresses_counts(tmp_path: Path) -> None:
    make_checkout(tmp_path, origin="gh:acme/widgets")
    git(tmp_path, "config", "url.https://github.com/.insteadOf", "gh:")
    assert read(tmp_path).origin == "https://github.com/acme/widgets"


def test_no_git(tmp_path: Path) -> None:
    make_checkout(tmp_path)
    with pytest.raises(PublishError, match=r"Got: no git .* Fix: install git\."):
        read_checkout(str(tmp_path), {"PATH": str(tmp_path)})


def test_root_is_the_nearest_folder_without_links(tmp_path: Path) -> None:
    make_checkout(tmp_path / "a")
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a/b")
    assert find_git_root(tmp_path / "link" / "c") == tmp_path / "a"
    assert find_git_root(tmp_path / "a") == tmp_path / "a"


def test_no_root(tmp_path: Path) -> None:
    if any((folder / ".git").exists() for folder in tmp_path.parents):
        pytest.skip("temporary folders are in a checkout here")
    assert find_git_root(tmp_path) is None


def test_path_of_the_root_ends_with_one_slash() -> None:
    assert root_path(Path("/")) == "/"
    assert root_path(Path("/a/b")) == "/a/b/"
    assert root_path(Path(os.fsdecode(b"/a\xff"))) == "/a\ufffd/"


def test_prefix_of_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "root" / "sub" / "folder").mkdir(parents=True)
    (tmp_path / "rooted").mkdir()
    (tmp_path / "link").symlink_to("root/sub")
    root = tmp_path / "root"
    assert workspace_prefix(root, root) == ""
    assert workspace_prefix(f"{root}/", root / "sub" / "folder") == "sub/folder/"
    assert workspace_prefix(f"{root}/", tmp_path / "link") == "sub/"
    assert workspace_prefix(tmp_path / "link", root / "sub" / "folder") == "folder/"
    assert workspace_prefix(root, tmp_path / "rooted") == ""
    assert workspace_prefix(root / "sub", root) == ""
