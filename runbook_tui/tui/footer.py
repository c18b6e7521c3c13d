"""The hints of a footer, made of the tables of keys and of what the operator has rebound. Pure."""

from __future__ import annotations

from runbook_tui.tui.bars import Hint
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.keys import PLACES


def hint(keymap: Keymap, place: str, action: str, label: str = "") -> Hint:
    """An action by its key as it is now; a click on it does what the key does."""
    key = next(key for key in PLACES[place].keys if key.action == action)
    return Hint(keymap.shown(place, action), label or key.label, key.do or key.action)


def both(keymap: Keymap, place: str, one: str, other: str, label: str) -> Hint:
    """Two keys that do a thing forth and back; there is nothing to click."""
    return Hint(f"{keymap.shown(place, one)} {keymap.shown(place, other)}", label, "")
