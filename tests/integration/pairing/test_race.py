"""Two drivers race for the steps of a run, from two processes, taking the drive from each other all the time."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import DriveTaken, JobFinished, JobResolved, JobStarted, RunStarted
from tests.disk.writer import DOCUMENT, WallClock

RACER = Path(__file__).with_name("racer.py")
ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(180)
async def test_a_thousand_steps_never_two_at_once_and_none_twice(tmp_path):
    steps = 1000
    (tmp_path / "jobs").mkdir()
    journal = await SqliteJournal.open(tmp_path / "state", clock=WallClock(), actor="nobody")
    name = sha256(DOCUMENT).hexdigest()
    first = RunStarted(title="t", source="/a.md", document=name, tool="0", user="a", host="b")
    await journal.open_run("r", [first], {name: DOCUMENT})
    await journal.give_drive("r")
    racers = [
        subprocess.Popen(
            [sys.executable, str(RACER), str(tmp_path), who, str(steps), str(seed)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed, who in enumerate(("ana@a", "ben@b"))
    ]  # fmt: skip
    try:
        told = [await asyncio.to_thread(racer.communicate, None, 150) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
    assert [racer.returncode for racer in racers] == [0, 0], told
    records = await journal.read("r")
    await journal.close()
    effects = Counter(line.split()[0] for line in (tmp_path / "effects").read_text().splitlines())
    assert set(effects) == {str(n) for n in range(steps)}
    assert set(effects.values()) == {1}  # no step ran twice
    running, epoch, drives = set(), 0, 0
    for record in records:
        match record.event:
            case DriveTaken(epoch=taken):
                assert taken == epoch + 1
                epoch, drives = taken, drives + 1
            case JobStarted(job=job):
                assert not running, "two commands at once"
                assert record.epoch == epoch
                running.add(job)
            case JobFinished(job=job) | JobResolved(job=job):
                running.discard(job)
        assert record.epoch in (0, epoch) or record.seq == 1
    assert not running
    assert drives > 10
    by = Counter(line.split()[1] for line in (tmp_path / "effects").read_text().splitlines())
    assert min(by.values()) > 50  # both have really raced
