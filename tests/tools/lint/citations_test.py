"""Citations of docs/spec: those that resolve, those that do not, and other forms."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.lint.citations import find_faults, read_sections, read_texts

UPLOAD = "# Upload\n\n## 4. Metadata\n\n### 4.2 `runner`\n\n## 16. Vectors\n"
SPEC = {
    "docs/spec/upload.md": UPLOAD,
    "docs/spec/upload-environment.md": "## 6. CI\n### 6.1 GitHub\n",
    "docs/spec/hooks-fifo.md": "## 8. Client\n### 8.4 Order\n",
    "docs/spec/README.md": "# Protocol\n",
}


def faults(line: str, path: str = "py/a.py") -> list[str]:
    """Returns what is wrong with a file whose second line is given, without its place."""
    found = list(find_faults({**SPEC, path: f"first\n{line}\n"}))
    assert all(fault.startswith(f"{path}:2: ") for fault in found)
    return [fault.removeprefix(f"{path}:2: ") for fault in found]


def test_sections_are_the_numbered_headings() -> None:
    assert read_sections({**SPEC, "docs/other.md": "## 9. No", "docs/spec/a/b.md": "## 9. No"}) == {
        "upload": {"4", "4.2", "16"},
        "upload-environment": {"6", "6.1"},
        "hooks-fifo": {"8", "8.4"},
        "README": set(),
    }


@pytest.mark.parametrize(
    "line",
    [
        '"""GitHub (spec: upload-environment 6.1)."""',
        "# (spec: upload 4.2)",
        "// exec (spec: upload 4, 16; hooks-fifo 8.4), and more",
        "A note (spec: upload 4.2, rule 3).",
        "docs/spec/upload.md has it.",
        "[A link](spec/upload.md) is another check.",
        "def read(spec: Spec, number: int = 3) -> None:",
        "    spec: the benchmark.",
        'Valgrind\'s manual, "Callgrind Format Specification" section 3.2',
        "yaml.org/spec/1.2.2, 10.3.2",
        "value (DWARF 5, 7.6), names in section 3",
        "sleep(0.5), f(1.5)",
    ],
)
def test_good(line: str) -> None:
    assert faults(line) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("(spec: upload 4.3)", "docs/spec/upload.md has no section 4.3"),
        ("(spec: upload 4, 17)", "docs/spec/upload.md has no section 17"),
        ("(spec: upload 4; hooks-fifo 9)", "docs/spec/hooks-fifo.md has no section 9"),
        ("(spec: download 4.2)", "there is no docs/spec/download.md"),
        ("# see spec: uploads 4", "there is no docs/spec/uploads.md"),
        ("(spec: upload)", None),
        ("(spec:", None),
        ("(spec:upload 4)", None),
        ("of spec: upload", None),
        ("spec/upload.md", None),
        ("spec/unknown.md section 4", None),
        ("../spec/upload.md", None),
        ("upload.md 4.2", None),
        ("docs/spec/upload.md, section 4.2", None),
        ("hooks-fifo.md sections 8", None),
        ("../shared/readme", "'../shared' is not part of this repository"),
        ("/work/shared", "'/work/shared' is not part of this repository"),
        ("as in section 6.2", "'section 6.2' does not name its document"),
        ("callers (section 5).", "'(section 5' does not name its document"),
        ("the symbols of a module (4.1).", "' (4.1)' does not name its document"),
        ("§ 4", "'§' does not name its document"),
    ],
)
def test_bad(line: str, fault: str | None) -> None:
    found = faults(line)
    assert found, line
    if fault is None:
        assert "is not a citation; write `(spec: name 1.2)` in one line" in found[0]
    else:
        assert found == [fault]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("section 4.2, sections 4 and 16", []),
        ("[hooks-fifo 8.4](hooks-fifo.md)", []),
        ("section 6.1", ["docs/spec/upload.md has no section 6.1"]),
        ("sections 4 to 17", ["docs/spec/upload.md has no section 17"]),
        ("[hooks-fifo 9](hooks-fifo.md)", ["docs/spec/hooks-fifo.md has no section 9"]),
        ("`tests/a/b.py` and `tests/a/`, `crates/x.rs`", []),
        ("`tests/a/c.py`", ["there is no tests/a/c.py"]),
        ("`tests/a`", ["there is no tests/a"]),
        ("`tests/b/`", ["there is no tests/b/"]),
        ("[hooks-fifo 8.4](upload.md)", ["the link to hooks-fifo 8.4 leads to upload.md"]),
    ],
)
def test_inside_the_specification(line: str, expected: list[str]) -> None:
    path = "docs/spec/upload.md"
    found = find_faults({**SPEC, "tests/a/b.py": "", path: f"{UPLOAD}{line}\n"})
    assert list(found) == [f"{path}:8: {fault}" for fault in expected]


def test_a_number_is_given_once() -> None:
    path = "docs/spec/upload.md"
    found = find_faults({**SPEC, path: f"{UPLOAD}## 4. Again\n"})
    assert list(found) == [f"{path}:8: section 4 is there twice"]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_files_are_those_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, content in {"a.py": b"x", "new.md": b"y", "picture": b"\xff", "out": b"z"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ".gitignore").write_text("out\n")
    (tmp_path / "link").symlink_to("a.py")
    subprocess.run(["git", "-C", tmp_path, "add", "a.py"], check=True)
    assert read_texts(tmp_path) == {".gitignore": "out\n", "a.py": "x", "new.md": "y"}
