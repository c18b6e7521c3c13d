"""`rbt keys`: what is told of the operator's own file."""

from argparse import Namespace

import pytest

from runbook_tui import key_commands
from runbook_tui.tui import keymap


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "keys.toml"
    monkeypatch.setenv("RBT_KEYS", str(path))
    return path


def test_the_example_changes_nothing_and_with_its_marks_taken_away_neither(file):
    assert keymap.read(key_commands.example()) == keymap.Keymap()
    rows = [
        line.removeprefix("# ")
        for line in key_commands.example().split("\n")
        if ' = ["' in line or line.startswith("[")
    ]
    found = keymap.read("\n".join(rows))
    assert not found.troubles
    assert keymap.conflicts(found) == []


def test_what_is_wrong_is_told(file, capsys):
    file.write_text("[walk]\ntick = 'b'\nskip = 'n'\n")
    assert key_commands.main(Namespace(example=False)) == 1
    told = capsys.readouterr()
    assert "* tick           b " in told.out
    assert "n is both walk.note and walk.skip: walk.skip stays as it was" in told.err


def test_without_a_file_all_is_well(file, capsys):
    assert key_commands.main(Namespace(example=False)) == 0
    assert "The walk  [walk]" in capsys.readouterr().out


def test_a_file_that_is_no_text(file):
    file.write_bytes(b"\xff\xfe")
    assert "cannot be read" in key_commands.own_keys().troubles[0]
