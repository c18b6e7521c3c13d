"""The order as bytes and words, and the supervisor's answers as values."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.ports import JobExit, JobOrder, JobPhase, TargetError
from runbook_tui.targets import order as wire


def an_order(**fields):
    return JobOrder(**{"run": "brave-otter", "job": "j1", "text": "true", "home": "/srv", **fields})


def test_the_text_is_sent_as_it_is():
    text = 'echo "it\'s $HOME" `date` \\\n# ünïcode \udcff'
    assert wire.payload(an_order(text=text)).data == text.encode("utf-8", "surrogateescape")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_quoted_value_reads_back_as_one_word(value):
    assert shlex.split(wire.quoted(value.encode()).decode("utf-8")) == [value]


def test_values_come_before_the_text_and_the_lengths_tell_them_apart():
    order = an_order(env={"RBT_V_A": "it's", "B": "two\nlines"})
    parts = wire.payload(order)
    assert parts.env == b"export RBT_V_A='it'\\''s'\nexport B='two\nlines'\n"
    assert wire.arguments(order, parts)[2:4] == [str(len(parts.env)), "4"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden", "-x", "a b", "a\n", "ä", "x" * 201])
def test_an_id_that_could_lead_to_another_folder_is_refused(name):
    with pytest.raises(TargetError, match="Nothing was run"):
        wire.checked_name(name)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A=B", "A;id", "Ä"])
def test_a_name_no_variable_can_have_is_refused(name):
    with pytest.raises(TargetError, match="Nothing was run"):
        wire.payload(an_order(env={name: "x"}))


@pytest.mark.parametrize("order", [an_order(text="a\0b"), an_order(env={"A": "\0"})])
def test_a_nul_byte_is_refused(order):
    with pytest.raises(TargetError, match="NUL"):
        wire.payload(order)


def test_a_shell_whose_state_cannot_be_carried_is_refused():
    order = an_order(shell="fish")
    with pytest.raises(TargetError, match="fish"):
        wire.arguments(order, wire.payload(order))


def test_a_result_is_read_and_its_padding_ignored():
    text = (
        "exit 143\nsignal TERM\ntimed_out 1\ncancelled 0\nleftover 2\nstate 1\nseconds 1.25\ndetail a b\n.\nexit 0"
        + " " * 99
    )
    assert wire.result(wire.answer(text)) == JobExit(
        exit=143, signal="TERM", timed_out=True, leftover=2, seconds=1.25, shell_state=True, detail="a b"
    )


def test_no_exit_status_is_unknown_and_never_success():
    assert wire.result(wire.answer("exit -\ncancelled 1\n.\n")).exit is None
    assert wire.result({}).exit is None


def test_a_report_is_read():
    report = wire.report(wire.answer("phase exited\nstarted 1700000000\nbytes 12\nexit 3\n"))
    assert (report.phase, report.exit, report.output_bytes, report.started) == (JobPhase.EXITED, 3, 12, 1700000000.0)


def test_an_answer_nobody_understands_is_an_error_and_not_a_phase():
    with pytest.raises(TargetError, match="not understood"):
        wire.report(wire.answer("Welcome to host\n"))


def test_a_refusal_carries_the_reason():
    with pytest.raises(TargetError, match=r"^Cannot write to /x\. Nothing was run\.$"):
        wire.understood("start", "failed cannot write to /x\n")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\n\t"), max_size=300))
def test_a_short_order_goes_line_by_line_and_comes_together_again(text):
    order = an_order(text=text, env={"A": "x", "B": "y\n"})
    parts = wire.payload(order)
    words, data = wire.in_lines(order, parts)
    lines = data.decode().split("\n")
    assert lines.pop() == ""
    *_, env_count, text_count, _one = words
    env_lines = int(env_count)
    assert "\n".join(lines[:env_lines]).encode() == parts.env
    assert "\n".join(lines[env_lines:]).encode() == parts.text
    assert len(lines) == env_lines + int(text_count)


@pytest.mark.parametrize("fields", [{"text": "echo ü"}, {"text": "\x01"}, {"text": "x" * 3000}, {"password": "p"}])
def test_what_a_shell_would_not_read_well_goes_the_long_way(fields):
    order = an_order(**fields)
    assert wire.in_lines(order, wire.payload(order)) is None


@pytest.mark.parametrize(
    "text", ["true", "df -h /srv", "systemctl restart api.service", "kubectl get pod -n=a,b x@y:z  %1\n"]
)
def test_a_program_with_its_words_is_one(text):
    order = an_order(text=text)
    assert wire.is_one_program(order)
    assert wire.in_lines(order, wire.payload(order))[0][-1] == "one"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cd /srv",
        "export A=1",
        "A=1",
        "A=1 make",
        "echo a",
        ". ./env",
        "source env",
        "exec true",
        "./deploy.sh",
        "ls *",
        "ls ~",
        "ls $HOME",
        "ls `pwd`",
        "ls 'a b'",
        "ls a\\ b",
        "ls > out",
        "ls | wc",
        "ls &",
        "ls\r\n",
        "ls; pwd",
        "ls\npwd",
        "! ls",
        "ls {a,b}",
        "ls a[1]",
        "ls a?",
        "time ls",
        "ls # all",
        "if ls",
        "[ -f x ]",
        "-x",
        "ls !1",
        "ls ^a^b",
        "ls (a)",
        "ls é",
    ],
)
def test_what_a_shell_has_more_to_do_with_is_none(text):
    assert not wire.is_one_program(an_order(text=text))


def test_another_shell_that_was_asked_for_is_given():
    assert not wire.is_one_program(an_order(text="true", shell="dash"))


@given(st.from_regex(wire._ONE_PROGRAM.pattern.decode(), fullmatch=True))
def test_the_words_of_one_program_are_what_a_shell_takes_them_for(text):
    assert text.split() == shlex.split(text, comments=True)
