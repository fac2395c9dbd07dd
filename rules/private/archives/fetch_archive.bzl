"""fetch_archive: downloads the archive of one row, verifies it, and unpacks it.

Every byte comes through Bazel's downloader, so that netrc, credential helpers, --distdir, the
repository cache, --downloader_config and `bazel vendor` apply.
"""

load("@bazel_tools//tools/build_defs/repo:cache.bzl", "get_default_canonical_id")
load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_user_netrc", "use_netrc")
load("//rules/private:errors.bzl", "error_text")
load(":installer.bzl", "installer_checksum")
load(":mirrors.bzl", "mirrored")

ARCHIVE_ATTRS = {
    "file": attr.string(
        doc = "Base name of the archive.",
        mandatory = True,
    ),
    "installer_sha256": attr.string(
        doc = "SHA-256 of an installer that states the archive's, in hexadecimal; empty where `sha256` is known.",
    ),
    "installer_urls": attr.string_list(
        doc = "Addresses of the installer, tried in order.",
    ),
    "kind": attr.string(
        doc = "`deb` for a Debian package, else the kind of tar file.",
        mandatory = True,
    ),
    "mirrors": attr.string_list(
        doc = "Templates of addresses that are tried before `urls`.",
    ),
    "origin": attr.string(
        doc = "The file that the row comes from, for errors.",
        mandatory = True,
    ),
    "platform": attr.string(
        doc = "`linux_x86_64` or `linux_aarch64`.",
        mandatory = True,
    ),
    "sha256": attr.string(
        doc = "SHA-256 of the archive, in hexadecimal.",
    ),
    "strip_prefix": attr.string(
        doc = "Folder in the archive that is unpacked. Everything else is left out.",
    ),
    "tool": attr.string(
        doc = "Name of the tool in the table.",
        mandatory = True,
    ),
    "urls": attr.string_list(
        doc = "Addresses, tried in order; empty when only a --distdir can supply the file.",
    ),
    "version": attr.string(
        doc = "Version of the tool.",
        mandatory = True,
    ),
}

# Loops are bounded in Starlark. Valgrind's package has about 150 entries.
_MOST_ENTRIES = 100000

# Exit status of tools/archives/contents.py.
_REFUSED = 1

# They would turn folders that the BUILD file globs into packages.
_BUILD_FILES = ["BUILD", "BUILD.bazel", "MODULE.bazel", "REPO.bazel", "WORKSPACE", "WORKSPACE.bazel"]

def _row(rctx):
    """Returns the description of a row for errors."""
    simulator = getattr(rctx.attr, "simulator", "")
    return "{} {}{} for {}, a row of {}".format(
        rctx.attr.tool,
        rctx.attr.version,
        " ({})".format(simulator) if simulator else "",
        rctx.attr.platform,
        rctx.attr.origin,
    )

def download_file(rctx, file, urls, sha256, advice, place = ""):
    """Downloads a file by hash, or fails.

    Args:
      rctx: context of a repository rule with the attributes of ARCHIVE_ATTRS that describe a row.
      file: base name of the file.
      urls: its addresses, tried in order.
      sha256: its SHA-256, in hexadecimal; empty where none is known.
      advice: what else helps if it cannot be fetched, for the error.
      place: for a file without an address: its path in mirrors.

    Returns:
      the file's SHA-256, in hexadecimal.
    """

    # Without a hash, nothing shows that a mirror has the same file as the address.
    templates = rctx.attr.mirrors if sha256 else []
    mirrors = [mirror for url in urls or [place or file] for mirror in mirrored(url, sha256, templates)]

    # Without any address the file's own name lets a --distdir or the repository cache
    # supply it; the address itself is never reached.
    everywhere = mirrors + urls or ["file:///nowhere/" + file]
    result = rctx.download(
        url = everywhere,
        output = file,
        sha256 = sha256,
        # Adding a mirror later must not make the cached file unusable.
        canonical_id = get_default_canonical_id(rctx, urls or [file]),
        auth = use_netrc(read_user_netrc(rctx), everywhere, {}),
        allow_fail = True,
    )
    if result.success:
        return result.sha256
    fail(error_text(
        what = "cannot fetch {} of {}".format(file, _row(rctx)),
        got = "no file with {} from {}; the warnings above show what each address answered".format(
            "SHA-256 " + sha256 if sha256 else "no known hash (plain http needs one)",
            ", ".join(mirrors + urls) or "--distdir or the repository cache",
        ),
        expected = "the file that was pinned. An address that answers with another file is often a proxy that rewrites files or asks for a login",
        fix = "check the network and the proxy, name a mirror with codspeed.mirror(url_templates = […]), or " +
              "put the file in a folder and pass --distdir=<folder>" + advice,
    ))

