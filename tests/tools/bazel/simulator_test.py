"""The setup reads of the table of archives what builds read of it."""

from __future__ import annotations

import json
from pathlib import Path

import simulator
from simulator import StockPackage, probe_address, stock_packages

from tools.archives.expansion import expand

assert simulator.__file__
TABLE = json.loads((Path(simulator.__file__).parents[1] / "archives.json").read_text("utf-8"))
ARCHIVES = expand(TABLE["builds"])
_ARCHITECTURES = {"linux_aarch64": "arm64", "linux_x86_64": "amd64"}


def test_the_stock_packages() -> None:
    stock = [archive for archive in ARCHIVES if archive.simulator == "stock"]
    assert stock
    assert stock_packages(TABLE) == [
        StockPackage(
            archive.version, _ARCHITECTURES[archive.platform], archive.file, archive.sha256
        )
        for archive in stock
    ]


def test_what_is_asked_for_is_what_a_build_would_fetch() -> None:
    chosen = {
        url
        for archive in ARCHIVES
        if (archive.simulator, archive.version) == ("codspeed", TABLE["defaults"]["valgrind"])
        for url in archive.urls
    }
    assert probe_address(TABLE) in chosen
