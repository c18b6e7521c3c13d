"""`rbt new`: a runbook to begin with, from a template that `rbt lint` finds clean."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runbook_tui.records import BadInput

TEMPLATES = {
    "checklist": "boxes and a sign-off: a page anybody could tick with a pencil",
    "commands": "commands with blanks, criteria, a way back",
    "gated": "measured criteria, evidence, undo for every step; runs and rehearses on the lab as it stands",
    "alert": "what an alert means, and what to do about it",
}
USUAL = "commands"
_FOLDER = Path(__file__).with_name("templates")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", help="of the file, and so of the runbook; without it the templates are listed"
    )
    parser.add_argument("--template", choices=TEMPLATES, default=USUAL, help=f"what to begin with ({USUAL})")


def main(args: argparse.Namespace) -> int:
    """Write the file, never over another. Raises BadInput."""
    if args.name is None:
        for name, what in TEMPLATES.items():
            sys.stdout.write(f"  {name:10} {what}\n")
        sys.stdout.write("rbt new NAME --template TEMPLATE writes NAME.md\n")
        return 0
    path = Path(args.name)
    path = path if path.suffix.lower() in (".md", ".markdown") else path.with_name(f"{path.name}.md")
    title = " ".join(path.stem.replace("_", " ").replace("-", " ").split()) or "Runbook"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text(args.template, title[0].upper() + title[1:]))
    except FileExistsError:
        raise BadInput(f"{path} is there already: nothing was written. Choose another name.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
    sys.stdout.write(f"{path}\nopen it: rbt {path}   look at it: rbt lint {path}   try it: rbt rehearse {path}\n")
    return 0


def text(template: str, title: str) -> str:
    """The document of that template."""
    return (_FOLDER / f"{template}.md").read_text(encoding="utf-8").replace("{title}", title)
