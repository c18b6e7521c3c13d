"""Who in a command wanted a password, read out of what it printed; and which commands call sudo."""

from __future__ import annotations

import pytest

from runbook_tui.run.elevation import Asking, asked, says_sudo, sentence


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("sudo: a password is required", "sudo"),
        ("sudo: a terminal is required to read the password; either use the -S option to read from", "sudo"),
        ("sudo: no tty present and no askpass program specified", "sudo"),
        ("sudo: sorry, you must have a tty to run sudo", "sudo"),
        ("sudo: interactive authentication is required", "sudo"),
        ("sudo-rs: interactive authentication is required", "sudo"),
        ("sudo: 3 incorrect password attempts", "sudo"),
        ("sudo: Ein Passwort ist notwendig", "sudo"),
        ("sudo: il est nécessaire de saisir un mot de passe", "sudo"),
        ("sudo: パスワードが必要です", "sudo"),
        ("sudo: слід вказати пароль", "sudo"),
        ("doas: a tty is required", "doas"),
        ("su: must be run from a terminal", "su"),
        ("su: Authentication failure", "su"),
        ("Failed to restart nginx.service: Interactive authentication required.", "polkit"),
        ("Error executing command as another user: Not authorized", "polkit"),
        ("sudo: reset-password: command not found", ""),
        ("sudo: unknown user deploi", ""),
        ("bash: line 1: sudo: command not found", ""),
        ("Nov 22 16:00:01 web sudo: pam_unix(sudo:auth): authentication failure; user=ops", ""),
        ("pseudo: a password is required", ""),
    ],
)
def test_who_wanted_a_password_is_read_from_its_own_words(line: str, who: str) -> None:
    assert asked(f"before\n{line}\nafter\n".encode()) == who


def test_it_is_found_however_the_output_is_cut_at_its_start_and_at_its_end() -> None:
    text = b"one\ntwo\nsudo: a password is required\nthree\n"
    for cut in range(len(text)):
        reading = Asking()
        reading.feed(text[:cut])
        reading.feed(text[cut:])
        assert reading.who() == "sudo", cut
    flood = b"a line of some length that says nothing of interest\n" * 1000
    reading = Asking()
    for _ in range(60):
        reading.feed(flood)
    assert reading.who() == ""
    reading.feed(b"sudo: a pass")
    reading.feed(b"word is required\n")
    assert reading.who() == "sudo"


def test_names_that_an_earlier_command_defined_with_sudo_in_them_call_it() -> None:
    before = [
        'restart() { sudo systemctl restart "$1"; }\nalias lg="sudo tail -f /var/log/syslog"',
        "SUDO=sudo",
        "other() { echo no; }",
    ]
    assert says_sudo("sudo ls")
    assert says_sudo("for h in a b; do restart $h; done", before)
    assert says_sudo("lg", before)
    assert says_sudo("${SUDO} apt-get update", before)
    assert not says_sudo("restart nginx")
    assert not says_sudo("other; ./restart.sh", before)
    assert not says_sudo("pseudo x; ./deploy.sh", before)


def test_each_sentence_says_what_to_do_and_nothing_that_is_not_there() -> None:
    given = sentence("sudo", said=True, given=False, here=True)
    assert "--ask-sudo" in given
    inside = sentence("sudo", said=False, given=False, here=True)
    assert "write sudo before it" in inside
    assert "`become`" not in inside
    assert "`become`" in sentence("sudo", said=False, given=False, here=False)
    assert "does not reach" in sentence("sudo", said=True, given=True, here=False)
    assert sentence("doas", said=False, given=False, here=False).startswith("doas ")
