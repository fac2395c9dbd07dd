"""Bundles are complete or absent, are read back as written, and errors name what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.executors import Executor
from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.bundle import Bundle, draft_bundle, read_bundle
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError

URL = "https://api.codspeed.io/upload"


def metadata(md5: str) -> bytes:
    document = {
        "profileMd5": md5,
        "tokenless": False,
        "runEnvironment": "LOCAL",
        "owner": "acmé",
        "repository": "widgets",
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def write(parent: Path) -> Bundle:
    executors: tuple[Executor, ...] = ("valgrind", "walltime")
    with draft_bundle(parent) as draft:
        for executor in executors:
            entry = Entry("1.out", "//:b", executor.encode())
            archive = write_archive([entry], executor, draft.part_folder())
            draft.add(archive, metadata(archive.md5))
        return draft.finish(URL, "LOCAL")


def files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_layout(tmp_path: Path) -> None:
    bundle = write(tmp_path / "new/parent")
    assert files(bundle.folder) == [
        "bundle.json",
        "part-0/archive.tar.gz",
        "part-0/metadata.json",
        "part-1/archive.tar",
        "part-1/metadata.json",
    ]
    assert list((tmp_path / "new/parent").iterdir()) == [bundle.folder]
    assert json.loads((bundle.folder / "bundle.json").read_bytes()) == {
        "schema": "rules_codspeed.bundle/1",
        "uploadUrl": URL,
        "runEnvironment": "LOCAL",
        "parts": [
            {
                "md5": part.archive.md5,
                "size": part.archive.size,
                "encoding": part.archive.encoding,
                "state": "pending",
                "runId": None,
            }
            for part in bundle.parts
        ],
    }


def test_others_cannot_read_it(tmp_path: Path) -> None:
    folder = write(tmp_path).folder
    modes = {name: oct((folder / name).stat().st_mode & 0o777) for name in files(folder)}
    assert modes == dict.fromkeys(modes, "0o600")


def test_is_read_back_as_written(tmp_path: Path) -> None:
    bundle = write(tmp_path)
    assert read_bundle(bundle.folder) == bundle
    assert bundle.parts[0].metadata == metadata(bundle.parts[0].archive.md5)
    assert bundle.parts[0].archive.path.parent == bundle.folder / "part-0"


def test_uploaded_part_is_remembered_and_no_longer_needed(tmp_path: Path) -> None:
    bundle = write(tmp_path).with_uploaded(0, "65f0c0ffee")
    bundle.parts[0].archive.path.unlink()
    assert [part.run_id for part in read_bundle(bundle.folder).parts] == ["65f0c0ffee", None]


def test_moved_bundle_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "a").folder.rename(tmp_path / "elsewhere")
    assert read_bundle(folder).parts[1].archive.path == folder / "part-1/archive.tar"


def test_each_publisher_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert write(tmp_path).folder != write(tmp_path).folder


def test_nothing_has_the_final_name_before_the_end(tmp_path: Path) -> None:
    def write_half() -> None:
        with draft_bundle(tmp_path) as draft:
            archive = write_archive([Entry("1.out", "//:b")], "valgrind", draft.part_folder())
            draft.add(archive, metadata(archive.md5))
            assert [one.name[0] for one in tmp_path.iterdir()] == ["."]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_discard_removes_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    bundle = write(tmp_path)
    (bundle.folder / "part-1/notes.txt").write_text("mine")
    bundle.discard()
    assert files(bundle.folder) == ["part-1/notes.txt"]
    other = write(tmp_path / "other")
    # As a process leaves it that is killed while it records an upload.
    (other.folder / ".rules_codspeed-0123456789abcdef.part").touch()
    read_bundle(other.folder).discard()
    assert not other.folder.exists()


def no_bundle(folder: Path) -> str:
    with pytest.raises(PublishError, match="is not a bundle that can be uploaded") as caught:
        read_bundle(folder)
    assert str(folder) in str(caught.value)
    assert "--resume" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("below", ["", "none", "file"])
def test_folder_that_is_no_bundle(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "Got: bundle.json: No" in no_bundle(tmp_path / below)


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("part-1/archive.tar", "part-1/archive.tar: it was changed since it was written"),
        (
            "part-0/metadata.json",
            "part-0/metadata.json, which is not the metadata of a run: ",
        ),
        ("bundle.json", "bundle.json: the document: not JSON"),
    ],
)
def test_changed_and_missing_files_are_detected(tmp_path: Path, name: str, got: str) -> None:
    bundle = write(tmp_path)
    file = bundle.folder / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    file.write_bytes(content if name == "bundle.json" else content[:-1] + b"\1")
    assert f"Got: {got}" in no_bundle(bundle.folder)
    file.unlink()
    assert f"Got: {name}: No such file" in no_bundle(bundle.folder)


@pytest.mark.parametrize("tokenless", [None, "no", 0])
def test_metadata_without_tokenless_are_refused(tmp_path: Path, tokenless: object) -> None:
    folder = write(tmp_path).folder
    file = folder / "part-0/metadata.json"
    document = json.loads(file.read_bytes())
    del document["tokenless"]
    if tokenless is not None:
        document["tokenless"] = tokenless
    file.write_text(json.dumps(document))
    got = "part-0/metadata.json, which is not the metadata of a run: tokenless: "
    assert f"Got: {got}" in no_bundle(folder)


def test_upload_url_that_is_not_unicode_is_refused(tmp_path: Path) -> None:
    with draft_bundle(tmp_path) as draft:
        archive = write_archive([Entry("1.out", "//:b")], "valgrind", draft.part_folder())
        draft.add(archive, metadata(archive.md5))
        with pytest.raises(PublishError, match="the upload URL cannot be kept"):
            draft.finish("https://a.test/\udc80", "LOCAL")
    assert list(tmp_path.iterdir()) == []


SEND = """
import sys
from pathlib import Path
from rules_codspeed.publish.bundle.bundle import read_bundle
with read_bundle(Path(sys.argv[1])).locked():
    print("sending", flush=True)
    sys.stdin.read()
