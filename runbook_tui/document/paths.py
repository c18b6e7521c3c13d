"""Scripts and files that commands name by a relative path: candidates, whether they are there is not known here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from runbook_tui.document import syntax
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Runbook

_PLAIN = expression(r"^(?:\.{0,2}/)?[\w.@+-]+(?:/[\w.@+-]+)*$")
_SCRIPT = expression(r"\.(?:sh|bash|py|rb|pl|js|ts|php)$")
_INTERPRETERS = expression(r"^(?:python[\d.]*|bash|sh|zsh|source|\.|ruby|perl|node|php)$")
_WITH_FILE = {
    "kubectl": {"-f", "--filename"}, "oc": {"-f", "--filename"}, "helm": {"-f", "--values"},
    "docker-compose": {"-f", "--file"}, "docker": {"-f", "--file"}, "pip": {"-r", "--requirement"},
    "pip3": {"-r", "--requirement"}, "psql": {"-f", "--file"}, "ansible-playbook": {"-i", "--inventory"},
    "terraform": {"-var-file"}, "make": {"-f"},
}  # fmt: skip
_BRINGS = expression(r"^(?:git|tar|unzip|curl|wget|cd|pushd|scp|rsync|cp|mv|aws|gsutil)$")


class Named(NamedTuple):
    """A path a command names, and the long options it gives to the script there."""

    path: str
    line: int
    cwd: str | None
    options: tuple[str, ...] = ()


def named(runbook: Runbook) -> tuple[Named, ...]:
    """Up to the first command that changes the folder or brings files, and only what runs on this machine."""
    found: dict[tuple[str, str | None], Named] = {}
    said = ""
    for command in runbook.commands:
        if command.in_session or command.target or command.why_not not in {None, "placeholder"}:
            continue
        for words, _, _ in syntax.commands(syntax.parse(command.text)):
            if not words:
                continue
            if _BRINGS.match(words[0]):
                return tuple(found.values())
            for one in _of(words, command.line, command.cwd):
                if one.path.rsplit("/", 1)[-1] not in said:
                    found.setdefault((one.path, one.cwd), one)
        said += command.text + "\n" if re.search(r">|tee|-o\b|--output", command.text) else ""
    return tuple(found.values())


def _of(words: list[str], line: int, cwd: str | None) -> Iterator[Named]:
    program, *rest = words
    if program.startswith(("./", "../")) and _PLAIN.match(program):
        yield Named(program, line, cwd, _options(rest))
    elif _INTERPRETERS.match(program):
        script = next((word for word in rest if not word.startswith("-")), "")
        if _SCRIPT.search(script) and _relative(script) and not any(word in {"-c", "-m"} for word in rest):
            yield Named(script, line, cwd, _options(rest[rest.index(script) + 1 :]))
    for flag, value in pairwise(rest):
        if flag in _WITH_FILE.get(program, ()) and _relative(value) and "." in value.rsplit("/", 1)[-1]:
            yield Named(value, line, cwd)


def _relative(path: str) -> bool:
    return bool(_PLAIN.match(path)) and not path.startswith("/")


def _options(words: list[str]) -> tuple[str, ...]:
    names = (word.split("=", 1)[0] for word in words if word.startswith("--") and len(word) > 2)
    return tuple(name for name in names if re.fullmatch(r"--[a-z][\w-]*", name))
