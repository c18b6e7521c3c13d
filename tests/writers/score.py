"""How much of what the writers marked is found, and how much else.

python -m tests.writers.score [FOLDER-OR-FILE...] [--misses]
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from runbook_tui.document.reader import read
from tests.writers import FOLDER, documents, excerpts

KINDS = ("boxes", "commands", "triggers", "signoffs")
OFFERED = {None, "placeholder", "session", "unlabelled"}  # a command, whether it may be run as it stands or not
_ROLES = {"step": "todo", "check": "todo", "signoff": "signoff", "choice": "option", "info": "todo"}


def chosen_of(names):
    """The documents of some folders, and the excerpts of some files; all documents where none is named."""
    paths = [one if one.exists() else FOLDER / one for one in map(Path, names)]
    if not paths:
        return documents()
    return documents([one for one in paths if one.is_dir()]) + excerpts([one for one in paths if one.is_file()])


def compared(name, data, truth):
    """Of each kind what was found, what is there besides and what was missed, as (line, what)."""
    runbook = read(data, name)
    sends_back = {line for line, _ in truth["triggers"]}
    marked = {
        # a criterion for going on is a task: only what sends back is a condition
        "boxes": [(at, _ROLES.get(role) or ("trigger" if at in sends_back else "todo")) for at, role in truth["boxes"]],
        "commands": [(at, _plain(text)) for at, text in truth.get("commands", ())],
        "triggers": [tuple(one) for one in truth["triggers"]],
        "signoffs": [(at, "") for at, _ in truth["signoffs"]],
    }
    seen = {
        "boxes": _boxes(runbook),
        "commands": [(one.line, _plain(one.text)) for one in runbook.commands if one.why_not in OFFERED],
        "triggers": [(one.line, "dont" if one.polarity == "dont" else "do") for one in runbook.triggers],
        "signoffs": [(one.line, "") for one in runbook.signoffs],
    }
    return {kind: _matched(marked[kind], seen[kind], 0 if kind == "boxes" else 1) for kind in KINDS}


def _boxes(runbook):
    """Each box with its role; what a box asks to have filled in is a choice to the writers."""
    found = []
    for step in runbook.steps:
        roles = step.boxes or ((step.role,) if step.box else ())
        found += [(step.line, "option" if step.kind == "field" else str(role)) for role in roles]
    return found


def _plain(text):
    return re.sub(r"\s+", " ", text.split("\n")[0].rstrip("\\").strip()).strip("`")


def _matched(marked, seen, near):
    """Pairs of the same kind, on the same line first and then on the next one: a list may be marked at its lead-in."""
    missed, besides, found = list(marked), list(seen), []
    for apart in range(near + 1):
        for one in tuple(besides):
            for other in missed:
                if abs(one[0] - other[0]) <= apart and _same(one[1], other[1]):
                    missed.remove(other)
                    besides.remove(one)
                    found.append(other)
                    break
    return found, besides, missed


def _same(one, other):
    return one == other or (min(len(one), len(other)) > 4 and (one.startswith(other) or other.startswith(one)))


def total(chosen):
    """For each kind how much is found, besides and missed, in some documents."""
    counts = {kind: Counter() for kind in KINDS}
    for one in chosen:
        for kind, (found, besides, missed) in compared(*one).items():
            counts[kind] += Counter(found=len(found), besides=len(besides), missed=len(missed))
    return counts


def shares(count):
    """Precision and recall."""
    found = count["found"]
    return found / max(1, found + count["besides"]), found / max(1, found + count["missed"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", help="names of folders or files; all documents where none is given")
    parser.add_argument("--misses", action="store_true")
    chosen = parser.parse_args()
    looked = chosen_of(chosen.folders)
    for kind, count in total(looked).items():
        precision, recall = shares(count)
        print(f"{kind:9} precision {precision:.3f}  recall {recall:.3f}  ({count.total() - count['besides']} marked)")
    for name, data, truth in looked if chosen.misses else ():
        lines = ["", *data.decode("utf-8", "replace").split("\n")]
        for kind, (_, besides, missed) in compared(name, data, truth).items():
            for how, those in (("missed", missed), ("besides", besides)):
                for at, what in sorted(those):
                    print(f"{name}:{at} {kind} {how} {what} | {lines[at].strip()[:120]}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
