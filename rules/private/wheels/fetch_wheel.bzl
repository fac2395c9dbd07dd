"""fetch_wheel: fetches one locked wheel, by hash, from wherever the machine gets its wheels.

Bazel's repository cache is asked first. Next is pip, so that the site's own index,
proxy and credentials apply: the lock has no addresses. Last is `--distdir`, for
machines without pip or index. Bazel verifies the hash in each case.
"""

load("//rules/private:errors.bzl", "error_text")

# Debian's own python3 carries apt's pip; another python3 on PATH may be a bare one.
_PYTHONS = ["/usr/bin/python3", "python3"]

def _python_with_pip(rctx):
    """Returns the path of a Python that has pip, or None."""
    for name in _PYTHONS:
        python = rctx.path(name) if name.startswith("/") else rctx.which(name)
        if python and python.exists and rctx.execute([python, "-c", "import pip"]).return_code == 0:
            return python
    return None

def _explain(stderr):
    """Turns pip's error into a pair: what it got, and the next step."""
    if "DO NOT MATCH THE HASHES" in stderr:
        return (
            "a file with SHA-256 " + stderr.rpartition("Got ")[2].strip().partition("\n")[0],
            "run `python3 tools/update_wheels.py` in rules_codspeed if its lock is out of date; otherwise do not trust the index",
        )

    # Why the index was out of reach (`… object at 0x7f>: <reason>')': /simple/x/`), and the last line.
    lines = stderr.strip().splitlines()
    retries = [line.rpartition(">: ")[2].partition("'")[0] for line in lines if "Retrying" in line]
    return (
        "pip: " + ("; ".join(retries[-1:] + lines[-1:]) or "no message"),
        "check the network and pip's settings (PIP_INDEX_URL, PIP_FIND_LINKS, PIP_PROXY); " +
        "or put the file in a folder and pass --distdir=<folder>",
    )

def _pip_download(rctx, requirement, filename, sha256):
    """Downloads a wheel with pip.

    Returns:
      path of the wheel and None; or None and a pair: what pip got, and the next step.
    """
    python = _python_with_pip(rctx)
    if not python:
        return None, ("no python3 with pip", "install pip (Debian: apt install python3-pip); " +
                                             "or put the file in a folder and pass --distdir=<folder>")

    # name-version[-build]-python-abi-platform.whl: request exactly this wheel from pip.
    pythons, abi, platforms = filename[:-len(".whl")].rsplit("-", 3)[1:]
    interpreter = pythons.split(".")[-1]
    folder = rctx.path("pip")
    rctx.file("pip/requirements.txt", "{} --hash=sha256:{}\n".format(requirement, sha256))
    result = rctx.execute([
        python,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--ignore-requires-python",
        "--implementation=" + interpreter[:2],
        "--python-version=" + interpreter[2:],
        "--abi=" + abi,
        "--dest=" + str(folder),
        "--requirement=" + str(folder.get_child("requirements.txt")),
    ] + ["--platform=" + platform for platform in platforms.split(".")])
    wheel = folder.get_child(filename)
    if result.return_code or not wheel.exists:
        return None, _explain(result.stderr)
    return wheel, None

def fetch_wheel(rctx, package, version, filename, sha256):
    """Fetches a wheel into the repository that is being made.

    Args:
      rctx: the repository context.
      package: the package's name in the lock.
      version: the package's version.
      filename: file name of the wheel.
      sha256: its SHA-256, in hexadecimal.

    Returns:
      name of the file in the repository, `wheel.zip`: Bazel unpacks a `.whl` only from 8.3.
    """
    output = "wheel.zip"
    if rctx.download(url = [], output = output, sha256 = sha256, allow_fail = True).success:
        return output
    wheel, problem = _pip_download(rctx, "{}=={}".format(package, version), filename, sha256)

    # The folder does not exist: Bazel looks for the last part of the address in --distdir.
    url = "file://" + (str(wheel) if wheel else "/--distdir/" + filename)
    if not rctx.download(url = url, output = output, sha256 = sha256, allow_fail = bool(problem)).success:
        got, fix = problem
        fail(error_text(
            what = "cannot fetch the wheel {} of {} {}".format(filename, package, version),
            got = got,
            expected = "a file with SHA-256 {} from --repository_cache, pip or --distdir".format(sha256),
            fix = fix,
        ))
    rctx.delete("pip")
    return output
