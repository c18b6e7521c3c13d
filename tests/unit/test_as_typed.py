"""What is told to be typed is what the shell finds."""

from runbook_tui.places import as_typed


def program(folder):
    folder.mkdir()
    path = folder / "rbt"
    path.write_text("#!/bin/sh\n")
    return path


def test_it_is_called_as_the_shell_finds_it(tmp_path, monkeypatch):
    own, other = program(tmp_path / "venv"), program(tmp_path / "other")
    monkeypatch.setenv("PATH", str(own.parent))
    assert as_typed(str(own)) == "rbt"
    monkeypatch.setenv("PATH", f"{other.parent}:{own.parent}")
    assert as_typed(str(own)) == str(own)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert as_typed("venv/rbt") == "venv/rbt"


def test_a_module_or_a_test_is_called_rbt(tmp_path):
    assert as_typed(str(tmp_path / "__main__.py")) == "rbt"
    assert as_typed("") == "rbt"
