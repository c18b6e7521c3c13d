"""`rbt stats` as a process: verdicts, exit codes, JSON."""

import json
import os
import subprocess
import sys

import pytest

from tests.rbt import run as run_rbt

NUMBER_OR_NONE = {"type": ["number", "null"]}
ESTIMATE = {
    "type": "object",
    "required": ["method", "n", "estimate", "low", "high", "confidence", "p", "p_adjusted", "verdict", "notes"],
    "properties": {
        "method": {"type": "string"},
        "n": {"type": "integer"},
        "verdict": {"enum": ["pass", "fail", "no_data", "insufficient", "error"]},
        "notes": {"type": "array", "items": {"type": "string"}},
        **dict.fromkeys(("estimate", "low", "high", "confidence", "p", "p_adjusted"), NUMBER_OR_NONE),
    },
}
ONE = {**ESTIMATE, "required": [*ESTIMATE["required"], "schema", "verb"]}
FAMILY = {
    "type": "object",
    "required": ["schema", "verb", "verdict", "results"],
    "properties": {"schema": {"const": "runbook-tui/stats@1"}, "results": {"type": "array", "items": ESTIMATE}},
}

EXIT_OF_AN_ERROR = 2


@pytest.fixture
def stats(tmp_path):
    def run(*arguments, code=0, **files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        done = run_rbt("stats", *arguments, env={**os.environ, "RBT_STATE": str(tmp_path)}, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def lines(values):
    return "\n".join(map(str, values))


def test_an_interval_with_every_point_drawn(stats):
    done = stats("bca", "times", "--at-most", "30", times=lines(range(10, 40)))
    assert "95% " in done.stdout
    assert "│" in done.stdout
    assert done.stdout.endswith("pass\n")
    stats("bca", "times", "--at-most", "5", code=1)
    stats("bca", "times", "--at-most", "25", code=3)


def test_the_json_keeps_its_form(stats):
    import jsonschema

    one = json.loads(stats("bca", "t", "--json", "--seed", "9", t=lines(range(30))).stdout)
    jsonschema.validate(one, ONE)
    assert one["seed"] == 9
    family = json.loads(stats("bh", "p", "--json", p="name,p\na,0.001\nb,0.9\n").stdout)
    jsonschema.validate(family, FAMILY)
    assert [row["name"] for row in family["results"]] == ["a", "b"]
    assert family["results"][0]["p_adjusted"] == 0.002


def test_a_candidate_is_compared_with_its_base(stats):
    stats("compare", "a", "b", "--paired", code=1, a="1\n2\n3\n4\n", b="2.1\n3\n4.1\n5\n")
    stats("compare", "a", "b", "--paired", "--better", "higher")
    stats("compare", "a", "a", "--paired", code=3)


def test_budgets_are_kept_within_five_percent(stats):
    stats("parity", "a", "b", a="flops,100\n", b="flops,105\n")
    stats("parity", "a", "b", code=1, b="flops,106\n")


def test_impossible_designs_and_bad_input_are_told_in_a_sentence(stats):
    assert "never reject" in stats("design", "sign-flip", "5", code=2).stderr
    assert "never reject" in stats("bh", "p", "--test", "sign-flip", "--n", "5", code=2, p="0.01\n").stderr
    assert "is empty" in stats("bca", "none", code=2, none="").stderr
    assert "cannot be read" in stats("bca", "missing", code=2).stderr
    stats("bca", "same", code=3, same=lines([10000.0] * 35))


def test_without_scipy_one_line_says_what_to_install(stats, tmp_path):
    (tmp_path / "scipy.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, "-m", "runbook_tui", "stats", "bca", "t"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, input="", timeout=60,
    )  # fmt: skip
    assert "cannot be read" in done.stderr
    (tmp_path / "t").write_text("1\n2\n3\n")
    done = subprocess.run(
        [sys.executable, "-m", "runbook_tui", "stats", "bca", "t"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, input="", timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "rbt: this wants SciPy, which is not installed here: pip install 'runbook-tui[stats]'\n"


def test_what_takes_too_long_is_given_up_and_decides_nothing(stats):
    values = lines(number * 1.37 % 11 for number in range(20_000))
    done = stats("bca", "v", "--statistic", "p95", "--deadline", "0.5", code=EXIT_OF_AN_ERROR, v=values)
    assert "no answer within 0.5 s" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_plot_fits_where_it_is_shown(stats, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    done = stats(
        "bca", "a-file-with-a-rather-long-name.txt", **{"a-file-with-a-rather-long-name.txt": lines(range(30))}
    )
    drawn = [line for line in done.stdout.splitlines() if "│" in line]
    assert drawn
    assert all(len(line) <= 50 for line in drawn)
