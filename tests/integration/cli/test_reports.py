"""`rbt report` and `rbt export` as a person types them, on a run that really ran."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from tests.rbt import run as run_rbt

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
DOCUMENT = """# Release

## Deploy

```bash
# Say something
printf 'one\\n'; sleep 0.3; printf 'token %s\\n' "$(cat token)"; printf 'env %s\\n' "$DEPLOY_TOKEN"
```

- [ ] Looks right
"""
HIDDEN = "correct-horse-42"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "deploy.md").write_text(DOCUMENT)
    (folder / "token").write_text(TOKEN)
    rbt(folder, "run", "deploy.md", "--headless", "--yes", "--ticket", "CHG0042", code=3)
    return folder


def rbt(folder: Path, *words: str, code: int = 0) -> str:
    done = run_rbt(*words, env={**os.environ, "RBT_STATE": str(folder / "state"), "DEPLOY_TOKEN": HIDDEN}, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_ticket_is_shown(place: Path) -> None:
    assert json.loads(rbt(place, "status", "--json"))["ticket"] == "CHG0042"
    assert "CHG0042" in rbt(place, "status")
    assert "CHG0042" in rbt(place, "runs")


@pytest.mark.parametrize("form", ["md", "html", "json", "junit", "cast"])
def test_every_form_is_written_without_the_secrets(place: Path, form: str) -> None:
    text = rbt(place, "report", "--format", form)
    assert TOKEN not in text
    assert HIDDEN not in text
    if form in ("html", "json", "junit", "cast"):
        assert "token ***" in text
        assert "env ***" in text
    if form == "json":
        schema = Path(__file__).parents[2] / "unit" / "report" / "report.schema.json"
        jsonschema.validate(json.loads(text), json.loads(schema.read_text()))
    if form == "cast":
        events = [json.loads(line) for line in text.splitlines()[1:]]
        one, token = (next(event[0] for event in events if word in event[2]) for word in ("one\r\n", "token ***"))
        assert 0.2 < token - one < 5.0


def test_nothing_of_a_secret_is_in_the_journal(place: Path) -> None:
    for path in (place / "state").rglob("*"):
        if path.is_file() and "jobs" not in path.parts:
            data = path.read_bytes()
            assert TOKEN.encode() not in data, path
            assert HIDDEN.encode() not in data, path


def test_a_bundle_is_exported_and_verified(place: Path) -> None:
    rbt(place, "export", "-o", "run.tar")
    first = (place / "run.tar").read_bytes()
    assert TOKEN.encode() not in first
    assert "internally consistent" in rbt(place, "verify", "run.tar")
    assert json.loads(rbt(place, "verify", "run.tar", "--json"))["verdict"] == "holds"
    (place / "bad.tar").write_bytes(first.replace(b"env ***", b"env +++"))
    told = rbt(place, "verify", "bad.tar", code=5)
    assert "SHA256SUMS" in told


def test_casts_of_all_jobs_and_what_cannot_be_written(place: Path) -> None:
    rbt(place, "report", "--format", "cast", "-o", "casts/")
    assert len(list((place / "casts").glob("*.cast"))) == 1
    rbt(place, "report", "--format", "md", "-o", "/nowhere/at/all.md", code=2)
    assert not list(place.glob(".*part"))
