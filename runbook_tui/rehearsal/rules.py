"""What a document or its sidecar says of its rehearsal. None of it is needed. Pure.

rehearse:
  parts: [store, traffic]                 # of the lab, up before the first step
  targets: {db-1: ssh, 'old-*': would}    # where a target's commands go: ssh, local, or nowhere
  commands:
    - {match: 'docker build *', run: 'rbt lab build service:2'}
    - {match: 'systemctl *', would: true}
  values: {'<your-name>': Ana}            # of placeholders
  files: stage                            # a folder beside the document, copied into the working folder
  signals: {error rate: {text: '{gateway}', query: '…'}}
  faster: 100                             # conditions and canaries wait so many times less
  expect: {slow-start: stopped}           # how it must end with a fault: rolled back, stopped or completed
  rollback: true                          # the way back is tried at the end
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from runbook_tui.run.ports import OperatorError

KEY = "rehearse"
FASTER = 100.0


class BadRules(OperatorError):
    """What is said of the rehearsal cannot be used; nothing was run."""


class Ending(StrEnum):
    """How a walk on the stage ends."""

    COMPLETED = "completed"
    STOPPED = "stopped"  # where a person is needed, with nothing to take back
    ROLLED_BACK = "rolled back"


class CommandRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of commands that look like this; the first that fits counts."""

    match: str  # shell pattern over the whole command, blanks made one
    run: str | None = None  # instead of it
    would: bool = False  # only shown

    def fits(self, text: str) -> bool:
        return fnmatchcase(plain(text), plain(self.match))


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    parts: tuple[str, ...] = ()
    targets: dict[str, str] = {}
    commands: tuple[CommandRule, ...] = ()
    values: dict[str, str] = {}
    files: str | None = None
    signals: dict[str, Any] = {}
    faster: float = FASTER
    expect: dict[str, Ending] = {}
    rollback: bool = True
    choose: dict[str, str] = {}  # title of a choice -> how the option begins

    def target(self, name: str) -> str | None:
        return next((to for pattern, to in self.targets.items() if fnmatchcase(name, pattern)), None)


def read(front_matter: Mapping[str, Any], sidecar: Mapping[str, Any] | None) -> Rules:
    """The sidecar's word counts where both say something. Raises BadRules."""
    said: dict[str, Any] = {}
    for source in (front_matter, sidecar or {}):
        inner = source.get("rbt")
        for place in (source, inner if isinstance(inner, Mapping) else {}):
            found = place.get(KEY)
            if found is not None and not isinstance(found, Mapping):
                raise BadRules(f"`{KEY}` holds a mapping, not {found!r}")
            said |= dict(found or {})
    try:
        rules = msgspec.convert(said, Rules, strict=False)
    except msgspec.ValidationError as error:
        raise BadRules(f"`{KEY}` cannot be used: {error}") from None
    if rules.faster < 1:
        raise BadRules(f"`{KEY}.faster` is 1 or more, not {rules.faster:g}")
    return rules


def plain(text: str) -> str:
    return " ".join(text.split())
