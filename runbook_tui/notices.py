"""Telling people who are not at the terminal: by apprise, where it is installed and addresses are given.

Addresses hold passwords: they come from policy.yaml (`notify:`) or RBT_NOTIFY and are never shown, logged or recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from runbook_tui.run.ports import OperatorError

log = logging.getLogger("runbook_tui")
DEADLINE = 20.0  # seconds for all addresses together


class NotifyMissing(OperatorError):
    """Addresses are given and nothing is there to send with."""


class Notices:
    """Sends short texts to all addresses; what cannot be sent is logged and never stops a run."""

    def __init__(self, addresses: Sequence[str] = ()) -> None:
        self._addresses = tuple(addresses)
        self._told = ""

    @property
    def any(self) -> bool:
        return bool(self._addresses)

    async def send(self, text: str, *, title: str = "rbt") -> bool:
        """Whether every address took it; False also when it took longer than the deadline."""
        if not self._addresses:
            return False
        try:
            async with asyncio.timeout(DEADLINE):
                return await asyncio.to_thread(_send, self._addresses, title, text)
        except (TimeoutError, OperatorError) as error:
            log.warning("a notice was not sent: %s", str(error) or "no answer in time")
            return False

    async def page(self, text: str) -> None:
        """A person is wanted."""
        await self.send(text, title="rbt: a person is wanted")


def check(addresses: Sequence[str]) -> None:
    """Raises NotifyMissing when addresses are given and apprise is not installed."""
    if not addresses:
        return
    from importlib.util import find_spec

    if find_spec("apprise") is None:
        raise NotifyMissing("notices want apprise, which is not installed here: pip install 'runbook-tui[notify]'")


def _send(addresses: Sequence[str], title: str, text: str) -> bool:
    check(addresses)
    import apprise

    sender = apprise.Apprise()
    known = [sender.add(address) for address in addresses]
    return all(known) and bool(sender.notify(title=title, body=text))
