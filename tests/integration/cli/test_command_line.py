"""The `rbt` command as a process: exit codes, JSON, and one clear sentence for bad input."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.integration.run.desk import power_fails
from tests.rbt import run


class Rbt:
    def __init__(self, state: Path) -> None:
        self.state = state

    def __call__(self, *arguments: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = run(*arguments, env={**os.environ, "RBT_STATE": str(self.state)})
        assert "Traceback" not in done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *arguments: str | Path, code: int = 0) -> dict:
        return json.loads(self(*arguments, "--json", code=code).stdout)


@pytest.fixture
def rbt(tmp_path: Path) -> Rbt:
    return Rbt(tmp_path / "state")


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    path = tmp_path / "deploy.md"
    path.write_text("# Release\n\n## Deploy\n\n```bash\n# Change it\necho done > flag\n```\n\n- [ ] Looks right\n")
    return path


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("rbt: ")
    return lines[0]


def make_noise(path: Path) -> None:
    chance = random.Random(1)
    with path.open("wb") as file:
        for _ in range(50):
            file.write(chance.randbytes(1_000_000))


BAD = {
    "missing": (lambda path: None, "does not exist"),
    "a folder": (lambda path: path.mkdir(), "folder"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "blank": (lambda path: path.write_bytes(b" \n\n\t\n"), "empty"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), "binary"),
    "50 MB of noise": (make_noise, "MB"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("verb", [("show",), ("lint",), ("run", "--headless"), ()])
def test_a_file_that_is_no_runbook_is_refused_in_one_sentence(
    rbt: Rbt, tmp_path: Path, what: str, verb: tuple[str]
) -> None:
    make, word = BAD[what]
    path = tmp_path / "bad.md"
    make(path)
    arguments = (*verb, path) if verb else (path,)
    said = one_sentence(rbt(*arguments, code=2))
    if verb or what not in ("empty", "blank", "binary"):
        assert word in said
    assert "bad.md" in said or not verb


def test_who_mistypes_a_file_or_a_verb_is_told_what_is_near(rbt: Rbt, tmp_path: Path) -> None:
    (tmp_path / "release.md").write_text("- [ ] A\n")
    said = one_sentence(rbt("show", tmp_path / "relase.md", code=2))
    assert said.endswith(f"relase.md does not exist: did you mean {tmp_path / 'release.md'}?")
    assert one_sentence(rbt("staus", code=2)) == "rbt: staus does not exist: did you mean rbt status?"
    assert one_sentence(rbt("show", tmp_path / "quite-another.md", code=2)).endswith("does not exist")


def test_a_file_nobody_may_read_is_refused(rbt: Rbt, deploy: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    deploy.chmod(0)
    assert "cannot be read" in one_sentence(rbt("show", deploy, code=2))


def test_an_unclosed_fence_and_a_huge_document_open(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    path.write_text("# Long\n\n" + "- [ ] one more\n" * 100_000 + "\n```bash\necho never closed\n")
    shown = rbt.json("show", path)
    assert sum(step["box"] for step in shown["steps"]) == 100_000


def test_headless_stops_where_it_may_not_say_yes(rbt: Rbt, deploy: Path) -> None:
    run = rbt.json("run", deploy, "--headless", code=3)
    assert "--yes" in run["waiting_for"]
    assert not (deploy.parent / "flag").exists()
    again = rbt.json("resume", run["run"], "--headless", "--yes", code=3)
    assert (deploy.parent / "flag").exists()
    assert "by hand" in again["waiting_for"]
    assert [step["state"] for step in again["steps"]] == ["done", "pending"]
    assert again["steps"][0]["jobs"][0]["exit"] == 0


def test_a_failing_step_is_exit_one_and_is_not_repeated_without_being_asked(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "fails.md"
    path.write_text("# R\n\n## D\n\n```bash\n# Try\necho x >> tries; exit 9\n```\n")
    run = rbt.json("run", path, "--headless", "--yes", code=1)
    assert run["outcome"] == "failed"
    rbt("resume", "--headless", "--yes", code=1)
    assert (tmp_path / "tries").read_text() == "x\n"
    rbt("resume", "--headless", "--yes", "--retry", code=1)
    assert (tmp_path / "tries").read_text() == "x\nx\n"


def test_destruction_wants_its_own_yes(rbt: Rbt, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    path = tmp_path / "destroys.md"
    path.write_text("# R\n\n## D\n\n```bash\n# Remove it\nrm -rf precious\n```\n")
    run = rbt.json("run", path, "--headless", "--yes", code=3)
    assert "--yes-destroy" in run["waiting_for"]
    assert (tmp_path / "precious").exists()
    rbt("resume", "--headless", "--yes-destroy")
    assert not (tmp_path / "precious").exists()


def test_placeholders_come_from_the_command_line_and_never_by_guessing(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "asks.md"
    path.write_text("# R\n\n## D\n\n```bash\n# Write\necho <service> > out\n```\n")
    run = rbt.json("run", path, "--headless", "--yes", code=3)
    assert "<service>" in run["waiting_for"]
    assert "no placeholder" in rbt("resume", "--headless", "--yes", "--var", "other=1", code=2).stderr
    rbt("resume", "--headless", "--yes", "--var", "service=api")
    assert (tmp_path / "out").read_text() == "api\n"


def test_a_rollback_is_shown_first_and_ends_with_four(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "back.md"
    path.write_text(
        "# R\n\n## D\n\n```bash\n# Up\ntouch flag\n```\n\n- [ ] ok\n\n## Rollback procedure\n\n```bash\n# Down\nrm flag\n```\n"
    )
    rbt("run", path, "--headless", "--yes", code=3)
    assert "rm flag" in rbt("rollback", "--headless", code=3).stdout
    assert (tmp_path / "flag").exists()
    rbt("rollback", "--headless", "--yes", code=4)
    assert not (tmp_path / "flag").exists()
    assert rbt.json("runs")["runs"][0]["outcome"] == "rolled_back"


def test_nothing_changed_is_nothing_to_roll_back(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", code=3)
    assert "nothing was changed" in rbt("rollback", "--headless", "--yes", code=0).stdout
    assert rbt.json("status")["outcome"] == "waiting"


def test_an_edited_document_stops_a_headless_run_until_it_is_adopted(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", code=3)
    deploy.write_text(deploy.read_text().replace("echo done", "echo other"))
    assert "edited" in rbt.json("resume", "--headless", "--yes", code=3)["waiting_for"]
    assert not (deploy.parent / "flag").exists()
    rbt("resume", "--headless", "--yes", "--adopt", code=3)
    assert (deploy.parent / "flag").read_text() == "other\n"


def test_what_lies_beside_a_document_is_kept_with_its_run(rbt: Rbt, deploy: Path, tmp_path: Path) -> None:
    beside = deploy.with_suffix(".runbook.yaml")
    beside.write_text("rules: alerts.yml\nsteps:\n  Looks right: {skip: true}\n")
    deploy.with_name("alerts.yml").write_text("groups: []\n")
    rbt("run", deploy, "--headless", code=3)
    steps = rbt.json("status")["progress"]["total"]
    kept = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (beside, deploy.with_name("alerts.yml"))}
    beside.write_text("steps:\n  Looks right: {skip: false}\n")
    assert "beside the document" in rbt.json("resume", "--headless", "--yes", code=3)["waiting_for"]
    beside.unlink()
    assert rbt.json("status")["progress"]["total"] == steps  # by what the run keeps
    rbt("export", "-o", tmp_path / "run.tar")
    with tarfile.open(tmp_path / "run.tar") as tar:
        assert {f"blobs/{name}" for name in kept} < set(tar.getnames())
        sums = tar.extractfile("SHA256SUMS").read().decode()
        assert all(f"{name}  blobs/{name}" in sums for name in kept)
        assert all(name in tar.extractfile("VERIFY.md").read().decode() for name in kept)
    assert "leaves out “Looks right”" in rbt("verify", tmp_path / "run.tar").stdout


@pytest.mark.parametrize("text", ["- a list\n", "a: [\n", "at: 2026-99-99\n", "[" * 20_000])
def test_a_file_beside_a_document_that_cannot_be_read_starts_no_run(rbt: Rbt, deploy: Path, text: str) -> None:
    deploy.with_suffix(".runbook.yaml").write_text(text)
    assert "deploy.runbook.yaml" in one_sentence(rbt("run", deploy, "--headless", "--yes", code=2))
    assert rbt("runs").stdout == "no runs yet\n"


def test_a_document_without_steps_is_no_run(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "prose.md"
    path.write_text("# Thoughts\n\nNothing to do here.\n")
    assert "has no steps" in one_sentence(rbt("run", path, "--headless", "--yes", code=2))
    assert rbt("runs").stdout == "no runs yet\n"


def test_a_target_that_is_not_known_starts_no_run(rbt: Rbt, deploy: Path) -> None:
    assert "'moon' is in no inventory" in one_sentence(
        rbt("run", deploy, "--headless", "--yes", "--target", "moon", code=2)
    )
    assert rbt("runs").stdout == "no runs yet\n"


def test_a_run_goes_on_when_its_file_is_gone(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", code=3)
    deploy.unlink()
    rbt("resume", "--headless", "--yes", code=3)
    assert (deploy.parent / "flag").exists()


def test_an_outcome_nobody_can_tell_stops_headless_with_three_and_is_shown_as_unknown(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "slow.md"
    path.write_text("# R\n\n## D\n\n```bash\n# Slow\necho x >> effects; sleep 60\n```\n")
    app = subprocess.Popen(
        [sys.executable, "-m", "runbook_tui", "run", str(path), "--headless", "--yes"],
        env={**os.environ, "RBT_STATE": str(rbt.state)},
        stdout=subprocess.DEVNULL,
    )
    while not (tmp_path / "effects").exists():
        time.sleep(0.02)
    app.kill()
    app.wait()
    assert rbt.json("status")["steps"][0]["state"] == "unknown"
    power_fails(next((rbt.state / "jobs").glob("*/*")).name)
    run = rbt.json("resume", "--headless", "--yes", code=3)
    assert "unknown" in run["waiting_for"]
    assert run["steps"][0]["state"] == "unknown"
    rbt("resume", "--headless", "--yes", code=3)
    assert (tmp_path / "effects").read_text() == "x\n"


def test_two_runbooks_of_one_title_never_mix(rbt: Rbt, deploy: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    twin = other / "deploy.md"
    twin.write_text(deploy.read_text())
    first = rbt.json("run", deploy, "--headless", "--yes", code=3)
    second = rbt.json("run", twin, "--headless", code=3)
    assert first["title"] == second["title"]
    assert first["run"] != second["run"]
    assert [rbt.json("status", run["run"])["steps"][0]["state"] for run in (first, second)] == ["done", "pending"]
    assert not (other / "flag").exists()


@pytest.mark.parametrize("verb", [("status",), ("resume", "--headless"), ("rollback", "--headless")])
def test_a_run_that_is_not_there_is_named(rbt: Rbt, verb: tuple[str, ...]) -> None:
    assert "there is no run 'ghost'" in one_sentence(rbt(verb[0], "ghost", *verb[1:], code=2))


def test_status_of_nothing_writes_nothing(rbt: Rbt) -> None:
    rbt("status", code=2)
    assert rbt("runs").stdout == "no runs yet\n"
    assert not rbt.state.exists()


def test_a_damaged_journal_is_refused_and_left_as_it_is(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", code=3)
    database = rbt.state / "runs.db"
    garbage = b"this was a journal once " * 1000
    for beside in rbt.state.glob("runs.db-*"):
        beside.unlink()
    database.write_bytes(garbage)
    one_sentence(rbt("resume", "--headless", "--yes", code=None))
    assert database.read_bytes() == garbage


def test_an_event_edited_in_the_database_is_found(rbt: Rbt, deploy: Path) -> None:
    rbt("run", deploy, "--headless", code=3)
    db = sqlite3.connect(rbt.state / "runs.db")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE event SET body = replace(body, 'Release', 'Forgery') WHERE seq = 1")
    db.commit()
    db.close()
    assert "1" in one_sentence(rbt("status", code=5))


def test_a_full_disk_stops_the_run_before_its_commands(rbt: Rbt, deploy: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f 8; exec "{sys.executable}" -m runbook_tui run "{deploy}" --headless --yes'],
        env={**os.environ, "RBT_STATE": str(rbt.state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode not in (0, 3)
    assert "Traceback" not in done.stderr
    assert not (deploy.parent / "flag").exists()


def test_a_state_folder_that_cannot_be_written_is_one_sentence(rbt: Rbt, deploy: Path, tmp_path: Path) -> None:
    blocked = Rbt(tmp_path / "file" / "state")
    (tmp_path / "file").write_text("")
    one_sentence(blocked("run", deploy, "--headless", "--yes", code=None))
    assert not (deploy.parent / "flag").exists()


def test_control_sequences_never_reach_the_terminal(rbt: Rbt, tmp_path: Path) -> None:
    path = tmp_path / "evil.md"
    path.write_bytes(
        "# Title \x1b]0;owned\x07 here\n\n- [ ] box \x1b[2J \u202e reversed\n\n```bash\n# A \x1b]52;c;aGk=\x07 title\necho hi\n```\n".encode()
    )
    for arguments in (("show", path), ("lint", path), ("run", path, "--headless", "--yes"), ("status",)):
        done = rbt(*arguments, code=None)
        for bad in ("\x1b", "\x07", "\u202e"):
            assert bad not in done.stdout + done.stderr


def test_the_app_without_a_terminal_says_what_to_use_instead(rbt: Rbt, deploy: Path) -> None:
    assert "--headless" in one_sentence(rbt(deploy, code=2))


def test_version_and_help(rbt: Rbt) -> None:
    assert rbt("--version").stdout.startswith("rbt ")
    assert "examples:" in rbt("--help").stdout


def test_an_unknown_verb_is_taken_for_a_file_and_named(rbt: Rbt) -> None:
    assert "frobnicate" in one_sentence(rbt("frobnicate", code=2))


def test_doctor_examines_without_writing(rbt: Rbt) -> None:
    checks = {check["name"]: check["verdict"] for check in rbt.json("doctor")["checks"]}
    assert checks["sh"] == checks["journal"] == "ok"
    assert not rbt.state.exists()


HEAVY = ("textual", "rich", "asyncio", "markdown_it", "tree_sitter", "aiosqlite", "msgspec", "yaml", "argparse")


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    code = "import sys; from runbook_tui.cli import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["lint", "missing.md"], ["status"], ["runs"]])
def test_no_verb_without_a_screen_loads_the_screen(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom runbook_tui.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\nprint('loaded:', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "RBT_STATE": str(tmp_path)},
        check=True,
    )
    loaded = done.stdout.rsplit("loaded:", 1)[1].split()
    assert "textual" not in loaded
    assert "torch" not in loaded
