"""The way to the GPUs of a run's machines, or of those the operator names, for conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.onlookers import Witness
from runbook_tui.run.ports import Clock, Lines, OperatorError
from runbook_tui.run.state import RunState
from runbook_tui.run.targets import LOCAL
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.signals.gpu.watch import GpuSource
from runbook_tui.sources import GPU_EVERY, BadMapping
from runbook_tui.targeting import RunTargets
from runbook_tui.telemetry import Telemetry, here, lines_to, over_lines

LinesOf = Callable[[str], Sequence[Lines]]  # of a host, or of all hosts of a fleet; raises OperatorError


class GpuMachines:
    """Implements `sources.Gpus`: every machine is read once, whoever asks."""

    def __init__(
        self, telemetry: Telemetry | None, lines: LinesOf, *, meant: Callable[[], str | None], clock: Clock
    ) -> None:
        """`telemetry` is somebody else's, and stays theirs; without one, machines are read for conditions alone."""
        self._telemetry = telemetry or Telemetry()
        self._own = telemetry is None
        self._lines = lines
        self._meant = meant
        self._clock = clock

    @property
    def meant(self) -> str | None:
        return self._meant()

    def of(self, name: str) -> Sequence[GpuSource]:
        every = GPU_EVERY if self._own else 1.0
        if name == LOCAL:
            self._telemetry.add(LOCAL, lambda: here(self._clock, interval=every))
            return self._known((LOCAL,))
        try:
            found = self._lines(name)
        except OperatorError as error:
            raise BadMapping(f"the GPUs of {name} cannot be asked: {error}") from None
        for lines in found:
            self._telemetry.add(lines.host, lambda lines=lines: over_lines(self._clock, lines, interval=every))  # type: ignore[misc]
        return self._known([lines.host for lines in found])

    async def close(self) -> None:
        if self._own:
            await self._telemetry.close()
            self._telemetry = Telemetry()  # the conditions of a document that was edited begin anew

    def _known(self, names: Sequence[str]) -> list[GpuSource]:
        return [source for name in names if (source := self._telemetry.named(name)) is not None]


def of_run(
    witness: Witness, targets: RunTargets, runbook: Callable[[], Runbook], state: Callable[[], RunState], clock: Clock
) -> GpuMachines:
    """The machines of a run. A sentence that names none is of its target, or of the one that its commands name."""

    def lines(name: str) -> list[Lines]:
        left_out = state().left_out
        hosts = targets.fleet(name).hosts
        return [targets.hosts.lines(host) for host in hosts if host.name not in left_out or len(hosts) == 1]

    def meant() -> str | None:
        target = state().target
        if target != LOCAL or driver_here():
            return target
        named = {command.target for command in runbook().commands if command.target} - {LOCAL}
        return named.pop() if len(named) == 1 else None

    return GpuMachines(getattr(witness, "telemetry", None), lines, meant=meant, clock=clock)


def named_by_operator(clock: Clock) -> GpuMachines:
    """The GPUs here, and those of hosts written on a command line."""

    def lines(name: str) -> list[Lines]:
        return lines_to(clock, [name])

    return GpuMachines(None, lines, meant=lambda: LOCAL if driver_here() else None, clock=clock)
