"""What can be wrong between here and a host, each with what is safe and what to do next."""

from __future__ import annotations

from runbook_tui.run.ports import TargetError

WENT_ON = "What was started there goes on."


class Unreachable(TargetError):
    """No connection could be made, or it was lost; trying again later may help."""


class HostKeyRefused(TargetError):
    """The host showed a key that is changed or revoked. There is no way round it in here."""


class HostKeyUnknown(TargetError):
    """The host's key is not known yet: a person has to compare the fingerprint and say so."""

    def __init__(self, message: str, *, host: str, fingerprint: str, algorithm: str, line: str) -> None:
        super().__init__(message)
        self.host = host
        self.fingerprint = fingerprint
        self.algorithm = algorithm
        self.line = line  # for known_hosts


class AccessDenied(TargetError):
    """The host did not let this user in. Never tried again by itself."""
