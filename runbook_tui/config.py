"""The operator's own configuration, config.toml: the theme, where notices go, where the policy lies.

What is wrong in it is told and left out; the rest holds. The keys have a file of their own beside it (`rbt keys`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from runbook_tui.places import keys_file, state_folder

THEMES = ("auto", "dark", "light", "contrast")

EXAMPLE = """\
# Runbook TUI. Take the # away from what you want to change; everything here may be left out.

# How the app looks: auto (as the terminal says), dark, light or contrast.
# NO_COLOR in the environment takes all colour away; RBT_THEME goes before this.
# theme = "auto"

# Who is told when a run wants a person: addresses of apprise (pip install 'runbook-tui[notify]').
# They hold passwords: keep this file to yourself. policy.yaml and RBT_NOTIFY go before this.
# notify = ["mailto://me:secret@example.com", "slack://token-a/token-b/token-c"]

# Who may drive, sign and roll back: a policy.yaml, best in a checkout that operators cannot write to, with
# allowed_signers and revoked_keys beside it. RBT_POLICY goes before this. docs/signing.md has its words.
# policy = "~/policies/policy.yaml"

# Your own keys stand in {keys}: `rbt keys` shows them all and what is wrong.
"""


class Config(msgspec.Struct, frozen=True):
    """What the file says, and what was wrong with it."""

    theme: str = "auto"
    notify: tuple[str, ...] = ()
    policy: str = ""
    troubles: tuple[str, ...] = ()


def config_file() -> Path:
    """$RBT_CONFIG, else config.toml beside the file of keys."""
    if chosen := os.environ.get("RBT_CONFIG"):
        return Path(chosen).expanduser().absolute()
    return keys_file().parent / "config.toml"


def own_config() -> Config:
    """The configuration of this operator; the default where there is no file."""
    path = config_file()
    try:
        return read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        return Config(troubles=(f"{path} cannot be read and is not used: {error}",))


def read(text: str) -> Config:
    """A configuration file's text. Pure; never raises."""
    import tomllib  # late: most have no file

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Config(troubles=(f"config.toml is no TOML and none of it is used: {error}",))
    known = ("theme", "notify", "policy")
    troubles = [f"config.toml: there is no setting {name!r}" for name in found if name not in known]
    theme, notify, policy = found.get("theme", "auto"), found.get("notify", []), found.get("policy", "")
    if theme not in THEMES:
        troubles.append(f"config.toml: there is no theme {theme!r}: {', '.join(THEMES)}")
        theme = "auto"
    if not isinstance(notify, list) or not all(isinstance(one, str) for one in notify):
        troubles.append('config.toml: notify is a list of addresses in quotes: notify = ["mailto://…"]')
        notify = []
    if not isinstance(policy, str):
        troubles.append('config.toml: policy is the path of a file in quotes: policy = "~/policy.yaml"')
        policy = ""
    return Config(theme, tuple(notify), policy, tuple(troubles))


def policy_file() -> Path:
    """Where policy.yaml lies, if it is there: $RBT_POLICY, else as configured, else in the state folder."""
    chosen = os.environ.get("RBT_POLICY") or own_config().policy
    return Path(chosen).expanduser().absolute() if chosen else state_folder() / "policy.yaml"


def example() -> str:
    """A file that changes nothing."""
    return EXAMPLE.format(keys=keys_file())


def with_theme(text: str, theme: str) -> str:
    """The file's text with another theme; comments and everything else stay."""
    line = f'theme = "{theme}"'
    for pattern in (r"(?m)^theme\s*=.*$", r"(?m)^# theme\s*=.*$"):
        changed, count = re.subn(pattern, line, text, count=1)
        if count:
            return changed
    return f"{line}\n{text}"


def keep_theme(theme: str) -> Path:
    """Write the theme into the configuration, made from the commented example when there is none; where it stands.

    Raises OSError; ValueError when the file as it is cannot be understood, which is not written over then.
    """
    path = config_file()
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = example()
    after = with_theme(before, theme)
    if read(after).theme != theme:
        raise ValueError(f"{path} cannot be understood as it is: mend it first")
    write_private(path, after)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
