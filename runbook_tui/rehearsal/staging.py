"""What becomes of a command on the stage: it runs, something else runs in its place, or it is only shown. Pure.

Without a rule of the operator's the guess is a careful one: only programs that cannot reach anything but the stage.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from runbook_tui.document import placeholders, programs, syntax
from runbook_tui.document.runbook import Behaviour, Command, Effect
from runbook_tui.rehearsal import careful
from runbook_tui.rehearsal.rules import CommandRule, Rules

_LOOKS = programs.listed(
    """: [ [[ basename cat cut date diff dirname echo egrep env false fgrep file grep head hostname id jq ls md5sum
    printf pwd readlink realpath sed seq sha256sum sleep sort stat tail test tr true uname uniq wc which whoami"""
)
_KEEPS_STATE = programs.listed(
    "cd declare export local mktemp popd pushd read readonly return set shift shopt source . unset umask exit"
)
_WRITES = programs.listed("awk chmod cp gunzip gzip install ln mkdir mv rm rmdir tar tee touch truncate unzip zip")
_OTHER_ACCOUNTS = programs.listed("sudo doas su runuser")
_HANDS_ON = programs.listed(
    "xargs parallel find eval exec command nohup setsid trap"
)  # a command to run is among the words
_SCRIPTS = programs.listed("python python3 bash sh node ruby perl make")
_WEB = programs.listed("curl wget")
_URL = re.compile(r"https?://([^\s/'\"]+)|(?<![\w./-])((?:localhost|127\.0\.0\.1)(?::\d+)?)(?=[/\s'\"]|$)")
_ELSEWHERE = re.compile(r"--(?:context|kubeconfig|server|cluster|user|token|as)\b|-s")


class Act(StrEnum):
    RUN = "run"
    INSTEAD = "instead"
    WOULD = "would"


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What the stage does with a command, and why."""

    act: Act
    text: str = ""  # what runs in its place
    why: str = ""
    missing: tuple[str, ...] = ()  # programs the stage does not have
    by_rule: bool = False


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What there is on the stage."""

    enclosed: bool  # files and network of the operator are out of reach, whatever runs
    kube: bool = False
    ports: frozenset[int] = frozenset()  # of the lab
    files: frozenset[str] = frozenset()  # in the working folder, as a command would name them


def staged(command: Command, rules: Rules, stage: Stage, *, shown: str = "") -> Staged:
    """What becomes of this command. `shown` is its text with the values of placeholders."""
    text = shown or command.text
    for rule in rules.commands:
        if rule.fits(command.text) or rule.fits(text):
            if rule.would or rule.run is None:
                return Staged(act=Act.WOULD, why="the document's rules leave it out", by_rule=True)
            return _instead(command, rule, stage)
    if command.behaviour is not None:
        word = "never ends" if command.behaviour is Behaviour.ENDLESS else "wants a terminal"
        return Staged(act=Act.WOULD, why=f"it {word}")
    return _guessed(command, text, stage)


def _instead(command: Command, rule: CommandRule, stage: Stage) -> Staged:
    """What a rule puts in its place. Rules may stand in the document itself: without walls they are judged as it is."""
    text = rule.run or ""
    if not stage.enclosed:
        judged = _guessed(msgspec.structs.replace(command, text=text, effect=Effect.CHANGE), text, stage)
        if judged.act is Act.WOULD:
            return msgspec.structs.replace(judged, by_rule=True)
    return Staged(act=Act.INSTEAD, text=text, why=f"the rule “{rule.match}”", by_rule=True)


def _guessed(command: Command, text: str, stage: Stage) -> Staged:
    root = syntax.parse(placeholders.neutralised(text) + "\n")
    missing: list[str] = []
    for words, _, _ in syntax.commands(root):
        if words and (why := _out_of_reach(words, stage)) is not None:
            missing.append(why)
    if missing:
        names = tuple(dict.fromkeys(missing))
        return Staged(act=Act.WOULD, why=f"not on the stage: {', '.join(names)}", missing=names)
    if not stage.enclosed and (command.effect is Effect.DESTROY or syntax.writes(root)):
        return Staged(act=Act.WOULD, why="it writes, and the files here are not out of its reach")
    if not stage.enclosed and (why := careful.objection(root, text, stage.ports)) is not None:
        return Staged(act=Act.WOULD, why=f"{why}, and nothing keeps it on the stage")
    return Staged(act=Act.RUN, why="nothing in it reaches beyond the stage")


def _out_of_reach(words: list[str], stage: Stage) -> str | None:
    """The program that the stage cannot give, or None."""
    if programs.name_of(words[0]) in _OTHER_ACCOUNTS | _HANDS_ON:
        return programs.name_of(words[0])
    words = list(programs.unwrapped(words))
    if not words:
        return None
    name = programs.name_of(words[0])
    if name in _OTHER_ACCOUNTS | _HANDS_ON:
        return name
    if name == "rbt":
        return None if words[1:2] in (["lab"], ["doctor"], ["--version"]) else "rbt"
    if name in _LOOKS and "/" not in words[0]:
        return None if careful.always(words) else name
    if name in _KEEPS_STATE:
        in_reach = stage.enclosed or name not in {"source", "."}
        return None if in_reach else name
    if name in _WRITES:
        return None if stage.enclosed else name
    if name in _WEB:
        return None if _asks_only(words, stage) else name
    if name == "kubectl":
        return None if stage.kube and not any(_ELSEWHERE.match(word) for word in words) else "kubectl"
    if name in _SCRIPTS and stage.enclosed:
        script = next((word for word in words[1:] if not word.startswith("-")), None)
        if script is not None and "-c" not in words and script.removeprefix("./") in stage.files:
            return None
    if stage.enclosed and words[0].removeprefix("./") in stage.files:
        return None
    return name or words[0]


def _asks_only(words: list[str], stage: Stage) -> bool:
    """Whether every address in the command is one of the lab's own."""
    if any("$" in word or "`" in word for word in words):
        return False
    found = [match[1] or match[2] for match in _URL.finditer(" ".join(words[1:]))]
    return bool(found) and all(_is_ours(address, stage) for address in found)


def _is_ours(address: str, stage: Stage) -> bool:
    host, _, port = address.partition(":")
    if host not in ("localhost", "127.0.0.1"):
        return False
    return stage.enclosed or (port.isdecimal() and int(port) in stage.ports)
