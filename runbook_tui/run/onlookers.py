"""Who looks on while a command runs, as small protocols: at what it changes, and at the devices of its host."""

from __future__ import annotations

from typing import Protocol

from runbook_tui.run.events import AnyEvent, JobStarted
from runbook_tui.run.live import LiveChange
from runbook_tui.run.ports import JobOrder, OperatorError
from runbook_tui.run.sightings import Changed, Seen, Sighting


class Watcher(Protocol):
    """Looks at a system before, while and after commands change it. None of its methods lasts long."""

    async def before(self, intent: JobStarted, order: JobOrder, *, overridden: bool) -> Seen | None:
        """What the command is about to change; None when it is not of this watcher's system, or changes nothing.

        Raises NeedsOverride, unless a person has overridden it, or another OperatorError when the command must not
        start, and why; then nothing was done.
        """
        ...

    async def rehearse(self, order: JobOrder) -> tuple[str, ...]:
        """What the command would change, in lines, without changing it. Raises OperatorError with the reason."""
        ...

    async def share(self, order: JobOrder) -> float | None:
        """Percent of the traffic that what the command divides gets now; None where it divides none that can be read.

        Raises OperatorError when it could not be read.
        """
        ...

    async def after(self, sighting: Sighting, content: bytes) -> Changed:
        """What is otherwise than in `content`, the blob that `before` gave. Never raises an OperatorError."""
        ...

    def live(self, job: str) -> tuple[LiveChange, ...]:
        """What a screen may show of the change while it happens."""
        ...

    async def close(self) -> None:
        """The run is left: look no longer, hold nothing."""
        ...


class NoWatcher:
    """Where nothing is watched."""

    async def before(self, intent: JobStarted, order: JobOrder, *, overridden: bool) -> Seen | None:  # noqa: ARG002
        return None

    async def rehearse(self, order: JobOrder) -> tuple[str, ...]:  # noqa: ARG002
        raise OperatorError("nothing here can tell beforehand what this command would change")

    async def share(self, order: JobOrder) -> float | None:  # noqa: ARG002
        return None

    async def after(self, sighting: Sighting, content: bytes) -> Changed:  # noqa: ARG002
        return Changed(changes=None, note="nobody looked")

    def live(self, job: str) -> tuple[LiveChange, ...]:  # noqa: ARG002
        return ()

    async def close(self) -> None:
        return


class Witness(Protocol):
    """Looks at the devices a host has: whether a command may start on them, and what they did while it ran."""

    async def admit(self, intent: JobStarted, *, overridden: bool) -> None:
        """Raises NeedsOverride when the devices are not fit for a step that asks for it; then nothing was done."""
        ...

    def begin(self, job: str, host: str, text: str) -> None:
        """A command begins there, or is followed again. Never waits, never raises."""
        ...

    def end(self, job: str) -> tuple[AnyEvent, ...]:
        """What was seen meanwhile, for the record. Never waits, never raises."""
        ...

    async def close(self) -> None:
        """The run is left: look no longer, hold nothing."""
        ...


class NoWitness:
    """Where nobody looks."""

    async def admit(self, intent: JobStarted, *, overridden: bool) -> None:
        """Everything may start."""

    def begin(self, job: str, host: str, text: str) -> None:
        """Nothing is seen."""

    def end(self, job: str) -> tuple[AnyEvent, ...]:  # noqa: ARG002
        return ()

    async def close(self) -> None:
        """Nothing is held."""
