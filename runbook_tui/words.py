"""Every verb with its options, read from the parsers themselves: what completion and the manual are made of."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from runbook_tui.verbs import VERBS

RUN, FILE, FREE = "run", "file", ""


class Option(NamedTuple):
    """An option: how it is written, what it does, what its value is."""

    flags: tuple[str, ...]
    says: str
    value: str  # as the help names it; empty: takes none
    choices: tuple[str, ...]


class Word(NamedTuple):
    """A verb, or a verb of a verb, and everything that may follow it."""

    path: tuple[str, ...]  # ("lab", "up")
    says: str
    options: tuple[Option, ...]
    takes: str  # RUN, FILE or FREE: what stands there without a flag
    inner: tuple[tuple[str, str], ...]  # verbs of its own, with what they do
    usage: str


def words() -> Iterator[Word]:
    """All verbs that are listed, in the order of the table; verbs of verbs after theirs."""
    for name, verb in VERBS.items():
        if verb.does is None:
            continue
        if verb.raw:  # it reads its words itself
            yield Word((name,), verb.does, (), FREE, (), f"rbt {name} …")
            continue
        parser = argparse.ArgumentParser(prog=f"rbt {name}", description=verb.does)
        if verb.json:
            parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        getattr(import_module(verb.words or verb.module), verb.arguments)(parser)
        yield from _of((name,), verb.does, parser)


def _of(path: tuple[str, ...], says: str, parser: argparse.ArgumentParser) -> Iterator[Word]:
    options: list[Option] = []
    takes = FREE
    inner: dict[str, tuple[str, argparse.ArgumentParser]] = {}
    for action in parser._actions:  # noqa: SLF001  # argparse has no other door to them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            does = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001
            inner = {name: (does.get(name, ""), sub) for name, sub in action.choices.items()}
        elif action.option_strings and action.help != argparse.SUPPRESS:
            value = "" if action.nargs == 0 else _value_of(action)
            choices = tuple(map(str, action.choices or ()))
            options.append(Option(tuple(action.option_strings), _said(action), value, choices))
        elif not action.option_strings:
            takes = takes or _kind_of(action)
    usage = re.sub(r"\s+", " ", parser.format_usage().removeprefix("usage: ")).strip()
    yield Word(path, says, tuple(options), takes, tuple((name, said) for name, (said, _) in inner.items()), usage)
    for name, (said, sub) in inner.items():
        yield from _of((*path, name), said, sub)


def _value_of(action: argparse.Action) -> str:
    if action.choices:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _kind_of(action: argparse.Action) -> str:
    named = f"{action.metavar or action.dest}".lower()
    return RUN if named.startswith("run") else FILE if "file" in named else FREE


def _said(action: argparse.Action) -> str:
    return re.sub(r"\s+", " ", (action.help or "").replace("%%", "%"))
