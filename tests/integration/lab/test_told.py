"""What the lab tells of what it runs and keeps: advisories that name it, jobs that are not what was kept."""

import json
import sqlite3

import pytest

from runbook_tui.lab import control, images
from runbook_tui.lab.process import read_record
from runbook_tui.lab.server import ask


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "lab"
    control.up(folder, port=0, more={"store": "", "metrics": ""})
    yield folder
    control.down(folder)


def told(lab, name):
    page = ask(read_record(lab, "metrics").port, "GET", "/metrics").body.decode()
    return next(float(line.split()[1]) for line in page.splitlines() if line.startswith(name + " "))


def test_an_advisory_counts_when_what_it_names_runs(lab):
    (lab / images.ADVISORIES).write_text(json.dumps(["service:2.1.0"]))
    assert told(lab, "lab_critical_advisories") == 0
    images.build(lab, "service:2.1.0")
    control.deploy(lab, "v2", image="service:2.1.0")
    assert told(lab, "lab_critical_advisories") == 1


def test_a_damaged_job_is_found(lab):
    port = read_record(lab, "store").port
    for number in range(3):
        assert ask(port, "POST", "/jobs", json.dumps({"n": number}).encode()).status == 201
    assert told(lab, "lab_store_damaged") == 0
    db = sqlite3.connect(lab / "store.db")
    with db:
        db.execute("UPDATE job SET body = CAST(substr(body, 1, 4) AS BLOB) WHERE id = 2")
    db.close()
    assert told(lab, "lab_store_damaged") == 1
