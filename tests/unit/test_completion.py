"""Completion and the manual are made of the parsers: asked of the shells themselves."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_tui import cli, completion_commands
from runbook_tui.examples import EXAMPLES
from runbook_tui.verbs import VERBS
from runbook_tui.words import words

BIN = Path(sys.executable).parent
EVERY = list(words())


def shell(program, *arguments, stdin="", cwd=None):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd), "TERM": "dumb", "RBT_STATE": f"{cwd}/state"}
    run = subprocess.run(
        [program, *arguments], input=stdin, capture_output=True, text=True, check=False, cwd=cwd, env=environment,
        timeout=30,
    )  # fmt: skip
    assert not run.stderr.strip(), run.stderr
    return run.stdout


@pytest.fixture
def place(tmp_path):
    (tmp_path / "deploy.md").write_text("# D\n\n- [ ] One\n")
    (tmp_path / "notes.txt").write_text("no runbook")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "offered", "not_offered"),
    [
        (["rbt", "reh"], ["rehearse"], ["resume"]),
        (["rbt", ""], ["deploy.md", "serve"], ["notes.txt"]),
        (["rbt", "lab", "u"], ["up"], ["down"]),
        (["rbt", "lint", "--format", ""], ["text", "json", "sarif"], []),
        (["rbt", "rehearse", "--isol"], ["--isolation"], ["--fault"]),
        (["rbt", "show", ""], ["deploy.md"], ["notes.txt"]),
    ],
)
def test_bash_offers_what_the_parsers_take(place, typed, offered, not_offered):
    line = " ".join(map(shlex.quote, typed))
    script = f"{completion_commands.bash(EVERY)}\nCOMP_WORDS=({line}); COMP_CWORD={len(typed) - 1}; _rbt; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    got = shell("bash", "-c", script, cwd=place).split("\n")
    assert set(offered) <= set(got) | ({"serve"} - set(VERBS))
    assert not set(not_offered) & set(got)


def test_bash_offers_runs_by_name(place):
    (place / "rbt").write_text("#!/bin/sh\necho 'brave-otter  open  3/4'\necho 'calm-heron  completed'\n")
    (place / "rbt").chmod(0o755)
    script = f"PATH={place}:$PATH\n{completion_commands.bash(EVERY)}\nCOMP_WORDS=(rbt status b); COMP_CWORD=2; _rbt; echo ${{COMPREPLY[@]}}"
    assert shell("bash", "-c", script, cwd=place).strip() == "brave-otter"


def test_fish_offers_the_same(place):
    script = (
        completion_commands.fish(EVERY)
        + "\ncomplete -C 'rbt reh'; complete -C 'rbt lab u'; complete -C 'rbt lint --format '"
    )
    got = shell("fish", "--no-config", "-c", script, cwd=place)
    assert got.split("\n")[0].startswith("rehearse\t")
    assert "up\t" in got
    assert {"text", "json", "sarif"} <= set(got.split("\n"))


def test_zsh_offers_the_same(place):
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not here")
    import pexpect

    (place / "_rbt").write_text(completion_commands.zsh(EVERY))
    child = pexpect.spawn("zsh", ["-f", "-i"], cwd=str(place), encoding="utf-8", dimensions=(40, 160), timeout=15)
    child.sendline(
        f"PS1='READY> '; fpath=({place} $fpath); autoload -U compinit; compinit -u -d {place}/dump; echo on$((1+1))"
    )
    child.expect("on2")
    child.expect("READY> ")
    child.send("rbt reh\t")
    child.expect("earse")
    child.send("--isol\t")
    child.expect("ation")
    child.send("env\t")
    child.expect("ironment")
    child.send("dep\t")
    child.expect("loy.md")
    child.sendcontrol("u")  # not ctrl+c, which throws away what is typed meanwhile
    child.send("rbt lab do\t")
    child.expect("wn")
    child.sendcontrol("u")
    child.sendline("exit")
    child.close()


def test_the_manual_names_every_verb_and_has_no_faults(tmp_path):
    text = completion_commands.man(EVERY)
    for name, verb in VERBS.items():
        if verb.does:
            assert f".SS {name}\n" in text
    if shutil.which("groff"):
        page = tmp_path / "rbt.1"
        page.write_text(text)
        run = subprocess.run(
            ["groff", "-man", "-Tutf8", "-P-c", "-P-b", "-P-u", "-ww", "-K", "utf8", str(page)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert not run.stderr, run.stderr
        assert "EXIT STATUS" in run.stdout


def test_every_listed_verb_has_examples_that_its_parser_takes():
    assert set(EXAMPLES) - {"serve"} <= set(VERBS)
    for name, verb in VERBS.items():
        rows = EXAMPLES.get(name, ())
        assert rows or verb.does is None, name
        for line, _ in rows if not verb.raw else ():
            typed = shlex.split(line.partition(" > ")[0].removeprefix('eval "$(').removesuffix(')"'))[1:]
            chosen = cli._with_verb(typed)
            cli._parser(chosen[0]).parse_args(chosen)


def test_help_ends_with_examples(capsys):
    with pytest.raises(SystemExit):
        cli.main(["rehearse", "--help"])
    assert "rbt rehearse deploy.md" in capsys.readouterr().out
