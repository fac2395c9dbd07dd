"""test.xml: a case for each benchmark, as CI systems read it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from rules_codspeed.contract.escaping import visible
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.gate import Judgement, fails
from rules_codspeed.judge.text import Movers, change_lines

# What XML 1.0 cannot hold, even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, config: Config, judgement: Judgement, movers: Movers) -> None:
    """Writes the cases of a test.

    Raises:
      OSError: the file cannot be written.
    """
    suite = ElementTree.Element(
        "testsuite",
        name=config.test,
        tests=str(len(judgement.changes)),
        failures=str(len(judgement.failed)),
        errors="0",
    )
    for change in judgement.changes:
        name = _xml(visible(change.uri))
        case = ElementTree.SubElement(suite, "testcase", classname=change.label, name=name)
        if fails(change):
            text = "\n".join(change_lines(change, movers))
            failure = ElementTree.SubElement(case, "failure", message=_xml(text.split("\n")[0]))
            failure.text = _xml(text)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    with output_file(path) as file:
        file.write(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
