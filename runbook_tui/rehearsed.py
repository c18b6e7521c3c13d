"""Whether a document was rehearsed, where the policy of a place wants that before a run.

# policy.yaml
rehearsal: required                                       # within the last 30 days
rehearsal: {required: true, max_age: 7d, profiles: [prod]}
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml

from runbook_tui.authorities import paths
from runbook_tui.document import rules
from runbook_tui.gate_policy import BadPolicy
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import Journal, OperatorError
from runbook_tui.run.written import Names, edited, names_in

KEY = "rehearsal"
MAX_AGE = 30 * 86_400.0  # seconds
_KEYS = frozenset({"required", "max_age", "profiles"})


class NotRehearsed(OperatorError):
    """The policy wants a rehearsal of this very document first; nothing was begun."""

    exit_code = 3


class RehearsalPolicy(msgspec.Struct, frozen=True, kw_only=True):
    required: bool = False
    max_age: float = MAX_AGE  # seconds
    profiles: tuple[str, ...] = ()  # only in these; empty: in all

    def asks(self, profile: str) -> bool:
        return self.required and (not self.profiles or profile in self.profiles)


def read_rehearsal_policy(path: Path | None = None) -> RehearsalPolicy:
    """What the policy of this place says of rehearsals. Raises BadPolicy."""
    path = path or paths()[0]
    if not path.is_file():
        return RehearsalPolicy()
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"the policy {path} cannot be read: {str(error).splitlines()[0]}") from None
    return of_mapping(content.get(KEY) if isinstance(content, dict) else None, str(path))


def of_mapping(said: Any, source: str) -> RehearsalPolicy:
    """Raises BadPolicy."""
    if said is None or said is False:
        return RehearsalPolicy()
    if said is True or said == "required":
        return RehearsalPolicy(required=True)
    if not isinstance(said, dict) or not set(said) <= _KEYS:
        raise BadPolicy(f"{KEY} in {source} is `required`, or a mapping with required, max_age and profiles")
    age = said.get("max_age", MAX_AGE)
    seconds = float(age) if isinstance(age, (int, float)) and not isinstance(age, bool) else rules.seconds(str(age))
    required = said.get("required", True)
    if seconds is None or seconds <= 0 or not isinstance(required, bool):
        raise BadPolicy(f"{KEY} in {source}: max_age is a time like 7d, required is true or false")
    named = said.get("profiles", ())
    profiles = tuple(str(one) for one in (named if isinstance(named, list) else [named] if named else ()))
    return RehearsalPolicy(required=required, max_age=seconds, profiles=profiles)


async def check_rehearsed(journal: Journal, names: Names, profile: str, now: datetime, policy: RehearsalPolicy) -> None:
    """Raises NotRehearsed when the policy asks for a rehearsal of these very files and there is none."""
    if not policy.asks(profile):
        return
    found = [run for run in await journal.runs() if run.rehearsal and run.document == names.document]
    recent = [run for run in found if now - run.last <= timedelta(seconds=policy.max_age)]
    other = False
    for run in sorted(recent, key=lambda one: one.last, reverse=True):
        state = fold(await journal.read(run.run))
        other = other or bool(edited(names_in(state), names))
        if state.ready and not edited(names_in(state), names):
            return
    if other:
        raise NotRehearsed(
            "the policy wants a rehearsal before this run, and what lies beside the document was edited since the "
            "last one: rbt rehearse FILE"
        )
    if recent:
        raise NotRehearsed("the policy wants a rehearsal before this run, and the last ones came out as not ready")
    why = "the last one is too long ago" if found else "this text of the document has none"
    raise NotRehearsed(f"the policy wants a rehearsal before this run, and {why}: rbt rehearse FILE")
