"""Measures what one benchmark target allocates. Entry of the action CodSpeedMemory."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # As in simulation/main.py.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 4)[0])

from rules_codspeed.measure.memory.measurement import Request, measure_memory
from rules_codspeed.measure.stage.entry import options, read_manifest, read_spec, run_driver


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = options(__doc__)
    parser.add_argument("--fold", required=True, help="library that folds events")
    parser.add_argument("--kernel", default="", help="library of the fixed kernel")
    parser.add_argument("--pinned-root", default="", help="archive of the pinned root")
    parser.add_argument("--numbers", required=True, help="file to write the numbers to")
    parser.add_argument("--profile", required=True, help="folder to write the profile to")
    parser.add_argument("--provenance", required=True, help="file to describe the measurement in")
    parser.add_argument(
        "--accounting", required=True, help="file that states which benchmarks gave no number"
    )
    parser.add_argument("--log", required=True, help="file for what is printed")
    parser.add_argument(
        "--import-path",
        action="append",
        default=[],
        help="folder of modules that compressing needs, such as zstandard; repeatable",
    )
    chosen = parser.parse_args(arguments)
    return run_driver(
        lambda: measure_memory(
            Request(
                spec=read_spec(chosen.spec),
                files=read_manifest(chosen.files, chosen.root),
                fold=chosen.fold,
                kernel=chosen.kernel,
                root=chosen.pinned_root,
                numbers=chosen.numbers,
                profile=chosen.profile,
                provenance=chosen.provenance,
                accounting=chosen.accounting,
                log=chosen.log,
                import_path=[os.path.abspath(path) for path in chosen.import_path],
            )
        )
    )


if __name__ == "__main__":
    sys.exit(main())
