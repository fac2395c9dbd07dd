"""The options of CodSpeed's runner, and what each of them is here.

The table of docs/fidelity.md is made of these rows; `bazel run` of a suite warns about variables
that have no effect. Sources: `src/cli/` of CodSpeedHQ/codspeed up to 5.0.2, release notes after
that (spec: cli-and-config 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from rules_codspeed.publish.text import excerpt

_LONGEST_VALUE = 60  # characters


class Option(NamedTuple):
    """An option of `codspeed run` and `codspeed exec`.

    Attributes:
      flag: as it is written, or several with commas between them.
      variable: of the environment; empty if there is none.
      since: first version that has it; empty for 4.11.0 and older, `source` for what is in
        the sources of no known release.
      here: what to use, or what happens, in place of it.
      followed: whether the variable has the effect here that it has there.
    """

    flag: str
    variable: str
    since: str
    here: str
    followed: bool = False


_SETTING: Final = "`--@rules_codspeed//rules/settings:{}`"
_FIXED: Final = "the version decides (`runner_version`)"

OPTIONS: Final = (
    Option("`--upload-url`", "CODSPEED_UPLOAD_URL", "", "`-- --upload-url`", True),
    Option("`--token`", "CODSPEED_TOKEN", "", "`-- --token-stdin`, `-- --token-file`", True),
    Option("`--repository`", "CODSPEED_REPOSITORY", "", "`-- --repository`", True),
    Option("`--provider`", "CODSPEED_PROVIDER", "", "`-- --provider`", True),
    Option("`--profile`", "CODSPEED_PROFILE", "4.17.0", "`-- --profile`", True),
    Option("`--api-url`", "CODSPEED_API_URL", "", "`-- --api-url`", True),
    Option("`--oauth-token`", "CODSPEED_OAUTH_TOKEN", "", "the variable", True),
    Option("`--config-name`", "CODSPEED_CONFIG_NAME", "", "the variable", True),
    Option("`--config`", "", "", "`-- --config`, which is checked only"),
    Option("`--skip-upload`", "CODSPEED_SKIP_UPLOAD", "", "`-- --skip-upload`", True),
    Option("`--skip-run`", "", "", "`-- --resume DIR` sends what an earlier run kept"),
    Option("`--skip-setup`", "", "", "nothing is set up: tools are declared inputs"),
    Option(
        "`--setup-cache-dir`",
        "CODSPEED_SETUP_CACHE_DIR",
        "",
        "Bazel's repository cache holds the tools",
    ),
    Option("`--allow-empty`", "", "", "`-- --allow-empty`, or the attribute of a target"),
    Option("`--message-format`", "", "", "`-- --message-format`"),
    Option("`--show-full-output`", "", "4.12.0", "the output group `log` of a target"),
    Option("`--base`", "", "4.13.0", "`-- --compare`, which compares here, not at the service"),
    Option("`--mode`", "CODSPEED_RUNNER_MODE", "", _SETTING.format("modes")),
    Option("`--working-directory`", "", "", "a target's folder is that of its runfiles"),
    Option("`--profile-folder`", "", "", "the output group `profile`, or `-- --out DIR`"),
    Option("`--name` of `exec`", "", "", "the name of the target"),
    Option(
        "`--warmup-time`, `--max-time`, `--min-time`, `--max-rounds`, `--min-rounds` of `exec`",
        "",
        "",
        "the attribute `walltime_args`",
    ),
    Option("`--ignore-failure` of `exec`", "", "source", "no: a failed benchmark has no number"),
    Option(
        "`--instruments postgres`, `--postgres-dsn-env-name`",
        "",
        "source",
        "the attributes `instruments` and `postgres_dsn_env_name` ([databases.md](databases.md))",
    ),
    Option(
        "`--instruments mongodb`, `--mongo-uri-env-name`",
        "",
        "",
        "the attributes `instruments` and `mongo_uri_env_name`, in walltime",
    ),
    Option(
        "`--go-runner-version`",
        "CODSPEED_GO_RUNNER_VERSION",
        "",
        "the version of the archive (docs/archives.md)",
    ),
    Option(
        "`--simulation-tool`",
        "CODSPEED_SIMULATION_TOOL",
        "",
        "callgrind only; `tools:read_profile` reads traces of tracegrind",
    ),
    Option(
        "`--cycle-estimation`",
        "CODSPEED_CYCLE_ESTIMATION",
        "4.18.0",
        f"{_FIXED}: on from 5.0.0, off before",
    ),
    Option(
        "`--exclude-allocations`",
        "CODSPEED_EXCLUDE_ALLOCATIONS",
        "4.19.0",
        f"{_FIXED}: in 5.0.0 only, as the service leaves allocations out",
    ),
    Option(
        "`--experimental-fair-sched`",
        "CODSPEED_EXPERIMENTAL_FAIR_SCHED",
        "4.13.0",
        "no: threads take turns as Valgrind does by default",
    ),
    Option(
        "`--simulation-track-subprocess`",
        "CODSPEED_SIMULATION_TRACK_SUBPROCESS",
        "5.2.0",
        "the attribute `track_subprocess`, or " + _SETTING.format("simulation_track_subprocess"),
    ),
    Option(
        "`--experimental-disable-pythonmalloc-override`",
        "CODSPEED_EXPERIMENTAL_DISABLE_PYTHONMALLOC_OVERRIDE",
        "5.4.0",
        "no: `PYTHONMALLOC` is pinned",
    ),
    Option(
        "`--experimental-rep-bulk-cost`",
        "CODSPEED_EXPERIMENTAL_REP_BULK_COST",
        "5.7.0",
        "no: its argument of Valgrind is not public",
    ),
    Option(
        "`--enable-profiler`",
        "CODSPEED_PROFILER_ENABLED",
        "4.16.0",
        _SETTING.format("profiler=none"),
    ),
    Option("`--enable-perf`", "CODSPEED_PERF_ENABLED", "", _SETTING.format("profiler=none")),
    Option(
        "`--walltime-profiler`",
        "CODSPEED_WALLTIME_PROFILER",
        "4.17.0",
        "perf only, as with `perf`; samply is the runner's default from 5.0.0 on",
    ),
    Option(
        "`--perf-unwinding-mode`",
        "CODSPEED_PERF_UNWINDING_MODE",
        "",
        "the attribute `unwinding`",
    ),
    Option(
        "`--walltime-unwinding-mode`",
        "CODSPEED_WALLTIME_UNWINDING_MODE",
        "5.7.0",
        "the attribute `unwinding`",
    ),
    Option(
        "`--walltime-stack-sample-size`",
        "CODSPEED_WALLTIME_STACK_SAMPLE_SIZE",
        "5.7.0",
        f"{_FIXED}: 8,192 bytes, of Python 32,768 from 4.15.1 on",
    ),
    Option(
        "`--experimental-memory-track-physical`, `--disable-memory-track-physical`",
        "CODSPEED_MEMTRACK_TRACK_PHYSICAL",
        "5.3.0",
        "no: physical memory needs eBPF, allocations are counted by a preloaded library",
    ),
    Option(
        "`--disable-memory-capture-stack`",
        "",
        "5.4.0",
        '`memory_stacks = "none"`, for [the report here](memory.md#where-memory-is-allocated); '
        "artifacts have no stacks",
    ),
    Option("`--mode telemetry`", "", "5.7.0", "no: its form is not public"),
)
"""In the order of the document."""


def without_effect(variables: Mapping[str, str]) -> list[str]:
    """Returns warnings about options that are given by variables and have no effect here."""
    return [
        f"{option.variable}={excerpt(value, _LONGEST_VALUE)} has no effect: Bazel has measured "
        f"already. Here: {option.here.replace('`', '')}."
        for option in OPTIONS
        if option.variable and not option.followed
        if (value := variables.get(option.variable))
    ]


def table() -> str:
    """Returns the rows as a table of Markdown."""
    rows = [
        f"| {option.flag} | {f'`{option.variable}`' if option.variable else ''} | {option.since} "
        f"| {option.here} |"
        for option in OPTIONS
    ]
    return "\n".join(["| option | variable | since | here |", "|---|---|---|---|", *rows]) + "\n"
