"""Keys of one's own: what is wrong is told and left out, and no key means two things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.tui import keymap
from runbook_tui.tui.keys import PLACES, bindings


@pytest.mark.parametrize("style", sorted(keymap.STYLES))
def test_no_style_is_against_itself(style):
    found = keymap.read(f'style = "{style}"')
    assert not found.troubles
    assert keymap.conflicts(found) == []


def test_every_binding_can_be_rebound():
    names = [binding.id for place in PLACES for binding in bindings(place)]
    assert len(names) == len(set(names))
    assert all(name.partition(".")[0] in PLACES for name in names)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("style = 'emacs'", "there is no style 'emacs'"),
        ("[wlak]\ntick = 't'", "there is no place 'wlak'; did you mean walk?"),
        ("[walk]\ntik = 't'", "walk has no action 'tik'; did you mean tick?"),
        ("[walk]\ntick = 'hyperspace'", "'hyperspace' is no key"),
        ("[walk]\ntick = 7", "7 is no key"),
        ("[walk]\ntick = 's'", "s is both walk.skip and walk.tick: walk.tick stays as it was"),
        ("[walk]\ntick = 'j'", "j is both"),
        ("[walk]\ntick = 'ctrl+q'", "ctrl+q is both app.leave and walk.tick"),
        ("tick = ", "is no TOML"),
    ],
)
def test_what_is_wrong_is_told_and_not_used(text, trouble):
    found = keymap.read(text)
    assert any(trouble in one for one in found.troubles), found.troubles
    assert found.own.get("walk.tick") is None
    assert keymap.conflicts(found) == []


def test_two_keys_can_be_swapped():
    found = keymap.read("[walk]\ntick = 's'\nskip = 'space'")
    assert not found.troubles
    assert found.shown("walk", "tick") == "s"
    assert found.shown("walk", "skip") == "space"


ACTIONS = st.sampled_from([f"{place}.{key.action}" for place in PLACES for key in PLACES[place].keys])


@given(st.dictionaries(ACTIONS, st.sampled_from([*"abcjk?/[", "ctrl+x", "f5", "enter", "tab"]), max_size=8))
def test_whatever_is_asked_for_no_key_means_two_things(asked):
    tables: dict[str, list[str]] = {}
    for name, key in asked.items():
        place, _, action = name.partition(".")
        tables.setdefault(place, []).append(f'{action} = "{key}"')
    text = "\n".join(f"[{place}]\n" + "\n".join(rows) for place, rows in tables.items())
    found = keymap.read(text)
    assert keymap.conflicts(found) == []
    as_it_was = [name for name, key in asked.items() if keymap.read("").shown(*name.split(".")) == key]
    assert len(found.own) + len(found.troubles) >= len(asked) - len(as_it_was) - 1
