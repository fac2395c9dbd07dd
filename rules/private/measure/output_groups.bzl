"""The output groups of measurements: `--output_groups=…` of a measurement, a benchmark and a suite."""

def output_groups(measurements, failing = []):
    """Returns the output groups that hold what was measured.

    Those that are checked fail to build where a target failed, or has benchmarks that did; the
    unchecked ones hold what it gave all the same.

    Args:
      measurements: list of CodSpeedProfileInfo.
      failing: Files whose actions fail, where nothing is measured.

    Returns:
      A dict from names to depsets of Files.
    """
    results = depset(failing + [info.results for info in measurements])
    profiles = depset(failing + [f for info in measurements for f in [info.profile, info.provenance]])
    checked = depset([info.checked for info in measurements])
    explained = [info.explained for info in measurements if getattr(info, "explained", None)]
    return {
        "explained": depset(failing + explained),
        "profile": depset(transitive = [checked, profiles]),
        "results": depset(transitive = [checked, results]),
        "unchecked_profile": profiles,
        "unchecked_results": results,
    }
