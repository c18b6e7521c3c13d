"""The files that say who may do what, as they lie on this machine: policy.yaml, allowed_signers, revoked_keys.

They stand beside each other: in the state folder, or where RBT_POLICY, RBT_SIGNERS and RBT_REVOKED name them. Best is a
checkout of a protected branch that the operators cannot write to.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.config import policy_file
from runbook_tui.run.authority import ALONE, Policy
from runbook_tui.run.events import RulesTaken
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import Rules
from runbook_tui.signing.policy_file import read_policy, recorded_part
from runbook_tui.signing.roster import Roster, read_roster

ASKING_GIT = 5.0  # seconds
MOST_AUTHORS = 50


class BadAuthorities(OperatorError):
    """A file that says who may do what cannot be read; nothing is done without it."""


class Authorities(msgspec.Struct, frozen=True, kw_only=True):
    """Their bytes as they go into the record; empty where there is none."""

    policy: bytes = b""
    signers: bytes = b""
    revoked: bytes = b""

    @property
    def any(self) -> bool:
        return bool(self.policy or self.signers)

    def rules(self) -> Policy:
        return read_policy(self.policy) if self.policy else ALONE

    def roster(self) -> Roster:
        return read_roster(self.signers)

    def as_event(self, authors: tuple[str, ...], reason: str = "") -> RulesTaken:
        names = [_name(data) for data in (self.policy, self.signers, self.revoked)]
        return RulesTaken(policy=names[0], signers=names[1], revoked=names[2], authors=authors, reason=reason)

    def blobs(self) -> dict[str, bytes]:
        return {_name(data): data for data in (self.policy, self.signers, self.revoked) if data}

    def are(self, rules: Rules | None) -> bool:
        """Whether these are the rules that a run follows already."""
        followed = (rules.policy, rules.signers, rules.revoked) if rules is not None else ("", "", "")
        return followed == tuple(_name(data) for data in (self.policy, self.signers, self.revoked))


def paths() -> tuple[Path, Path, Path]:
    """Of policy.yaml, allowed_signers and revoked_keys."""
    named = [os.environ.get(name) for name in ("RBT_SIGNERS", "RBT_REVOKED")]
    policy = policy_file()
    signers = Path(named[0]).expanduser() if named[0] else policy.parent / "allowed_signers"
    revoked = Path(named[1]).expanduser() if named[1] else signers.parent / "revoked_keys"
    return policy, signers, revoked


def authorities_here() -> Authorities:
    """What the files say now. Raises OperatorError when one is there and cannot be read."""
    policy, signers, revoked = paths()
    said = _read(policy)
    found = Authorities(
        policy=recorded_part(said, str(policy)) if said is not None else b"",
        signers=_read(signers) or b"",
        revoked=_read(revoked) or b"",
    )
    found.roster()
    return found


def stamp() -> tuple[tuple[int, int], ...]:
    """Moves when one of the files is changed."""
    stamps = []
    for path in paths():
        try:
            stat = path.stat()
            stamps.append((stat.st_mtime_ns, stat.st_size))
        except OSError:
            stamps.append((0, -1))
    return tuple(stamps)


def authors_of(source: Path, front_matter: dict[str, Any]) -> tuple[str, ...]:
    """Who wrote a document, as it says itself and as its history in git says: names and addresses."""
    said: list[str] = []
    for key in ("author", "authors", "owner"):
        value = front_matter.get(key)
        said += [str(one) for one in (value if isinstance(value, list) else [value] if value else [])]
    try:
        done = subprocess.run(
            ["git", "-C", str(source.parent), "log", "-n", "200", "--format=%ae%n%an", "--", source.name],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=ASKING_GIT, check=False,
        )  # fmt: skip
        said += done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired):
        pass  # no git, no history: what the document says itself is all that is known
    names = ("".join(c for c in one if c.isprintable()).strip() for one in said)
    return tuple(dict.fromkeys(one for one in names if one))[:MOST_AUTHORS]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadAuthorities(f"{path} cannot be read: {error.strerror}. Nothing was done.") from None


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if data else ""
