"""What `rbt new` writes is a runbook that nothing is to be said against."""

import argparse

import pytest

from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.new_commands import TEMPLATES, main, text
from runbook_tui.records import BadInput

BLANK = "RB202"  # told, not found fault with: its value is asked for


@pytest.mark.parametrize("template", TEMPLATES)
def test_lint_finds_nothing(template):
    runbook = read(text(template, "Release the api").encode(), f"{template}.md")
    found = [(one.code, one.line, one.message) for one in lint(runbook) if one.code != BLANK]
    assert found == []
    assert runbook.title == "Release the api"
    assert runbook.steps


@pytest.mark.parametrize("template", ["commands", "gated"])
def test_it_has_a_way_back_and_says_when(template):
    runbook = read(text(template, "T").encode(), "t.md")
    assert len(runbook.triggers) == 2
    assert runbook.rollback_commands
    assert len(runbook.signoffs) == 2


def test_it_is_written_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    args = argparse.Namespace(name="release-the-api", template="checklist")
    assert main(args) == 0
    assert (tmp_path / "release-the-api.md").read_text().startswith("# Release the api\n")
    (tmp_path / "release-the-api.md").write_text("mine")
    with pytest.raises(BadInput, match="is there already"):
        main(args)
    assert (tmp_path / "release-the-api.md").read_text() == "mine"
    assert main(argparse.Namespace(name=None, template="checklist")) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in TEMPLATES)
