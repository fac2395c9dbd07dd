"""JUnit's XML, as CI systems read it: a suite of cases, each with its state.

Source: the schema of Jenkins' xUnit plugin, of which Bazel, GitLab and others read these parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

State = Literal["passed", "failure", "error", "skipped"]

# What XML 1.0 cannot hold, even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOTALS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Case:
    """A case.

    Attributes:
      group: what it belongs to, such as a target.
      name: of the case.
      state: whether it passed.
      text: for people, why it did not; the first line is its message.
    """

    group: str
    name: str
    state: State = "passed"
    text: str = ""


def junit(suite: str, cases: Sequence[Case]) -> bytes:
    """Returns the document with one suite."""
    totals = {
        attribute: str(sum(one.state == state for one in cases))
        for state, attribute in _TOTALS.items()
    }
    element = ElementTree.Element(
        "testsuite", name=_xml(suite), tests=str(len(cases)), attrib=totals
    )
    for case in cases:
        entry = ElementTree.SubElement(
            element, "testcase", classname=_xml(case.group), name=_xml(case.name)
        )
        if case.state != "passed":
            message = _xml(case.text.split("\n")[0])
            ElementTree.SubElement(entry, case.state, message=message).text = _xml(case.text)
    root = ElementTree.Element("testsuites")
    root.append(element)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