"""


def test_bundle_is_sent_by_one_process_at_a_time(tmp_path: Path) -> None:
    bundle = write(tmp_path)
    command = [sys.executable, "-c", SEND, str(bundle.folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"sending\n"
        with (
            pytest.raises(PublishError, match="is being sent by another process"),
            bundle.locked(),
        ):
            pass
        process.kill()
    with bundle.locked():
        bundle.with_uploaded(0, "65f0c0ffee").discard()
    assert not bundle.folder.exists()


def test_bundle_that_was_sent_meanwhile_is_not_sent_again(tmp_path: Path) -> None:
    bundle = write(tmp_path)
    sent = bundle.with_uploaded(0, "65f0c0ffee")
    with sent.locked():
        pass
    with pytest.raises(PublishError, match="another process changed it just now"), bundle.locked():
        pass
    sent.discard()
    with pytest.raises(PublishError, match="Got: No such file"), bundle.locked():
        pass


def test_new_bundle_removes_what_a_killed_process_left(tmp_path: Path) -> None:
    stale = tmp_path / ".codspeed-abcd_123"
    (stale / "part-0").mkdir(parents=True)
    os.utime(stale, (0, 0))
    bundle = write(tmp_path)
    assert list(tmp_path.iterdir()) == [bundle.folder]


def test_metadata_of_another_archive_is_detected(tmp_path: Path) -> None:
    bundle = write(tmp_path)
    (bundle.folder / "part-0/metadata.json").write_bytes(bundle.parts[1].metadata)
    assert "part-0/metadata.json: it is of another archive" in no_bundle(bundle.folder)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"schema": "rules_codspeed.bundle/2"}, "schema"),
        ({"runEnvironment": "JENKINS"}, "runEnvironment"),
        ({"parts": []}, "parts"),
        ({"token": "x"}, "token"),
        ({"parts": [{}]}, "parts[0].md5"),
    ],
)
def test_other_documents_are_refused(tmp_path: Path, change: dict[str, object], where: str) -> None:
    path = write(tmp_path).folder / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    assert f"Got: bundle.json: {where}: " in no_bundle(path.parent)


@pytest.mark.parametrize(
    "part", [{"state": "uploaded"}, {"runId": "x"}, {"md5": "x"}, {"size": -1}, {"encoding": "br"}]
)
def test_other_parts_are_refused(tmp_path: Path, part: dict[str, object]) -> None:
    path = write(tmp_path).folder / "bundle.json"
    document = json.loads(path.read_bytes())
    document["parts"][0].update(part)
    path.write_text(json.dumps(document))
    assert "Got: bundle.json: parts[0]" in no_bundle(path.parent)


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_any_file_is_a_bundle_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "bundle.json").write_bytes(content)
    no_bundle(folder)


def test_parent_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(PublishError, match=r"cannot keep the run in /.*/file\..*XDG_STATE_HOME"),
        draft_bundle(tmp_path / "file"),
    ):
        pass
