"""Rehearsals as an operator starts them: `rbt rehearse` in a process of its own, with a state of its own."""

import json
import os
from dataclasses import dataclass

import pytest

from tests.rbt import run as run_rbt


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
        done = run_rbt("rehearse", place / name, "--json", *words, env=environ, timeout=110)
        assert done.stdout, done.stderr
        assert not list((tmp_path / "state" / "rehearsals").glob("*")), "the stage was left standing"
        return Done(done.returncode, done.stderr, json.loads(done.stdout))

    return run


@pytest.fixture
def rbt(tmp_path):
    """Any other verb over the same state: exit code, output."""

    def run(*words):
        environ = {**os.environ, "RBT_STATE": str(tmp_path / "state")}
        done = run_rbt(*words, env=environ)
        return done.returncode, done.stdout + done.stderr

    return run
