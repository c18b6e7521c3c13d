"""`rbt init`: commented configuration files to start from; nothing is ever written over."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from runbook_tui import config, key_commands
from runbook_tui.places import keys_file, state_folder
from runbook_tui.run.ports import OperatorError


class NotWritten(OperatorError):
    """A file could not be made."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", dest="only_print", help="print config.toml, write nothing")


def main(args: argparse.Namespace) -> int:
    """Make what is missing; 0 also when everything was there."""
    if args.only_print:
        sys.stdout.write(config.example())
        return 0
    for path, text in ((config.config_file(), config.example()), (keys_file(), key_commands.example())):
        told = "written" if _made(path, text) else "is there already and stays as it is:"
        print(f"{told:<8} {path}")
    print(f"runs are kept in {state_folder()}")
    for trouble in config.own_config().troubles:
        print(f"rbt: {trouble}", file=sys.stderr)
    print("\nnext: rbt                  pick a runbook near here")
    print("      rbt rehearse FILE.md   walk it where nothing can break")
    return 0


def _made(path: Path, text: str) -> bool:
    """Whether the file was made; False where one is. Raises NotWritten."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            return False
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise NotWritten(
            f"{path} could not be written ({error.strerror}); nothing else was touched. Name another place with "
            "RBT_CONFIG and RBT_KEYS"
        ) from None
    return True
