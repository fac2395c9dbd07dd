"""What the rules hand to each other, and to rules of your own.

Depends on nothing, so that loading it costs nothing.
"""

CodSpeedProfileInfo = provider(
    doc = "One measurement of one benchmark target in one mode: files that a build action makes.",
    fields = {
        "label": "string: the benchmark's label as people write it, `//pkg:name`",
        "log": "File: what the program and the driver printed; not reproducible",
        "mode": "string: name of the mode, such as `simulation`",
        "profile": "File: the profile folder (a TreeArtifact of regular files), as the runner would upload it",
        "provenance": "File: JSON that states simulator or profiler, machine, pins, platform and command",
        "results": "File: JSON with the numbers of each benchmark in the profile",
    },
)

CodSpeedBenchmarkInfo = provider(
    doc = "A benchmark target and all measurements that it offers.",
    fields = {
        "label": "string: the benchmark's label as people write it, `//pkg:name`",
        "measurements": "dict from mode name to CodSpeedProfileInfo",
    },
)

CodSpeedSuiteInfo = provider(
    doc = "The measurements that a suite selected, those of the suites in it included.",
    fields = {
        "measurements": "depset of CodSpeedProfileInfo",
    },
)

CodSpeedSimulatorInfo = provider(
    doc = "A Valgrind that is run from its unpacked package.",
    fields = {
        "files": "depset of File: the launcher, the tool, the preload object and the suppressions",
        "flavor": "string: `codspeed` for CodSpeed's build, `stock` for an unpatched one",
        "launcher": "string: path of the launcher inside the package",
        "lib": "string: path inside the package of the folder for VALGRIND_LIB",
        "root": "string: prefix of the files' short paths that ends where the package begins",
        "sha256": "string: SHA-256 of the archive that the files came from, in hexadecimal",
        "version": "string: as `valgrind --version` prints it, without `valgrind-`",
    },
)

CodSpeedPerfInfo = provider(
    doc = "Linux perf, which the machine that measures brings along.",
    fields = {
        "minimum_version": "string: an older one is refused, `<major>.<minor>`",
        "path": "string: absolute path on that machine; empty: it is looked for",
    },
)

CodSpeedToolInfo = provider(
    doc = "A pinned tool that people run with `bazel run`.",
    fields = {
        "program": "File: the executable, for the target platform",
        "sha256": "string: SHA-256 of the archive that it came from, in hexadecimal",
        "version": "string: the version of the archive's row",
    },
)
