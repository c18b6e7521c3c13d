"""What the screens say of keys is asked of the keymap: a letter written down in a sentence is wrong once it is rebound."""

import ast
import re
from pathlib import Path

import pytest

import runbook_tui
from runbook_tui.tui import keymap
from runbook_tui.tui.footer import both, hint
from runbook_tui.tui.keymap import Keymap

TUI = Path(runbook_tui.__file__).parent / "tui"
_HOLE = "\0"  # where an f-string has a value
_AROUND = rf"\w{_HOLE}'’"
KEY = re.compile(
    rf"(?<![{_AROUND}$<\-/.`%\\])(?:[B-HJ-Zb-z]|enter|space|esc|tab|pgup|pgdn|ctrl\+\w)(?![{_AROUND}/\-.:=%])"
)
UNITS = re.compile(rf"{_HOLE} (?:s|h|°C|W)(?!\w)")
# Questions have their own keys, which are not to be rebound; the terminal is the shell's when it was handed over.
OF_QUESTIONS = {
    "questions.py": {f"enter {_HOLE}    esc leave it", f"{_HOLE} is not the answer here: {_HOLE} does it, esc leaves it",
                     "esc leave it", "enter take it    esc leave it"},
    "by_hand.py": {"say what you saw; esc leaves it"},
    "find.py": {f"↑ ↓ choose    enter go there; then {_HOLE} {_HOLE} go on    esc stay"},
    "looking.py": {"esc leaves it"},
    "steering.py": {"a value is wanted; esc leaves it", "say why it shall run all the same; esc leaves it"},
    "help.py": {f"esc closes this    {_HOLE} finds any action by name"},
    "hand_over.py": {"\nenter goes back"},
    "keymap.py": {f"{_HOLE}.{_HOLE}: {_HOLE} is no key; write it like x, ctrl+x, f5, [ or enter"},
    "screen.py": {"rbt gpu --host H reads another machine."},
}  # fmt: skip
MODULES = sorted(TUI.rglob("*.py"))


def sentences(tree):
    """Every string that is no docstring, with a hole for each value in it."""
    docstrings, inner = set(), set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            docstrings.add(body[0].value)
        if isinstance(node, ast.JoinedStr):
            inner.update(part for part in ast.walk(node) if isinstance(part, ast.Constant))
            yield "".join(part.value if isinstance(part, ast.Constant) else _HOLE for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings | inner:
            yield node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TUI)))
def test_no_sentence_has_a_key_written_down(module):
    known = OF_QUESTIONS.get(module.name, set())
    for text in sentences(ast.parse(module.read_text())):
        if " " not in text.strip() or text in known or "\\x1b" in text:
            continue
        assert not KEY.search(UNITS.sub("", text)), f"{text!r}: ask the keymap"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TUI)))
def test_no_footer_has_a_key_written_down(module):
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Hint":
            first = node.args[0]
            fixed = (
                module.name in ("signing.py", "library.py")
                and isinstance(first, ast.Constant)
                and first.value == "enter"
            )
            assert fixed or not isinstance(first, ast.Constant), ast.unparse(node)
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            text, pen = node.elts
            if isinstance(pen, ast.Constant) and pen.value == "strong accent" and isinstance(text, ast.Constant):
                assert len(text.value.strip()) != 1, ast.unparse(node)


def test_a_hint_follows_the_keymap_and_is_clicked_as_it_is_pressed():
    mine = keymap.read('[library]\nopen = "f5"\n[rows]\nup = ["ctrl+y", "up"]\n')
    assert not mine.troubles
    assert hint(mine, "library", "open") == ("f5", "open", "open")
    assert hint(Keymap(), "library", "open").key == "enter"
    assert hint(mine, "library", "settings") == (",", "settings", "app.settings")
    assert hint(mine, "watched", "pause", "resume") == ("p", "resume", "pause")
    assert both(mine, "rows", "up", "down", "device") == ("ctrl+y ↓", "device", "")
