"""What a command must leave: how it is written, asked for, and judged."""

import json
import subprocess

import pytest

from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read as read_document
from runbook_tui.document.traces import ANY_AGE, Trace, read
from runbook_tui.run.traces import judge, script


@pytest.mark.parametrize(
    ("said", "trace"),
    [
        ("out.json", Trace(file="out.json")),
        ("results/*.json count=5", Trace(file="results/*.json", count=5)),
        ("file=a.json field=x.y equals=ok fresh=10m", Trace(file="a.json", field="x.y", equals="ok", fresh=600)),
        ('"a b.txt" fresh=any', Trace(file="a b.txt", fresh=ANY_AGE)),
        ({"file": "$d/r", "field": "ok", "equals": True}, Trace(file="$d/r", field="ok", equals="true")),
    ],
)
def test_how_it_is_written(said, trace):
    assert read(said) == trace


@pytest.mark.parametrize(
    "said",
    [
        "",
        "a.json b",
        "x nonsense=1",
        "x count=0",
        "x count=many",
        "x fresh=soon",
        "$(rm -rf /)",
        "a;b",
        "`x`",
        "x equals=1",
        '"open',
    ],
)
def test_what_cannot_be_looked_for_has_a_problem(said):
    assert read(said).problem


def test_lint_names_it():
    text = '# T\n\n<!-- rbt: evidence="x fresh=soon" -->\n```bash\ntouch x\n```\n'
    assert [(f.code, f.severity.value) for f in lint(read_document(text.encode(), "t.md")) if f.code == "RB116"] == [
        ("RB116", "error")
    ]


def asked(trace, folder, elapsed=5.0, shell="sh", env=None):
    done = subprocess.run(
        [shell, "-c", script(trace)], cwd=folder, capture_output=True, timeout=10, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **(env or {})},
    )  # fmt: skip
    return judge(trace, done.stdout, elapsed=elapsed)


def old(path, seconds=3600):
    subprocess.run(["touch", "-d", f"-{seconds} seconds", str(path)], check=True)


def test_a_file_that_is_there_and_new(tmp_path):
    (tmp_path / "out.txt").write_text("one\ntwo\n")
    assert asked(read("out.txt"), tmp_path).ok
    assert asked(read("out.txt count=2"), tmp_path).detail == "out.txt: 2 lines"
    assert asked(read("out.txt count=3"), tmp_path).detail == "out.txt: 2 lines, 3 are wanted"
    assert asked(read("none.txt"), tmp_path).detail == "none.txt is not there"
    (tmp_path / "out.txt").write_text("")
    assert asked(read("out.txt"), tmp_path).detail == "out.txt is empty"


def test_a_file_of_yesterday_is_no_evidence(tmp_path):
    (tmp_path / "out.txt").write_text("x")
    old(tmp_path / "out.txt")
    assert "older than the command" in asked(read("out.txt"), tmp_path).detail
    assert asked(read("out.txt fresh=10m"), tmp_path).detail.startswith("out.txt is 36")
    assert asked(read("out.txt fresh=2h"), tmp_path).ok
    assert asked(read("out.txt fresh=any"), tmp_path).ok


def test_patterns_count_only_files_that_are_new(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.json").write_text("{}")
    assert asked(read("*.json count=3"), tmp_path).ok
    old(tmp_path / "a.json")
    assert asked(read("*.json count=3"), tmp_path).detail == "*.json: 2 files, 3 are wanted"


def test_fields_of_json_and_of_lines(tmp_path):
    (tmp_path / "r.json").write_text(json.dumps({"a": {"b": ["x", "y"]}, "ok": True, "n": 7, "none": [], "s": "up"}))
    for said, ok in (
        ("r.json field=a.b count=2", True), ("r.json field=a.b count=3", False), ("r.json field=ok equals=true", True),
        ("r.json field=a.b.1 equals=y", True), ("r.json field=none", False), ("r.json field=missing", False),
        ("r.json field=n count=5", True), ("r.json field=n count=8", False), ("r.json field=s equals=down", False),
    ):  # fmt: skip
        assert asked(read(said), tmp_path).ok is ok, said
    (tmp_path / "r.env").write_text("STATUS=ready\ncount: 5\n")
    assert asked(read("r.env field=STATUS equals=ready"), tmp_path).ok
    assert asked(read("r.env field=count equals=4"), tmp_path).detail == "count is 5, not 4"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_variables_and_odd_names_are_words_and_nothing_is_run(tmp_path, shell):
    place = tmp_path / "a b"
    place.mkdir()
    (place / "x y.json").write_text("{}")
    assert asked(read({"file": "$PLACE/x y.json"}), tmp_path, shell=shell, env={"PLACE": str(place)}).ok
    assert asked(read({"file": "~/a b/*.json"}), tmp_path, shell=shell).ok
    assert not asked(read({"file": "$PLACE/x"}), tmp_path, shell=shell, env={"PLACE": "$(touch bad)"}).ok
    assert not (tmp_path / "bad").exists()


def test_an_answer_that_is_none_is_no_evidence():
    assert not judge(read("x"), b"", elapsed=1).ok
    assert not judge(read("x"), b"sh: not found\n", elapsed=1).ok
