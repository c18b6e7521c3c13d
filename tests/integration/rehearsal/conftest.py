"""Rehearsals as an operator starts them: `rbt rehearse` in a process of its own, with a state of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest


@dataclass
class Done:
    code: int
    said: str  # progress
    report: dict

    def step(self, title):
        return next(step for step in self.report["steps"] if step["title"].startswith(title))


@pytest.fixture
def rehearse(tmp_path):
    """Rehearse a document's text; `sidecar` is YAML."""

    def run(text, *words, sidecar=None, env=None, name="deploy.md"):
        place = tmp_path / "documents"
        place.mkdir(exist_ok=True)
        (place / name).write_text(text)
        if sidecar is not None:
            (place / name).with_suffix(".runbook.yaml").write_text(sidecar)
        environ = {**os.environ, "RBT_STATE": str(tmp_path / "state"), **(env or {})}
        command = [sys.executable, "-m", "runbook_tui", "rehearse", str(place / name), "--json", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=110, check=False)
        assert done.stdout, done.stderr
        assert not list((tmp_path / "state" / "rehearsals").glob("*")), "the stage was left standing"
        return Done(done.returncode, done.stderr, json.loads(done.stdout))

    return run


@pytest.fixture
def rbt(tmp_path):
    """Any other verb over the same state: exit code, output."""

    def run(*words):
        environ = {**os.environ, "RBT_STATE": str(tmp_path / "state")}
        command = [sys.executable, "-m", "runbook_tui", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return run
