"""`rbt lab VERB` as typed: what it says and how it exits."""

import argparse
import json

import pytest

from runbook_tui.lab import commands
from runbook_tui.lab.control import LabError


@pytest.fixture
def rbt_lab(folder, capsys, monkeypatch):
    monkeypatch.setenv("RBT_LAB_PORT", "0")
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)

    def run(line):
        code = commands.main(parser.parse_args(line.split()), folder)
        return code, capsys.readouterr().out

    return run


def test_what_a_person_types_is_answered_in_words_and_exit_codes(rbt_lab):
    code, said = rbt_lab("status")
    assert (code, said) == (1, "The lab is down. Bring it up: rbt lab up\n")
    assert rbt_lab("up")[0] == 0
    assert rbt_lab("status")[0] == 0
    assert rbt_lab("deploy v2")[0] == 0
    assert "v2       running         25 %" in rbt_lab("weights v1=75 v2=25")[1]
    assert "v2       running         25 %" in rbt_lab("weights")[1]
    assert rbt_lab("check --requests 20")[0] == 0
    code, said = rbt_lab("check --requests 20 --only v1")
    assert code == 1
    assert "FAILED: v2 answered 5 of 20, only v1 may" in said
    code, said = rbt_lab("check --requests 5 --max-p95 0")
    assert code == 1
    assert "is above 0 ms" in said
    assert rbt_lab("down")[0] == 0


def test_a_program_reads_json(rbt_lab):
    rbt_lab("up")
    status = json.loads(rbt_lab("status --json")[1])
    assert status["schema"] == "runbook-tui/lab@1"
    assert [part["name"] for part in status["parts"]] == ["gateway", "v1", "v2"]
    check = json.loads(rbt_lab("check --requests 4 --json")[1])
    assert check["schema"] == "runbook-tui/lab-check@1"
    assert check["versions"] == {"v1": 4, "v2": 0}
    assert check["complaints"] == []


def test_a_port_that_is_none_is_refused(rbt_lab, monkeypatch):
    monkeypatch.setenv("RBT_LAB_PORT", "many")
    with pytest.raises(LabError, match="RBT_LAB_PORT=many is not a port"):
        rbt_lab("up")


@pytest.mark.parametrize(
    "line", ["weights v1", "weights v1=much", "check --requests 0", "up --port 70000", "deploy v3"]
)
def test_what_cannot_be_meant_is_a_usage_error(rbt_lab, line, capsys):
    with pytest.raises(SystemExit) as error:
        rbt_lab(line)
    assert error.value.code == 2
    assert "usage:" in capsys.readouterr().err
