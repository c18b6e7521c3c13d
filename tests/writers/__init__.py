"""Runbooks by writers who had seen neither rbt nor its rules, ten in each folder, and what each says there is in it.

`NN.json`: boxes with their role, commands, those that may be run here, triggers with their polarity, and sign-offs, each
with its line. `excerpts/*.txt`: parts of runbooks behind `=== NNN`, each with its truth behind `---`, without commands.
"""

import hashlib
import json
import re
from pathlib import Path

FOLDER = Path(__file__).parent
EXCERPTS = FOLDER / "excerpts"
TOLD = FOLDER / "told.jsonl"  # see collect
_EXCERPT = re.compile(r"(?ms)^=== *(?P<number>\w+)[^\n]*\n(?P<text>.*?)^--- *\n?(?P<truth>\{[^\n]*\})")


def folders():
    """The folders of whole documents."""
    return [one for one in sorted(FOLDER.iterdir()) if any(one.glob("*.json"))]


def documents(chosen=None):
    """Each document's name, its bytes and its truth."""
    found = []
    for folder in folders() if chosen is None else chosen:
        for path in sorted(folder.glob("*.md")):
            truth = path.with_suffix(".json")
            if truth.exists():
                found.append((f"{folder.name}/{path.name}", path.read_bytes(), json.loads(truth.read_text("utf-8"))))
    return found


def excerpts(paths=None):
    """Each excerpt's name, its bytes and its truth."""
    return [
        (f"{path.stem}#{one['number']}.md", one["text"].encode(), json.loads(one["truth"]))
        for path in (sorted(EXCERPTS.glob("*.txt")) if paths is None else paths)
        for one in _EXCERPT.finditer(path.read_text("utf-8"))
    ]


def fingerprint():
    """The sha256 of every document, excerpt and truth, by which a fitted model says what it was fitted to."""
    whole = hashlib.sha256()
    for name, data, truth in documents() + excerpts():
        whole.update(name.encode() + b"\0" + data + b"\0" + json.dumps(truth, sort_keys=True).encode() + b"\0")
    whole.update(TOLD.read_bytes())
    return whole.hexdigest()
