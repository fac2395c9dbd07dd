#!/usr/bin/env python3
"""Checks that every citation of docs/spec leads to a section, and that its own references hold.

Code and documents cite a section as `(spec: upload 4.2)`: heading 4.2 of docs/spec/upload.md.
docs/spec/README.md defines the form. Any other way to name a section would escape this check,
so it is reported too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.lint.tree import TreeError, project_files

SPEC = "docs/spec"
# They hold citations that are wrong on purpose.
_EXEMPT = ("tools/lint/citations.py", "tests/tools/lint/citations_test.py")

_NUMBER = r"\d+(?:\.\d+)*"
_NUMBERS = rf"{_NUMBER}(?:, {_NUMBER})*"
_ONE = rf"[a-z][a-z-]* {_NUMBERS}"
_CITATION = re.compile(rf"\bspec: ({_ONE}(?:; {_ONE})*)")
_HEADING = re.compile(rf"#{{2,4}} ({_NUMBER})\.? ")
_LINK = re.compile(rf"\[([a-z-]+) ({_NUMBER})\]\(([^)]*)\)")
_OWN_FILE = re.compile(r"`((?:tests|tools|py|rules)/[^`\s]*)`")
_OWN_SECTIONS = re.compile(rf"\bsections? ({_NUMBERS}(?: (?:and|to) {_NUMBER})?)")
# Sections of other documents are cited as `"Title" section 3.2`.
_BARE_SECTION = re.compile(
    r"(?<!\" )\bsections? \d+\.\d|\(sections? \d|§|(?<=\w|[`\"']) \(\d{1,2}\.\d{1,2}\)"
)
_OUTSIDE = re.compile(r"\.\./shared\b|/work/shared\b")

# Of each file of docs/spec, without its ending: the numbers of its sections.
Sections = Mapping[str, frozenset[str]]


def read_sections(texts: Mapping[str, str]) -> Sections:
    """Returns the numbered headings of the files of docs/spec.

    Args:
        texts: content by path, relative to the root of the repository.
    """
    return {
        path[len(SPEC) + 1 : -len(".md")]: frozenset(
            match[1] for line in text.splitlines() if (match := _HEADING.match(line))
        )
        for path, text in texts.items()
        if _is_spec(path)
    }


def find_faults(texts: Mapping[str, str]) -> Iterator[str]:
    """Yields a message for each citation that does not resolve or has another form.

    Args:
        texts: content by path, relative to the root of the repository.

    Yields:
        `path:line: what is wrong`, in the order of the files.
    """
    sections = read_sections(texts)
    names = "|".join(sorted(map(re.escape, sections), key=len, reverse=True)) or "(?!)"
    other_forms = re.compile(
        # A path; a file and a number; a name without a number, or with one in the next line.
        rf"(?<!docs/)(?<!\]\()\bspec/[a-z-]+\.md|\b(?:{names})\.md,? (?:sections? )?\d"
        rf"|\bspec: (?:{names})\b(?![\w-]| \d)|\(spec:(?: *$|\S)"
    )
    for path, text in texts.items():
        if path in _EXEMPT:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            faults = [*_cited(line, sections), *_other_form(line, other_forms)]
            if _is_spec(path):
                faults += _inside(line, path, sections)
                faults += _gone(line, texts)
            elif match := _BARE_SECTION.search(line):
                faults.append(f"{match[0]!r} does not name its document")
            yield from (f"{path}:{number}: {fault}" for fault in faults)
    yield from _repeated_headings(texts)


def _is_spec(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == SPEC and name.endswith(".md")


def _cited(line: str, sections: Sections) -> Iterator[str]:
    for citation in _CITATION.finditer(line):
        for one in citation[1].split("; "):
            name, _, numbers = one.partition(" ")
            yield from _missing(name, numbers.split(", "), sections)


def _missing(name: str, numbers: list[str], sections: Sections) -> Iterator[str]:
    if name not in sections:
        yield f"there is no {SPEC}/{name}.md"
        return
    for number in numbers:
        if number not in sections[name]:
            yield f"{SPEC}/{name}.md has no section {number}"


def _other_form(line: str, other_forms: re.Pattern[str]) -> Iterator[str]:
    if match := other_forms.search(line):
        yield f"{match[0]!r} is not a citation; write `(spec: name 1.2)` in one line"
    if match := _OUTSIDE.search(line):
        yield f"{match[0]!r} is not part of this repository"


def _inside(line: str, path: str, sections: Sections) -> Iterator[str]:
    """Checks a line of docs/spec: links to sections, and sections of the same file."""
    own = path[len(SPEC) + 1 : -len(".md")]
    for name, number, target in _LINK.findall(line):
        if target != f"{name}.md":
            yield f"the link to {name} {number} leads to {target}"
        yield from _missing(name, [number], sections)
    if sections[own]:
        for match in _OWN_SECTIONS.finditer(line):
            yield from _missing(own, re.findall(_NUMBER, match[1]), sections)


def _gone(line: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Checks the paths that a line of docs/spec names: of files, or with `/` of folders."""
    for name in _OWN_FILE.findall(line):
        if name not in texts and not (
            name.endswith("/") and any(path.startswith(name) for path in texts)
        ):
            yield f"there is no {name}"


def _repeated_headings(texts: Mapping[str, str]) -> Iterator[str]:
    for path, text in texts.items():
        seen: set[str] = set()
        for number, line in enumerate(text.splitlines(), 1):
            match = _HEADING.match(line) if _is_spec(path) else None
            if match and match[1] in seen:
                yield f"{path}:{number}: section {match[1]} is there twice"
            elif match:
                seen.add(match[1])


def read_texts(root: Path) -> dict[str, str]:
    """Returns what git tracks or could track below root, as far as it is UTF-8 text, by path.

    Raises:
        TreeError: there is no git, or root is not in a checkout.
    """
    texts = {}
    for path in project_files(root):
        file = root / path
        if not file.is_symlink():
            try:
                texts[str(path)] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def main() -> int:
    """Checks this repository; returns 0 when every citation resolves."""
    root = Path(__file__).resolve().parents[2]
    try:
        faults = list(find_faults(read_texts(root)))
    except TreeError as error:
        print(f"citations: {error}", file=sys.stderr)
        return 1
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
