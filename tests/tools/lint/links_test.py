"""Which links lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint.links import anchors, broken_links


def write(root: Path, files: dict[str, str]) -> list[Path]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return [Path(name) for name in files]


GUIDE = "# The guide\n\n## `--flag`, and more\n\n## Twice\n\n## Twice\n"


@pytest.mark.parametrize(
    "link",
    [
        "[guide](docs/guide.md)",
        "[folder](docs)",
        "[`code`](docs/guide.md)",
        "| a |\n|---|\n| [guide](docs/guide.md) |",
        "[heading](docs/guide.md#--flag-and-more)",
        "[second](docs/guide.md#twice-1)",
        "[own heading](#read-me)",
        "[blank](<docs/a b.txt>) [the same](docs/a%20b.txt)",
        "[reference][r]\n\n[r]: docs/guide.md",
        "[page](https://example.com/missing.md) <https://example.com>",
        "`[code](missing.md)`",
        "```\n[code](missing.md)\n```",
        "[not listed](third_party/LICENSE)",
    ],
)
def test_links_that_lead_somewhere(tmp_path: Path, link: str) -> None:
    write(tmp_path, {"third_party/LICENSE": ""})
    readme = f"# Read me\n\n{link}\n"
    files = {"README.md": readme, "docs/guide.md": GUIDE, "docs/a b.txt": ""}
    assert list(broken_links(tmp_path, write(tmp_path, files))) == []


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("[a](missing.md)", "links to missing.md, which is not in the repository"),
        ("![a](missing.png)", "links to missing.png, which is not in the repository"),
        ("[a][r]\n\n[r]: missing.md", "links to missing.md, which is not in the repository"),
        (
            "| a |\n|---|\n| [a](missing.md) |",
            "links to missing.md, which is not in the repository",
        ),
        ("[a](../../etc)", "links to ../../etc, which is not in the repository"),
        ("[a](README.md)", "links to README.md, which is not in the repository"),
        ("[a](#nope)", "links to #nope, and docs/page.md has no such heading"),
        ("[a](guide.md#nope)", "links to guide.md#nope, and docs/guide.md has no such heading"),
        (
            "[a](guide.md#twice-2)",
            "links to guide.md#twice-2, and docs/guide.md has no such heading",
        ),
    ],
)
def test_links_that_lead_nowhere(tmp_path: Path, link: str, sentence: str) -> None:
    files = {"README.md": "", "docs/page.md": f"# Page\n\n{link}\n", "docs/guide.md": GUIDE}
    assert list(broken_links(tmp_path, write(tmp_path, files))) == [f"docs/page.md {sentence}"]


def test_anchors_are_those_of_the_forges() -> None:
    assert anchors(GUIDE) == {"the-guide", "--flag-and-more", "twice", "twice-1"}
    assert anchors('# "Where do I change …?"\n') == {"where-do-i-change-"}
