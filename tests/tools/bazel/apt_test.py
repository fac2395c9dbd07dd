"""What apt prints is read as it is meant."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from apt import Package, debian_site, packages
from hypothesis import given
from hypothesis import strategies as st

HASH = "0123456789abcdef" * 4
names = st.from_regex(r"[a-z0-9][a-z0-9+.-]+", fullmatch=True)
versions = st.from_regex(r"([0-9]:)?[0-9][A-Za-z0-9.+~-]*", fullmatch=True)
architectures = st.sampled_from(["all", "amd64", "arm64"])


def line(file: str, size: int = 1, sha256: str = HASH) -> str:
    return f"'http://mirror.invalid/debian/pool/{file}' {file} {size} SHA256:{sha256}"


@given(names, versions, architectures, st.integers(0, 10**12))
def test_a_package_is_read_from_its_line(
    name: str, version: str, architecture: str, size: int
) -> None:
    file = f"{name}_{quote(version, safe='+~')}_{architecture}.deb"
    [package] = packages(line(file, size))
    assert package == Package(file, size, HASH)
    assert package.address == f"http://mirror.invalid/debian/pool/{file}"
    assert package.name == name
    suffix = "" if architecture == "all" else f":{architecture}"
    assert package.request == f"{name}{suffix}={version}"


def test_epoch_of_a_version() -> None:
    [package] = packages(line("zlib1g_1%3a1.2.13_amd64.deb", 86684))
    assert package.file == "zlib1g_1%3a1.2.13_amd64.deb"
    assert package.request == "zlib1g:amd64=1:1.2.13"
    assert package.pool_file == "zlib1g_1.2.13_amd64.deb"


def test_order_and_notices() -> None:
    text = f"Reading lists...\n{line('b_1_all.deb')}\nW: notice\n{line('a_1_all.deb')}\n"
    assert [package.name for package in packages(text)] == ["b", "a"]


@pytest.mark.parametrize(
    "bad",
    [
        line("a_1_all.deb", sha256="0" * 63),
        line("a_1_all.deb", sha256="G" * 64),
        line("a_1_all.deb").replace("SHA256:", "MD5Sum:"),
        line("a_1_all.udeb"),
        line("a_all.deb"),
        line("../a_1_all.deb"),
        line("a_1_/all.deb"),
        line("a_1_all.deb") + " more",
        line("a_1_all.deb").replace(" 1 ", " -1 "),
    ],
)
def test_what_is_not_such_a_line_is_no_package(bad: str) -> None:
    assert list(packages(bad)) == []


@given(st.text())
def test_any_text_gives_only_well_formed_packages(text: str) -> None:
    for package in packages(text + "\n" + line("a_1_all.deb") + text):
        assert re.fullmatch("[0-9a-f]{64}", package.sha256)
        assert "/" not in package.file
        assert package.request


@pytest.mark.parametrize(
    ("lines", "site"),
    [
        ([], None),
        (["http://a/debian|Debian|Debian"], "http://a/debian"),
        (["http://a/elsewhere/|Debian|Debian"], "http://a/elsewhere/"),
        (["mirror+file:/etc/apt/m.list|Debian|Debian"], "mirror+file:/etc/apt/m.list"),
        (["http://b/linux/debian|B|B CE", "http://a/debian|Debian|Debian"], "http://a/debian"),
        (["http://a/debian-security|Debian|Debian-Security"], None),
        (["http://a/ubuntu|Ubuntu|Ubuntu"], None),
        (["cdrom:[Debian 12]|Debian|Debian"], None),
        # apt knows no origin before its first update.
        (["http://a/debian-security|$(ORIGIN)|$(LABEL)"], None),
        (["http://a/debian/|$(ORIGIN)|$(LABEL)"], "http://a/debian/"),
        (["cdrom:[x]/debian|$(ORIGIN)|$(LABEL)"], None),
        (["http://a/debian"], None),
    ],
)
def test_the_machines_mirror(lines: list[str], site: str | None) -> None:
    assert debian_site("\n".join(lines)) == site


@given(st.text())
def test_any_text_names_only_an_address_of_it(text: str) -> None:
    site = debian_site(text)
    assert site is None or site in text
