"""test.xml: a case for each benchmark, as CI systems read it, also for those without a number."""

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
    # One that is in the baseline has its case there.
    judged = {change.key for change in judgement.changes}
    others = [one for one in judgement.unmeasured if (one.label, one.mode, one.uri) not in judged]
    broken = sum(one.outcome == "failed" for one in others)
    suite = ElementTree.Element(
        "testsuite",
        name=config.test,
        tests=str(len(judgement.changes) + len(others)),
        failures=str(len(judgement.failed)),
        errors=str(broken),
        skipped=str(len(others) - broken),
    )
    for change in judgement.changes:
        name = _xml(visible(change.uri))
        case = ElementTree.SubElement(suite, "testcase", classname=change.label, name=name)
        if fails(change):
            text = "\n".join(change_lines(change, movers))
            failure = ElementTree.SubElement(case, "failure", message=_xml(text.split("\n")[0]))
            failure.text = _xml(text)
    for one in others:
        name = _xml(visible(one.uri) or f"all of {one.label}")
        case = ElementTree.SubElement(suite, "testcase", classname=one.label, name=name)
        kind = "error" if one.outcome == "failed" else "skipped"
        state = ElementTree.SubElement(case, kind, message=_xml(one.reason.split("\n")[0]))
        state.text = _xml(one.reason)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    with output_file(path) as file:
        file.write(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
