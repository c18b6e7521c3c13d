"""The operator's own keys: a TOML file of styles and rebindings, checked for keys that mean two things. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from runbook_tui.tui import keys
from runbook_tui.tui.keys import PLACES, Key

VIM = {
    "walk.kernels": "K",
    "walk.output": "L",
    "walk.gpus": "ctrl+g",
    "outline.unfold": "right,l",
    "rows.top": "home,g",
    "output.back": "L,q,escape",
    "kernels.back": "K,q,escape",
    "lines.left": "left,h",
    "lines.right": "right,l",
    "rollback.output": "L",
    "kernels.output": "L",
    "gpus.back": "ctrl+g,q,escape",
}
STYLES: Mapping[str, Mapping[str, str]] = {"arrows": {}, "vim": VIM}

_BY_CHARACTER = {shown: name for name, shown in keys.NAMES.items() if len(shown) == 1 and shown.isascii()}
_NAMED = frozenset(keys.NAMES) | {
    "enter", "space", "tab", "escape", "home", "end", "insert", "delete", "backspace",
    *(f"f{number}" for number in range(1, 25)),
}  # fmt: skip
_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})


class Keymap(msgspec.Struct, frozen=True):
    """Keys that are not as they come, by `place.action`, and what was wrong with the file."""

    style: str = "arrows"
    own: dict[str, str] = {}
    troubles: tuple[str, ...] = ()

    def keys_of(self, place: str, key: Key) -> str:
        return self.own.get(f"{place}.{key.action}", key.keys)

    def shown(self, place: str, action: str) -> str:
        """The first key of an action as a person reads it; empty when it has none."""
        key = next((key for key in PLACES[place].keys if key.action == action), None)
        return keys.as_read(self.keys_of(place, key).partition(",")[0]) if key is not None else ""


def read(text: str) -> Keymap:
    """A keymap file. What is wrong in it is told and left out; the rest holds.

    `style = "vim"` or "arrows" first; then a table per place with `action = "key"` or a list of keys.
    """
    import tomllib  # late: most have no file

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Keymap(troubles=(f"the file of keys is no TOML and none of it is used: {error}",))
    troubles: list[str] = []
    style = found.pop("style", "arrows")
    if style not in STYLES:
        troubles.append(f"there is no style {style!r}: arrows or vim")
        style = "arrows"
    own = dict(STYLES[style])
    asked: dict[str, str] = {}
    for place, table in found.items():
        if place not in PLACES or not isinstance(table, dict):
            troubles.append(f"there is no place {place!r}{_perhaps(place, PLACES)}")
            continue
        actions = {key.action: key.keys for key in PLACES[place].keys}
        for action, value in table.items():
            if action not in actions:
                troubles.append(f"{place} has no action {action!r}{_perhaps(action, actions)}")
            elif (pressed := _pressed(value)) is None:
                troubles.append(f"{place}.{action}: {value!r} is no key; write it like x, ctrl+x, f5, [ or enter")
            elif pressed != own.get(f"{place}.{action}", actions[action]):
                asked[f"{place}.{action}"] = pressed
    keymap = _without_conflicts(Keymap(style, own | asked), asked, troubles)
    return msgspec.structs.replace(keymap, troubles=tuple(troubles))


def conflicts(keymap: Keymap) -> list[tuple[str, str, str]]:
    """Keys that mean two things at the same time: key, and the two actions as `place.action`.

    A list or the output in focus may take a key before the screen around it does, where it comes so; only what
    the operator chose is held against that.
    """
    out = []
    for name, place in PLACES.items():
        seen: dict[str, str] = {}
        for there in ("app", name):
            for key in PLACES[there].keys:
                for press in filter(None, keymap.keys_of(there, key).split(",")):
                    if press in seen and seen[press] != f"{there}.{key.action}":
                        out.append((press, seen[press], f"{there}.{key.action}"))
                    seen.setdefault(press, f"{there}.{key.action}")
        for there in place.inside:
            for key in PLACES[there].keys:
                for press in filter(None, keymap.keys_of(there, key).split(",")):
                    other = seen.get(press)
                    if other is not None and (other in keymap.own or f"{there}.{key.action}" in keymap.own):
                        out.append((press, other, f"{there}.{key.action}"))
    return list(dict.fromkeys(out))


def _without_conflicts(keymap: Keymap, asked: dict[str, str], troubles: list[str]) -> Keymap:
    """As long as two actions share a key, the one that was asked for last gives way."""
    while found := conflicts(keymap):
        press, first, second = found[0]
        loser = second if second in asked else first if first in asked else None
        own = dict(keymap.own)
        if loser is None:  # a style against itself: that is a defect, held by a test
            return keymap
        asked.pop(loser)
        own.pop(loser)
        if loser in STYLES[keymap.style]:
            own[loser] = STYLES[keymap.style][loser]
        keymap = Keymap(keymap.style, own)
        other = second if loser == first else first
        troubles.append(f"{keys.as_read(press)} is both {other} and {loser}: {loser} stays as it was")
    return keymap


def _pressed(value: object) -> str | None:
    """Keys as Textual writes them; None for what is no key."""
    wanted = value if isinstance(value, list) else [value]
    out = []
    for one in wanted:
        if not isinstance(one, str) or not one:
            return None
        before, _, last = one.rpartition("+") if len(one) > 1 else ("", "", one)
        last = _BY_CHARACTER.get(last, last) if last != " " else "space"
        last = next((name for name, shown in keys.NAMES.items() if shown == last), last)
        if not set(filter(None, before.split("+"))) <= _MODIFIERS:
            return None
        if not (len(last) == 1 and last.isalnum()) and last not in _NAMED:
            return None
        out.append(f"{before}+{last}" if before else last)
    return ",".join(out) if out else None


def _perhaps(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, list(names), 1)
    return f"; did you mean {close[0]}?" if close else ""


def keymap_of(app: object) -> Keymap:
    """The keymap of the app; as it comes where an app has none."""
    found = getattr(app, "keymap", None)
    return found if isinstance(found, Keymap) else Keymap()
