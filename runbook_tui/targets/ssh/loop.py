"""The event loop of its own on which all ssh work happens, so that a storm of handshakes never stalls the screen."""

from __future__ import annotations

from runbook_tui.targets.loop import OwnLoop


class SshLoop(OwnLoop):
    """What still runs on the hosts when it stops goes on there; links still open are dropped."""

    def __init__(self) -> None:
        super().__init__("ssh")
