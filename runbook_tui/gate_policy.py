"""What the operator's policy says of gates. It is never the document's business.

# policy.yaml in the state folder, or the file that RBT_POLICY or config.toml names
automatic_rollback: {on: true, countdown: 30s}
notify: ['slack://…', 'mailto://…']      # or RBT_NOTIFY, separated by spaces; or in config.toml
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
import yaml

from runbook_tui.config import own_config, policy_file
from runbook_tui.document import rules
from runbook_tui.run.ports import OperatorError

COUNTDOWN = 30.0  # seconds


class BadPolicy(OperatorError):
    """The policy cannot be read; nothing is done without one that can."""


class GatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    automatic_rollback: bool = False
    countdown: float = COUNTDOWN  # seconds in which a person can hold it
    notify: tuple[str, ...] = ()


def read_gate_policy() -> GatePolicy:
    """The policy of this place; without a file the careful one. Raises BadPolicy."""
    config = own_config()
    chosen = os.environ.get("RBT_POLICY") or config.policy
    path = policy_file()
    if not chosen and not path.is_file():
        return GatePolicy(notify=_addresses(None) or config.notify)
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"the policy {path} cannot be read: {str(error).splitlines()[0]}") from None
    if content is not None and not isinstance(content, dict):
        raise BadPolicy(f"the policy {path} must hold a mapping")
    policy = of_mapping(content or {}, str(path))
    return policy if policy.notify else msgspec.structs.replace(policy, notify=config.notify)


def of_mapping(content: dict[str, Any], source: str) -> GatePolicy:
    """Only what concerns gates; other keys belong to others. Raises BadPolicy."""
    said = content.get("automatic_rollback", False)
    countdown: Any = None
    if isinstance(said, dict):  # a bare `on` is YAML's true
        countdown = said.get("countdown")
        said = said.get("on", said.get(True, False))
    if not isinstance(said, bool):
        raise BadPolicy(f"automatic_rollback in {source} is on or off, not {said!r}")
    seconds = COUNTDOWN if countdown is None else _seconds(countdown)
    if seconds is None or not 0 <= seconds <= 3600:
        raise BadPolicy(f"countdown in {source} is a time up to an hour, not {countdown!r}")
    return GatePolicy(automatic_rollback=said, countdown=seconds, notify=_addresses(content.get("notify")))


def _seconds(said: Any) -> float | None:
    return float(said) if isinstance(said, (int, float)) and not isinstance(said, bool) else rules.seconds(str(said))


def _addresses(said: Any) -> tuple[str, ...]:
    if from_environment := os.environ.get("RBT_NOTIFY"):
        return tuple(from_environment.split())
    return tuple(str(one) for one in (said if isinstance(said, list) else [said] if said else []))
