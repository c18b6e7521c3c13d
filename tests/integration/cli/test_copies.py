"""`rbt backup`, `rbt restore` and `rbt doctor --repair` as typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.test_command_line import Rbt, deploy, one_sentence, rbt

__all__ = ["deploy", "rbt"]


def record(checks: dict) -> dict:
    return next(check for check in checks["checks"] if check["name"] == "record")


def test_a_run_ends_with_a_copy_and_comes_back_from_it(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", "--yes", code=3)
    rbt("resume", "--headless", "--yes", code=3)
    made = rbt.json("backup")
    assert made["schema"] == "runbook-tui/backup@1"
    (run,) = made["runs"]
    assert [copy["file"] for copy in rbt.json("backup", "--list")["backups"]] == [made["file"]]
    assert "every hash looked at" in rbt("backup").stdout
    database = rbt.state / "runs.db"
    database.write_bytes(b"\0" * database.stat().st_size)
    found = record(rbt.json("doctor", code=1))
    assert found["verdict"] == "fail"
    assert "rbt doctor --repair" in found["detail"]
    done = rbt.json("restore")
    assert done["events"] == run["events"]
    assert Path(done["set_aside"]).is_dir()
    assert rbt.json("status", run["run"])["run"] == run["run"]
    assert record(rbt.json("doctor"))["verdict"] == "ok"


def test_a_finished_run_was_copied_by_itself(rbt: Rbt, tmp_path: Path) -> None:
    document = tmp_path / "short.md"
    document.write_text("# Short\n\n```bash\necho done\n```\n")
    rbt("run", document, "--headless", "--yes")
    (copy,) = rbt.json("backup", "--list")["backups"]
    assert Path(copy["file"]).stat().st_size == copy["bytes"]


def test_repair_says_what_is_lost(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", "--yes", code=3)
    rbt.json("backup")
    rbt("resume", "--headless", "--yes", code=3)
    (rbt.state / "runs.db").unlink()
    done = rbt("doctor", "--repair", code=5)
    assert "LOST" in done.stdout
    assert "what was there before" not in done.stdout
    status = rbt("status").stdout
    assert "events before it are gone" in status
    assert "nothing was repaired" in rbt("doctor", "--repair").stdout


def test_refusals_are_one_sentence(rbt: Rbt, deploy: Path) -> None:
    assert "nothing to copy" in one_sentence(rbt("backup", code=2))
    assert "no sound copy" in one_sentence(rbt("restore", code=2))
    assert "is no copy of a journal" in one_sentence(rbt("restore", "none.db", code=2))
    rbt("run", deploy, "--headless", "--yes", code=3)
    file = rbt.json("backup")["file"]
    rbt("resume", "--headless", "--yes", code=3)
    said = one_sentence(rbt("restore", file, code=3))
    assert "Nothing was changed" in said
    assert "--older" in said
    assert rbt("restore", file, "--older").stdout.count("no longer in the journal") == 1


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_help(rbt: Rbt, verb: str) -> None:
    assert verb in rbt(verb, "--help").stdout
