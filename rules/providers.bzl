"""The providers of the rules, for each other and for rules of your own.

Depends on no other file, so that loading it is cheap.
"""

CodSpeedProfileInfo = provider(
    doc = "One measurement of one benchmark target in one mode: the files that its build actions make.",
    fields = {
        "checked": "File: empty; building it fails where the target or one of its benchmarks failed",
        "explained": "File: the profile folder of a second run, which tells Python functions apart; None where there is none. " +
                     "No action needs it, so that it runs only where it is asked for",
        "label": "string: the benchmark's label as written in BUILD files, `//pkg:name`",
        "log": "File: what the program and the driver printed; not reproducible",
        "mode": "string: name of the mode, for example `simulation`",
        "profile": "File: the profile folder (a TreeArtifact of regular files), as the runner would upload it; empty where the target failed",
        "provenance": "File: JSON that states simulator or profiler, machine, pins, platform and command; empty where the target failed",
        "results": "File: JSON with the numbers of each benchmark in the profile, and why others have none",
        "verify": "int: how many times it is measured, to see whether the bytes are the same; 1 where that is not checked",
    },
)

CodSpeedBenchmarkInfo = provider(
    doc = "A benchmark target and all measurements that it offers.",
    fields = {
        "label": "string: the benchmark's label as written in BUILD files, `//pkg:name`",
        "measurements": "dict from mode name to CodSpeedProfileInfo",
    },
)

CodSpeedSuiteInfo = provider(
    doc = "The measurements that a suite selected, including those of the suites in it.",
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

CodSpeedRootInfo = provider(
    doc = "What stands for the libraries, programs and settings of the machine that simulates.",
    fields = {
        "archive": "File: a tar archive of the root; None for the machine's own",
        "name": "string: name of the root, for provenance; empty for the machine's own",
    },
)

CodSpeedPerfInfo = provider(
    doc = "Linux perf, which belongs to the machine that measures.",
    fields = {
        "minimum_version": "string: the oldest version that is accepted, `<major>.<minor>`",
        "path": "string: absolute path on that machine; if empty, perf is looked for",
    },
)

CodSpeedToolInfo = provider(
    doc = "A pinned tool that is started with `bazel run`.",
    fields = {
        "program": "File: the executable, for the target platform",
        "sha256": "string: SHA-256 of the archive that it came from, in hexadecimal",
        "version": "string: the version of the archive's row",
    },
)
