"""Checks that every link in Markdown to a file of the repository leads to one.

`python3 -m tools.lint.links [ROOT]` prints the others. Links to web pages are not
followed: the checks need no network.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.lint.tree import TreeError, project_files

ROOT = Path(__file__).resolve().parent.parent.parent


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])


def _text(token: Token) -> str:
    """Returns the text of a heading, without marks."""
    return "".join(part.content for part in _tokens(token.children or []))


def anchors(markdown: str) -> set[str]:
    """Returns the anchors of the headings, as GitHub and GitLab make them of their texts."""
    seen: Counter[str] = Counter()
    found = set()
    tokens = MarkdownIt().parse(markdown)
    for opening, heading in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        slug = re.sub(r"[^\w\- ]", "", _text(heading).lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def targets(markdown: str) -> Iterator[str]:
    """Yields where the links and images of a Markdown text lead to."""
    for token in _tokens(MarkdownIt().enable("table").parse(markdown)):
        target = token.attrGet("href") or token.attrGet("src")
        if target is not None:
            yield str(target)


def broken_links(root: Path, files: list[Path]) -> Iterator[str]:
    """Yields a sentence for each link that leads nowhere.

    Args:
        root: the folder of the repository.
        files: the files of the repository, relative to it. A link may lead to one of them or to a
            folder that holds some, and to a heading of a Markdown file.
    """
    known = {*files, *(folder for file in files for folder in file.parents)}
    # Files of others may be linked to, and are not checked.
    markdown = {file: (root / file).read_text("utf-8") for file in files if file.suffix == ".md"}
    headings = {file: anchors(text) for file, text in markdown.items()}
    for file, text in markdown.items():
        for target in targets(text):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (
                (root / file.parent / unquote(parts.path)).resolve() if parts.path else root / file
            )
            inside = path.relative_to(root) if path.is_relative_to(root) else None
            if inside is None or (inside not in known and not path.exists()):
                yield f"{file} links to {target}, which is not in the repository"
            elif parts.fragment and unquote(parts.fragment) not in headings.get(inside, set()):
                yield f"{file} links to {target}, and {inside} has no such heading"


def main() -> int:
    """Prints the broken links; returns 1 if there are any."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    try:
        broken = list(broken_links(root, project_files(root)))
    except TreeError as error:
        broken = [str(error)]
    for sentence in broken:
        print(f"links: {sentence}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
