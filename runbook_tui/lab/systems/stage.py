"""What the programs of all systems stand on: the lab around them, requests at it, and how they end."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runbook_tui.lab.control import gateway_port
from runbook_tui.lab.server import ask
from runbook_tui.places import state_folder
from runbook_tui.run.ports import OperatorError

Program = Callable[[list[str]], None]


class Failed(Exception):
    """What a program was to see did not hold; the message says what was seen instead."""


def run(programs: Mapping[str, Program], name: str) -> int:
    """Do one program of a project with the words it was called with; its exit status."""
    try:
        programs[name](sys.argv[1:])
    except (Failed, OperatorError, OSError, http.client.HTTPException, KeyError, ValueError) as error:
        sys.stderr.write(f"{name}: {type(error).__name__}: {error}\n")
        return 1
    return 0


def shim(module: str, name: str) -> str:
    """The file of a project that is this program."""
    where = f"runbook_tui.lab.systems.{module}"
    return f"#!/usr/bin/env python3\nfrom {where} import PROGRAMS\nfrom runbook_tui.lab.systems.stage import run\n\nraise SystemExit(run(PROGRAMS, {name!r}))\n"  # noqa: E501


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def lab() -> Path:
    return state_folder() / "lab"


def given(words: list[str], flag: str, default: str = "") -> str:
    """The word after a flag."""
    return words[words.index(flag) + 1] if flag in words else default


def port_of(endpoint: str) -> int:
    """Where an address of the document is on the stage: `addresses.json` of the project names labs for addresses."""
    known = json.loads(Path("addresses.json").read_text("utf-8")) if Path("addresses.json").is_file() else {}
    where = str(known.get(endpoint, endpoint))
    if where.startswith("http://127.0.0.1:"):
        return int(where.removeprefix("http://127.0.0.1:").split("/", maxsplit=1)[0])
    if where != "lab":
        raise Failed(f"{endpoint} is nowhere on this stage")
    return gateway_port(lab())


def answers(port: int, path: str) -> dict[str, Any]:
    """The JSON of a page that answers 200."""
    reply = ask(port, "GET", path)
    if reply.status != 200:
        raise Failed(f"{path} answers {reply.status}: {reply.body.decode(errors='replace').strip()}")
    found: dict[str, Any] = json.loads(reply.body)
    return found


def asked(port: int, times: int, path: str = "/") -> float:
    """The share of requests that failed, in percent."""
    failed = 0
    for _ in range(times):
        try:
            failed += ask(port, "GET", path).status >= 500
        except (OSError, http.client.HTTPException):
            failed += 1
    return 100 * failed / times
