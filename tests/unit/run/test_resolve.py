import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.resolve import is_secret_name, resolve, variable_name
from runbook_tui.run.state import RunState, Variable
from tests.unit.run.documents import command


def with_value(**values: str) -> RunState:
    return RunState(variables={f"<{name}>": Variable(value=value) for name, value in values.items()})


def said(text: str, value: str) -> str:
    """What a real shell makes of the command when the placeholder <x> has this value."""
    resolved = resolve(command("c", text, placeholders=("<x>",)), with_value(x=value))
    assert not resolved.missing
    assert resolved.refused is None
    done = subprocess.run(
        ["bash", "-c", resolved.text], env={"PATH": "/usr/bin:/bin", **resolved.env}, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "surrogateescape")


NASTY = "a b; echo hacked $(id) `id` \"q\" 'q' * \\ $HOME"


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("printf '%s' <x>", "", ""),
        ('printf "%s" "deploy <x> now"', "deploy ", " now"),
        ("printf '%s' 'deploy <x> now'", "deploy ", " now"),
        ("printf '%s' deploy/<x>-svc", "deploy/", "-svc"),
        ("cat <<EOF\nname: <x>\nEOF", "name: ", "\n"),
        ("cat <<'EOF'\nname: <x>\nEOF", "name: ", "\n"),
        ("cat <<-EOF\n\tname: <x>\n\tEOF\n", "name: ", "\n"),
        ("cat <<EOF > /dev/null\n'\nEOF\nprintf '%s' <x>", "", ""),
        ("# don't\nprintf '%s' <x>", "", ""),
        ('printf "%s" "a\\"b <x>"', 'a"b ', ""),
        ("printf '%s' $'it\\'s <x>'", "it's ", ""),
        ("printf '%s' \"$(printf '%s' <x>)\"", "", ""),
        (
            "printf '%s' \"in $(printf '%s.' (a) 2>/dev/null; printf '%s' 'see <x>')\"".replace("(a) ", "a "),
            "in a.see ",
            "",
        ),
        ("printf '%s' \"`printf '%s' <x>`\"", "", ""),
        ("(printf '%s' a); printf '%s' <x>", "a", ""),
        ("cat <<< <x>", "", "\n"),
    ],
)
def test_a_value_arrives_as_one_word_wherever_its_placeholder_stands(text: str, before: str, after: str) -> None:
    assert said(text, NASTY) == before + NASTY + after


@given(st.text(st.characters(blacklist_characters="\0\n", blacklist_categories=["Cs"]), min_size=1))
def test_no_value_ever_becomes_shell_text(value: str) -> None:
    resolved = resolve(command("c", "printf '%s' <x> 'in <x>' \"in <x>\"", placeholders=("<x>",)), with_value(x=value))
    assert resolved.text.replace("${" + variable_name("<x>") + "}", "") == "printf '%s' \"\" 'in '\"\"'' \"in \""
    assert resolved.env == {variable_name("<x>"): value}


def test_a_placeholder_without_a_value_is_missing_and_stays_as_written() -> None:
    resolved = resolve(command("c", "echo <x> <y>", placeholders=("<x>", "<y>")), with_value(x="1"))
    assert resolved.missing == ("<y>",)
    assert resolved.shown == "echo 1 <y>"


def test_a_value_that_a_second_shell_would_read_again_is_refused() -> None:
    remote = command("c", "ssh host 'systemctl restart <x>'", placeholders=("<x>",))
    assert resolve(remote, with_value(x="nginx.service")).refused is None
    assert "ssh" in (resolve(remote, with_value(x="nginx; reboot")).refused or "")


def test_a_line_break_in_a_value_is_refused() -> None:
    assert resolve(command("c", "echo <x>", placeholders=("<x>",)), with_value(x="a\nb")).refused


def test_a_secret_is_never_shown_and_is_given_to_the_masker() -> None:
    state = RunState(variables={"<password>": Variable(value=None, secret=True)})
    resolved = resolve(
        command("c", "login -p <password>", placeholders=("<password>",)), state, {"<password>": "s3cret"}
    )
    assert "s3cret" not in resolved.shown
    assert "s3cret" not in resolved.text
    assert resolved.secrets == ("s3cret",)
    assert resolve(command("c", "login -p <password>", placeholders=("<password>",)), state).missing == ("<password>",)


@pytest.mark.parametrize("name", ["<db-password>", "YOUR_API_KEY", "{token}", "<secret name>", "<passphrase>"])
def test_names_that_promise_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["<service>", "<host>", "<key-vault-region>", "<tokens-per-second-x>".replace("tokens", "t")]
)
def test_names_that_do_not(name: str) -> None:
    assert not is_secret_name(name)
