"""Bundles where a person wants them: in the folder of `--out`."""

from __future__ import annotations

import os
from pathlib import Path

from rules_codspeed.publish.bundle.bundle import BUNDLE, Bundle, read_bundle
from rules_codspeed.report.export import UPLOAD
from rules_codspeed.report.marker import update_marker


def read_kept(folder: Path) -> Bundle:
    """Reads what `--resume` names: a bundle, or the folder of `--out` that holds one.

    Raises:
      PublishError: it is neither.
    """
    # Not Path.is_dir: it raises where a name is longer than any file's.
    return read_bundle(folder / UPLOAD if os.path.isdir(folder / UPLOAD) else folder)


def record_uploaded(out: Path, sent: Bundle | None = None) -> None:
    """Records in the folder of `--out` what is uploaded, so that it is still ours to replace.

    Args:
      out: the folder; another one is left as it is.
      sent: what was uploaded; None where the bundle in the folder knows already.

    Raises:
      PublishError: the bundle in it cannot be read or written.
    """
    if sent:
        bundle = read_bundle(out / UPLOAD)
        for index, part in enumerate(sent.parts):
            if part.run_id and bundle.parts[index].run_id is None:
                bundle = bundle.with_uploaded(index, part.run_id)
    if (out / UPLOAD / BUNDLE).exists():
        update_marker(out, f"{UPLOAD}/{BUNDLE}")
