"""`rbt keys`: all keys as they are now, and what is wrong with the operator's own file of keys."""

from __future__ import annotations

import argparse
import sys

from runbook_tui.places import keys_file
from runbook_tui.tui.keymap import Keymap, read
from runbook_tui.tui.keys import PLACES, as_read

EXAMPLE = """\
# Keys of your own for Runbook TUI. Take the # away from what you want; `rbt keys` tells what is wrong.
# style = "vim"        # h j k l move everywhere; the default is "arrows"
"""


def own_keys() -> Keymap:
    """The keymap of this operator; as they come where there is no file."""
    path = keys_file()
    try:
        return read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError) as error:
        return Keymap(troubles=(f"{path} cannot be read and is not used: {error}",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--example", action="store_true", help="print a commented file of all keys, to start from")


def main(args: argparse.Namespace) -> int:
    """The exit code: 1 when something in the file is wrong."""
    if args.example:
        sys.stdout.write(example())
        return 0
    keymap = own_keys()
    for name, place in PLACES.items():
        sys.stdout.write(f"{place.title}  [{name}]\n")
        for key in place.keys:
            presses = keymap.keys_of(name, key)
            shown = " ".join(map(as_read, presses.split(","))) if presses else "–"
            changed = "*" if f"{name}.{key.action}" in keymap.own else " "
            sys.stdout.write(f" {changed} {key.action:<14} {shown:<18} {key.says}\n")
        sys.stdout.write("\n")
    sys.stdout.write(f"style {keymap.style}; your own keys stand in {keys_file()} (rbt keys --example)\n")
    for trouble in keymap.troubles:
        sys.stderr.write(f"rbt: keys: {trouble}\n")
    return 1 if keymap.troubles else 0


def example() -> str:
    """A file that changes nothing, with every action in it."""
    lines = [EXAMPLE]
    for name, place in PLACES.items():
        lines.append(f"\n# {place.title}\n[{name}]\n")
        for key in place.keys:
            presses = ", ".join(f'"{press}"' for press in filter(None, key.keys.split(",")))
            lines.append(f"# {key.action} = [{presses}]  # {key.says}\n")
    return "".join(lines)