def _pinned_sha256(rctx, advice):
    """Returns the SHA-256 of the row, or the one that its installer states. Empty if it has neither."""
    if not rctx.attr.installer_sha256:
        return rctx.attr.sha256
    installer = rctx.attr.installer_urls[0].rpartition("/")[2]
    download_file(rctx, installer, rctx.attr.installer_urls, rctx.attr.installer_sha256, advice)
    sha256, problem = installer_checksum(rctx.read(installer), rctx.attr.file)
    rctx.delete(installer)
    if problem:
        fail(error_text(
            what = "the installer of {} does not state the archive's hash".format(_row(rctx)),
            got = problem,
            expected = "an installer with a sha256 checksum of {}, as dist makes it".format(rctx.attr.file),
            fix = "pin the archive by hand: codspeed.archive(tool = \"{}\", version = \"{}\", platform = \"{}\", urls = […], sha256 = \"…\", …); {}".format(
                rctx.attr.tool,
                rctx.attr.version,
                rctx.attr.platform,
                "the release has the hash in {}.sha256".format(rctx.attr.file),
            ),
        ))
    return sha256

def _inspect(rctx):
    """Refuses an archive that Bazel must not unpack, if there is a Python that can inspect it.

    Bazel writes through hard links, unpacks without a limit of size, and cannot inspect an archive
    first. Without a Python, or for a compression that it cannot read, only the pinned hash protects.
    """
    python = rctx.which("python3")
    if not python:
        return
    program = rctx.path(Label("//tools/archives:contents.py"))

    # Bazel 7 watches it by itself; from 8 on nothing would be fetched again when the program changes.
    rctx.watch(program)
    result = rctx.execute([
        python,
        "-I",
        "-S",
        "-B",
        program,
        rctx.attr.file,
        rctx.attr.kind,
        rctx.attr.strip_prefix,
        getattr(rctx.attr, "binary", ""),
        rctx.attr.platform,
    ])
    if result.return_code == _REFUSED:
        _refuse(rctx, result.stdout.strip())

def _unpack(rctx):
    """Unpacks the archive below its prefix: entries elsewhere are left out."""
    archive = rctx.attr.file

    # By position: the parameter's name is stripPrefix in Bazel 7, strip_prefix from 8.
    if rctx.attr.kind != "deb":
        rctx.extract(archive, "", rctx.attr.strip_prefix)
        rctx.delete(archive)
        return

    # An ar archive that holds data.tar.<compression>.
    rctx.extract(archive, output = "deb")
    rctx.delete(archive)
    data = [member for member in rctx.path("deb").readdir() if member.basename.startswith("data.tar")]
    if not data:
        _refuse(rctx, "a package without data.tar")
    rctx.extract(data[0], "", rctx.attr.strip_prefix)
    rctx.delete("deb")

def _refuse(rctx, got):
    fail(error_text(
        what = "the archive {} of {} is not usable".format(rctx.attr.file, _row(rctx)),
        got = got,
        expected = "files, folders and links between them, below {}/, and a program for the platform".format(rctx.attr.strip_prefix),
        fix = "pin an archive of " + rctx.attr.tool,
    ))

def _audit(rctx, unneeded):
    """Fails if what was unpacked links to files outside, or would be taken for Bazel's own files.

    It comes before anything is deleted, because Bazel would follow a link out of the repository.
    """
    root = str(rctx.path(".").realpath)
    folders = [rctx.path(".")]
    for _ in range(_MOST_ENTRIES):
        if not folders:
            return
        for entry in folders.pop().readdir():
            inside = str(entry)[len(str(rctx.path("."))) + 1:]
            if inside in unneeded and str(entry.realpath) == root + "/" + inside:
                continue
            if not entry.exists:
                _refuse(rctx, "a link that leads nowhere, " + inside)
            if not str(entry.realpath).startswith(root + "/"):
                _refuse(rctx, "a link that leads outside, {} to {}".format(inside, entry.realpath))
            if entry.basename in _BUILD_FILES:
                _refuse(rctx, "a file for Bazel, " + inside)

            # A link to a folder leads to one inside, which the walk visits anyway.
            if entry.is_dir and str(entry.realpath) == root + "/" + inside:
                folders.append(entry)
    _refuse(rctx, "more than {} folders".format(_MOST_ENTRIES))

def fetch_archive(rctx, unneeded = [], advice = ""):
    """Downloads, verifies and unpacks the archive of a row into the repository's folder.

    Args:
      rctx: context of a repository rule with ARCHIVE_ATTRS.
      unneeded: folders that are deleted before anything reads them.
      advice: what else helps if it cannot be fetched, for the error.

    Returns:
      the archive's SHA-256, in hexadecimal.
    """
    advice = "; " + advice if advice else ""
    pinned = _pinned_sha256(rctx, advice)
    sha256 = download_file(rctx, rctx.attr.file, rctx.attr.urls, pinned, advice)
    if not pinned:
        fail(error_text(
            what = "{} has no hash".format(_row(rctx)),
            got = "neither sha256 nor installer_sha256",
            expected = "the hash of a file that you trust; that of {} is {}".format(rctx.attr.urls[0], sha256),
            fix = "compare it with what its makers publish, then paste: sha256 = \"{}\",".format(sha256),
        ))
    _inspect(rctx)
    _unpack(rctx)
    _audit(rctx, unneeded)
    for folder in unneeded:
        rctx.delete(folder)
    return sha256
