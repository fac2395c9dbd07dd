"""Measures one benchmark target on the clock. Entry of the action CodSpeedWalltime."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # As in simulation/main.py.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 4)[0])

from rules_codspeed.measure.stage.entry import options, read_manifest, read_spec, run_driver
from rules_codspeed.measure.walltime.driver import Request, measure_walltime


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = options(__doc__)
    parser.add_argument("--raw", required=True, help="folder to write the raw run to")
    parser.add_argument("--walltime", required=True, help="file to write results and rounds to")
    parser.add_argument("--provenance", required=True, help="file to describe the measurement in")
    parser.add_argument("--accounting", required=True, help="file for what gave no number")
    parser.add_argument("--log", required=True, help="file for what is printed")
    parser.add_argument("--mongo-tracer", default="", help="the program of that instrument")
    parser.add_argument(
        "--import-path",
        action="append",
        default=[],
        help="folder of modules that reading a recording needs, such as zstandard; repeatable",
    )
    chosen = parser.parse_args(arguments)
    return run_driver(
        lambda: measure_walltime(
            Request(
                spec=read_spec(chosen.spec),
                files=read_manifest(chosen.files, chosen.root),
                raw=chosen.raw,
                walltime=chosen.walltime,
                provenance=chosen.provenance,
                accounting=chosen.accounting,
                log=chosen.log,
                tracer=chosen.mongo_tracer and os.path.abspath(chosen.mongo_tracer),
                import_path=[os.path.abspath(path) for path in chosen.import_path],
            )
        )
    )


if __name__ == "__main__":
    sys.exit(main())
