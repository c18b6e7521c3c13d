"""`rbt gpu` against the stand-in: table, JSON, health, recording and replay."""

import contextlib
import io
import json
from pathlib import Path

import jsonschema
import pytest

from runbook_tui import cli, gpus, records, telemetry
from runbook_tui.gpus import ranges
from runbook_tui.run.gpu.verdicts import Verdict
from runbook_tui.signals.gpu import nvml
from tests.stand_in.truth import MIB, Truth

SCHEMA = json.loads(Path(__file__).with_name("gpu.schema.json").read_text())


@pytest.fixture
def truth(tmp_path, library, monkeypatch):
    told = Truth(tmp_path)
    for name, value in told.environment(library).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(telemetry, "APART", 0.1)
    return told


def test_a_stranger_who_goes_at_once_does_not_block(truth, monkeypatch):
    for index in (0, 1):
        truth.tell(index, procs=f"4000001:{300 * MIB}", memory_used=300 * MIB)
    judged = []

    def health(watch):
        judged.append({one.verdict for one in judge(watch) if one.check == "strangers"})
        if len(judged) == 1:
            for index in (0, 1):
                truth.tell(index, procs="", memory_used=0)
        return judge(watch)

    judge = telemetry.Telemetry.health
    monkeypatch.setattr(telemetry.Telemetry, "health", health)
    monkeypatch.setattr(telemetry, "APART", 1.0)
    told = json.loads(rbt("--health", "--for", "0.2", "--interval", "0.2", "--json", code=3))
    assert Verdict.BLOCK in judged[0]
    assert 2 <= len(judged) <= telemetry.LOOKS
    assert not [one for one in told["health"] if one["verdict"] == "block"]


def test_a_stranger_who_stays_blocks_after_three_looks(truth, monkeypatch):
    truth.tell(0, procs=f"4000001:{300 * MIB}", memory_used=300 * MIB)
    truth.tell(1, memory_used=0)
    looks = []
    judge = telemetry.Telemetry.health
    monkeypatch.setattr(telemetry.Telemetry, "health", lambda watch: looks.append(1) or judge(watch))
    assert "not ours: a process" in rbt("--health", "--for", "0.2", "--interval", "0.2", code=1)
    assert len(looks) == telemetry.LOOKS


def rbt(*arguments, code=0):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert cli.main(["gpu", *arguments]) == code, said.getvalue()
    return said.getvalue()


def test_the_table_says_what_is_there_and_that_it_is_fake(truth):
    truth.tell(0, power_instant=None, temperature=None)
    truth.tell(1, throttle=0x48)
    said = rbt()
    assert "FAKE: a stand-in of the driver" in said
    assert "61.0/79.6  77 %" in said
    assert "n/a/700" in said
    assert "slowed down: hardware slowdown, thermal (hardware)" in said


def test_the_json_is_as_it_is_documented(truth):
    truth.tell(0, procs=f"4000001:{300 * MIB}", util=None)
    told = json.loads(rbt("--json"))
    jsonschema.validate(told, SCHEMA)
    host = told["hosts"][0]
    assert (host["source"], host["reader"]) == ("fake", "nvml")
    assert host["gpus"][0]["util"] is None
    assert host["gpus"][0]["processes"][0]["memory"] == 300 * MIB
    assert told["health"] == []


def test_health_of_a_stand_in_is_never_a_pass(truth):
    for index in range(2):
        truth.tell(index, memory_used=0)
    told = json.loads(rbt("--health", "--json", "--for", "0.5", code=3))
    jsonschema.validate(told, SCHEMA)
    assert {check["verdict"] for check in told["health"]} == {"unknown"}
    assert "pass" not in rbt("--health", "--for", "0.5", code=3).replace("checks pass", "")


def test_health_that_blocks_exits_with_1_and_says_why(truth):
    truth.tell(1, recovery=2, memory_used=0)
    said = rbt("--health", "--for", "0.5", "--count", "8", code=1)
    assert "GPU 1    recovery action the driver asks to reboot the machine" in said
    assert "2 devices, 8 are expected" in said


def test_the_map_of_a_document_is_judged(truth, tmp_path):
    (tmp_path / "fleet.md").write_text("# Fleet\n\n- [ ] Start\n\n```yaml\nmission_A: cuda:0\nmission_D: cuda:2\n```\n")
    said = rbt(str(tmp_path / "fleet.md"), "--health", "--for", "0.2", code=1)
    assert "mission_D (line 7): cuda:2 is not there" in said


def test_what_was_recorded_is_played_again_and_says_so(truth, tmp_path):
    for name in ("incident.jsonl", "incident.jsonl.gz"):
        rbt("--record", str(tmp_path / name), "--for", "1.2", "--interval", "0.2")
        told = json.loads(rbt("--replay", str(tmp_path / name), "--json"))
        host = told["hosts"][0]
        assert host["replayed"]
        assert [gpu["util"] for gpu in host["gpus"]] == [83, 83]
    assert "REPLAY: a recording" in rbt("--replay", str(tmp_path / name))
    with_health = json.loads(rbt("--replay", str(tmp_path / name), "--health", "--json", "--for", "1", code=1))
    assert not any(check["verdict"] == "pass" for check in with_health["health"])


def test_a_recording_does_not_overwrite_and_a_broken_one_is_refused(truth, tmp_path):
    (tmp_path / "there").write_text("precious")
    rbt("--record", str(tmp_path / "there"), code=2)
    assert (tmp_path / "there").read_text() == "precious"
    rbt("--replay", str(tmp_path / "there"), code=2)
    rbt("--replay", str(tmp_path / "nowhere"), code=2)
    rbt("--record", str(tmp_path / "x"), "--for", "0.6", "--interval", "0.2")
    cut = (tmp_path / "x").read_bytes()[:-20]
    (tmp_path / "x").write_bytes(cut)  # as after a power cut
    assert json.loads(rbt("--replay", str(tmp_path / "x"), "--json"))["hosts"][0]["gpus"]


def test_a_driver_that_does_not_begin_is_an_answer(truth):
    truth.tell(init="!18")
    assert "not reloaded" in rbt(code=1)
    assert "BLOCK" in rbt("--health", "--for", "0", code=1)


def test_a_driver_that_hangs_for_ever_blocks(truth, monkeypatch):
    assert gpus.PATIENCE > nvml.GIVE_UP  # it is waited for until that is said
    monkeypatch.setattr(nvml, "GIVE_UP", 1.0)
    truth.tell(init="hang")
    said = rbt("--health", "--for", "0", "--interval", "0.2", code=1)
    assert "BLOCK" in said
    assert "the driver does not answer" in said


def test_links_that_do_not_answer_are_named(truth):
    truth.tell(0, nvlinks_hidden=2)
    assert "2 NVLinks do not answer" in rbt()


def test_nonsense_is_refused(truth):
    for arguments in (["--interval", "0"], ["--cuda", "newest"], ["--dcgm", "file:///etc/passwd"], ["--host", "a b"]):
        rbt(*arguments, code=2)


def test_a_range_of_hosts_is_as_many_machines():
    sources = telemetry.at_hosts(records.SystemClock(), ["gpu-[01-16]", "ana@other:2222"])
    assert [source.host for source in sources][::16] == ["gpu-01", "other"]
    assert len(sources) == 17


def test_ranges():
    assert ranges([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8"
    assert ranges([]) == ""
