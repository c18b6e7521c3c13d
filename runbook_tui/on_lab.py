"""Whether a run is on the lab, and what can be made to go wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runbook_tui.document.runbook import Runbook
from runbook_tui.lab import faults
from runbook_tui.lab.faults import Active, Kind
from runbook_tui.lab.parts import GATEWAY
from runbook_tui.lab.process import alive, read_record
from runbook_tui.records import BadInput, read_sidecar
from runbook_tui.sources import settings
from runbook_tui.tui.ports import LabFault

_WORD = "rbt lab"


def lab_of(folder: Path, runbook: Runbook) -> LabHere | None:
    """The lab in this folder, where it is up and the document speaks to it or is measured by it."""
    record = read_record(folder, GATEWAY)
    if record is None or not alive(record):
        return None
    return LabHere(folder) if any(_WORD in one.text for one in runbook.commands) or _measured(runbook) else None


def _measured(runbook: Runbook) -> bool:
    try:
        said = settings(runbook.front_matter, read_sidecar(Path(runbook.source)))
    except BadInput:
        return False
    canary = said.get("canary")
    return said.get("text") == "lab" or (isinstance(canary, dict) and bool(canary.get("lab")))


class LabHere:
    """Implements `tui.ports.LabView`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def faults(self) -> Sequence[LabFault]:
        active = {one.name: one for one in faults.read(self._folder)}
        return [self._shown(kind, active.get(kind.name)) for kind in faults.KINDS.values()]

    def switch(self, name: str) -> str:
        if faults.switch_off(self._folder, name):
            return f"lab: {name} is off"
        fault = faults.chosen(name)
        faults.switch_on(self._folder, fault)
        return f"lab: {fault.shown} from now on, of {fault.part}"

    def none(self) -> str:
        gone = faults.switch_off(self._folder, "all")
        return f"lab: off with {', '.join(one.name for one in gone)}" if gone else "lab: nothing goes wrong"

    def _shown(self, kind: Kind, active: Active | None) -> LabFault:
        value = kind.value if active is None else active.value
        return LabFault(
            name=kind.name,
            does=kind.does,
            part=kind.part if active is None else active.part,
            strength=f"{value:g} {kind.unit}" if kind.unit else "",
            on=active is not None and active.since is not None,
            waits=(active.step or "") if active is not None and active.since is None else "",
        )
