"""Runbooks by writers who had seen neither rbt nor its rules, ten in each folder, and what each says there is in it.

`NN.json`: boxes with their role, commands, those that may be run here, triggers with their polarity, and sign-offs, each
with its line.
"""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent
TOLD = FOLDER / "told.jsonl"  # see collect


def documents(folders=None):
    """Each document's path and its truth."""
    found = []
    for folder in folders or sorted(one for one in FOLDER.iterdir() if one.is_dir()):
        for path in sorted(folder.glob("*.md")):
            truth = path.with_suffix(".json")
            if truth.exists():
                found.append((path, json.loads(truth.read_text("utf-8"))))
    return found


def fingerprint():
    """The sha256 of every document and truth, by which a fitted model says what it was fitted to."""
    whole = hashlib.sha256()
    for path, _ in documents():
        for one in (path, path.with_suffix(".json")):
            whole.update(one.relative_to(FOLDER).as_posix().encode() + b"\0" + one.read_bytes() + b"\0")
    whole.update(TOLD.read_bytes())
    return whole.hexdigest()
