"""`rbt lint` as a process: exit status, files that are not there, shellcheck, and the report code hosts read."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.rbt import run as run_rbt

REPOSITORY = Path(__file__).parents[3]


def rbt(*arguments: str | Path, code: int = 0, path: Path | None = None, cwd: Path | None = None) -> str:
    places = [str(path)] if path else []
    done = run_rbt(
        "lint", *arguments, env={**os.environ, "PATH": os.pathsep.join([*places, "/usr/bin", "/bin"])}, cwd=cwd
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "ship it.md"
    path.write_text(
        "# Ship\n\n## Ship\n\n```bash\npython tools/ship.py --now --gone\nkubectl apply -f k8s/api.yaml\necho $(ls\\\n | wc -l)\n```\n\n"
        "## Rollback\n\n```bash\nkubectl rollout undo deploy/api\n```\n"
    )
    return path


def test_warnings_count_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# T\n\n```bash\nrm -rf /srv/x\n```\n")
    assert "1 warning" in rbt(path)
    rbt(path, "--strict", code=1)
    path.write_text("# T\n\n- [ ] a\n\n-----BEGIN PRIVATE" + " KEY-----\n")
    assert "RB209" in rbt(path, code=1)


@pytest.mark.parametrize("name", sorted(path.name for path in (REPOSITORY / "runbooks").glob("*.md")))
def test_our_own_runbooks_are_clean(name: str) -> None:
    rbt(REPOSITORY / "runbooks" / name, "--strict", "--shellcheck", "no")


def test_files_and_options_that_are_not_there(document: Path) -> None:
    said = rbt(document, "--check-paths")
    assert ":6: warning: tools/ship.py is named and is not there" in said
    assert ":7: warning: k8s/api.yaml is named and is not there" in said
    (document.parent / "tools").mkdir()
    (document.parent / "tools" / "ship.py").write_text("parser.add_argument('--now')\n")
    said = rbt(document, "--check-paths")
    assert "ship.py is named" not in said
    assert "--gone does not occur in tools/ship.py" in said
    assert "--now does not" not in said
    assert "RB213" not in rbt(document)


FAKE = """#!/bin/sh
cat > "$0.seen"
echo '[{"line": 7, "level": "warning", "code": 2046, "message": "Quote this."}, {"line": 999, "level": "style", "code": 1, "message": "x"}]'
"""


def test_shellcheck_sees_the_lines_of_the_document(document: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "shellcheck").write_text(FAKE)
    (tools / "shellcheck").chmod(0o755)
    said = rbt(document, path=tools)
    assert ":7: warning: shellcheck: Quote this. (SC2046) [RB302]" in said
    assert "[RB303]" in said
    rows = (tools / "shellcheck.seen").read_text().split("\n")
    assert rows[6] == "kubectl apply -f k8s/api.yaml"
    assert rows[14] == "kubectl rollout undo deploy/api"
    assert "RB30" not in rbt(document, "--shellcheck", "no", path=tools)


def test_a_broken_shellcheck_takes_nothing_away(document: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "shellcheck").write_text("#!/bin/sh\necho oops; exit 4\n")
    (tools / "shellcheck").chmod(0o755)
    assert "RB30" not in rbt(document, path=tools)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_real_shellcheck(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# T\n\n```bash\nA=1\nls $A\n```\n")
    assert ":5: info: shellcheck:" in rbt(path, path=Path(str(shutil.which("shellcheck"))).parent)


@pytest.mark.skipif(shutil.which("shellcheck", path="/usr/bin:/bin") is not None, reason="shellcheck is installed")
def test_shellcheck_may_be_demanded(document: Path) -> None:
    assert "shellcheck is not installed" in rbt(document, "--shellcheck", "yes", code=2)


def test_the_report_for_code_hosts(document: Path) -> None:
    report = json.loads(
        rbt(document.name, "--check-paths", "--format", "sarif", "--shellcheck", "no", cwd=document.parent)
    )
    assert report["version"] == "2.1.0"
    (run,) = report["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "ship%20it.md"
        assert place["region"]["startLine"] >= 1


def test_the_report_as_json(document: Path) -> None:
    report = json.loads(rbt(document, "--check-paths", "--format", "json", "--shellcheck", "no"))
    assert report["schema"] == "runbook-tui/lint@1"
    assert {"code", "severity", "line", "message"} <= set(report["files"][0]["findings"][0])
