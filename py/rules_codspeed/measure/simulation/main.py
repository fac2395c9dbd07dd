"""Measures one benchmark target under Valgrind. Entry of the action CodSpeedSimulate."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved:
    # in a sandbox this file is a link, but its neighbours are beside the link.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 4)[0])

from rules_codspeed.measure.simulation.measurement import Request, measure
from rules_codspeed.measure.stage.entry import options, read_manifest, read_spec, run_driver


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = options(__doc__)
    parser.add_argument("--simulator", required=True, help="manifest of the simulator's package")
    parser.add_argument("--kernel", default="", help="library of the fixed kernel")
    parser.add_argument("--pinned-root", default="", help="archive of the pinned root")
    parser.add_argument(
        "--python-frames", default="", help="library that explains Python programs; to explain one"
    )
    parser.add_argument("--measured", default="", help="provenance of what is explained")
    parser.add_argument("--profile", required=True, help="folder to write the profile to")
    parser.add_argument("--provenance", required=True, help="file to describe the measurement in")
    parser.add_argument("--accounting", required=True, help="file for what gave no number")
    parser.add_argument("--log", required=True, help="file for what is printed")
    chosen = parser.parse_args(arguments)
    return run_driver(
        lambda: measure(
            Request(
                spec=read_spec(chosen.spec),
                files=read_manifest(chosen.files, chosen.root),
                simulator_files=read_manifest(chosen.simulator, chosen.root),
                kernel=chosen.kernel,
                root=chosen.pinned_root,
                frames=chosen.python_frames,
                measured=chosen.measured,
                profile=chosen.profile,
                provenance=chosen.provenance,
                accounting=chosen.accounting,
                log=chosen.log,
            )
        )
    )


if __name__ == "__main__":
    sys.exit(main())
