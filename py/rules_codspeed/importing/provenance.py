"""What is stated of numbers that another tool measured."""

from __future__ import annotations

from rules_codspeed.contract.provenance import Imported, Provenance


def imported_provenance(
    label: str, mode: str, form: str, version: str, imported: Imported
) -> Provenance:
    """Returns the provenance of a target; what its files do not state is empty.

    Args:
      label: of the target.
      mode: in which it was measured.
      form: of the files.
      version: of rules_codspeed.
      imported: where the numbers come from.
    """
    return Provenance(
        schema=1,
        label=label,
        mode=mode,
        framework=form,
        rules_version=version,
        # Files do not state these in one way, and nothing ran here.
        platform="",
        host_key="",
        interpreter="",
        simulator=None,
        arguments=[],
        command=[],
        pins={},
        # As CodSpeed's runner switches it (spec: simulation 2).
        aslr="allowed" if mode == "walltime" else "off",
        machine_answered=[],
        isolate=False,
        debug_info=None,
        normalised=[],
        imported=imported,
    )
