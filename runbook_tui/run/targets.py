"""Where a run's commands may go, by name: single hosts, and fleets of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from runbook_tui.run.ports import Standing, Target

if TYPE_CHECKING:  # also of the first frame
    from runbook_tui.run.fleet import Fleet
    from runbook_tui.run.preflight import Probe

LOCAL = "local"


class Targets(Protocol):
    """The hosts of one run; `wiring` gives it."""

    def fleet(self, name: str) -> Fleet:
        """The hosts a name stands for; one host is a fleet of one. Raises TargetError for a name that is not known."""
        ...

    def target(self, host: str) -> Target:
        """Raises TargetError for a host that is not known."""
        ...

    def accept(self, name: str) -> None:
        """A host the document names, and the operator has said yes to. Raises TargetError when it is none."""
        ...

    async def probe(self, host: str, *, sudo: bool) -> Probe:
        """Look whether a host is fit for jobs; `sudo` asks whether its user may. What is wrong stands in the probe."""
        ...

    async def trust(self, host: str) -> str:
        """Take over the key that a probe found new, after a person compared it; where it was written.

        Raises TargetError.
        """
        ...

    def use_password(self, host: str, password: str) -> None:
        """For sudo on that host; kept in memory only."""
        ...

    def forget_password(self, host: str) -> None:
        """The host did not take it."""
        ...

    def password(self, host: str) -> str | None: ...

    def standings(self) -> Mapping[str, Standing]:
        """How we stand with each host that was asked for so far."""
        ...

    async def close(self) -> None:
        """Let go of the hosts; what runs there goes on."""
        ...
