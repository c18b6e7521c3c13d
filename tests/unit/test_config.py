"""config.toml, `rbt init`: nothing is written over, what is wrong is told, the rest holds."""

from argparse import Namespace

import pytest

from runbook_tui import authorities, config, gate_policy, init_commands
from runbook_tui.cli import main


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_KEYS", str(tmp_path / "conf" / "keys.toml"))
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    for name in ("RBT_CONFIG", "RBT_POLICY", "RBT_NOTIFY", "RBT_SIGNERS", "RBT_REVOKED"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "conf"


def test_the_example_changes_nothing_and_without_its_marks_is_understood(home):
    assert config.read(config.example()) == config.Config()
    lines = config.example().split("\n")
    bare = "\n".join(line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line)
    found = config.read(bare)
    assert not found.troubles
    assert found.policy == "~/policies/policy.yaml"
    assert len(found.notify) == 2


def test_init_writes_both_files_and_never_over_them(home, capsys):
    assert main(["init"]) == 0
    assert config.own_config() == config.Config()
    assert (home / "config.toml").stat().st_mode & 0o777 == 0o600
    (home / "config.toml").write_text('theme = "light"\n')
    assert main(["init"]) == 0
    assert (home / "config.toml").read_text() == 'theme = "light"\n'
    assert "stays as it is" in capsys.readouterr().out


def test_init_that_cannot_write_says_where_else(home, capsys):
    home.symlink_to("/proc/nowhere")
    assert main(["init"]) == 2
    assert "RBT_CONFIG" in capsys.readouterr().err


def test_init_can_only_print(home, capsys):
    assert init_commands.main(Namespace(only_print=True)) == 0
    assert capsys.readouterr().out == config.example()
    assert not home.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("theme = 'pink'", "there is no theme 'pink'"),
        ("notify = 'one'", "notify is a list"),
        ("policy = 3", "policy is the path"),
        ("colour = 1", "no setting 'colour'"),
        ("theme =", "no TOML"),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_holds(text, told):
    found = config.read(text)
    assert told in found.troubles[0]
    assert (found.theme, found.notify, found.policy) == ("auto", (), "")


def test_the_theme_is_kept_and_comments_stay(home):
    path = config.keep_theme("light")
    assert config.own_config().theme == "light"
    before = path.read_text()
    config.keep_theme("contrast")
    assert config.own_config().theme == "contrast"
    assert path.read_text() == before.replace('"light"', '"contrast"')
    path.write_text("theme =\n[broken")
    with pytest.raises(ValueError, match="mend it first"):
        config.keep_theme("dark")
    assert path.read_text() == "theme =\n[broken"


def test_the_policy_and_the_addresses_may_stand_there(home, tmp_path, monkeypatch):
    rules = tmp_path / "rules" / "policy.yaml"
    rules.parent.mkdir()
    rules.write_text("automatic_rollback: true\n")
    home.mkdir()
    (home / "config.toml").write_text(f'policy = "{rules}"\nnotify = ["json://here"]\n')
    assert gate_policy.read_gate_policy().automatic_rollback
    assert gate_policy.read_gate_policy().notify == ("json://here",)
    assert authorities.paths()[1] == rules.parent / "allowed_signers"
    monkeypatch.setenv("RBT_NOTIFY", "json://there")
    assert gate_policy.read_gate_policy().notify == ("json://there",)
