"""Fit the model of `runbook_tui/document/likeness.py` to the documents beside this file.

    pip install scikit-learn && python -m tests.writers.fit

Each folder holds ten runbooks by writers who had seen neither rbt nor its rules, and the truth of each as they gave it.
The fit is a logistic regression over the words of each sentence, list entry and table row: is it a condition of going
back or of staying, and which. Words that hardly count are left out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from unittest import mock

import msgspec
import numpy as np

from runbook_tui.document import likely, likeness
from runbook_tui.document.reader import read
from tests.writers import FOLDER, TOLD, documents, fingerprint

LEAST = 12  # hundredths of log-odds: what counts less is left out
SEEN = 2  # units with a word before it counts
PASS = 0.02  # of the sentences taken for conditions, those which the first look at single words may lose


def recorded(reading):
    """What a reading gives, and each unit that it looks at, with its line. The rules are asked, and likeness is not."""
    units = {}
    with_rules, of_lists, of_tables = likely.entries.decided, likely.entries.hinted, likely.tables.take

    def decided(draft, rows, line, place):
        units.update({(line + start, unit): None for start, unit in likely.sentences(rows, place)})
        return with_rules(draft, rows, line, place)

    def hinted(draft, blocks, index, place):
        units.update(dict.fromkeys(likely.entries_of(blocks[index], place)))
        return of_lists(draft, blocks, index, place)

    def of_table(draft, block, place):
        units.update(dict.fromkeys(likely.entries_of(block, place)))
        return of_tables(draft, block, place)

    with (
        mock.patch.object(likely.tables, "take", of_table),
        mock.patch.object(likely.entries, "decided", decided),
        mock.patch.object(likely.entries, "hinted", hinted),
        mock.patch.object(likeness, "of_list", return_value=None),
        mock.patch.object(likeness, "of_sentence", return_value=None),
    ):
        return reading(), list(units)


def seen(data, name):
    """Each unit of a document, with its line, and whether a mark on that line is its own."""
    runbook, units = recorded(lambda: read(data, name))
    told = {}
    for trigger in runbook.triggers:
        told.setdefault(trigger.line, []).append(trigger.text)
    return [(line, unit, _meant(unit, told.get(line))) for line, unit in units]


def _meant(unit, told):
    """Whether what is said of a line is said of this unit: of several sentences the rules know which it is."""
    return unit.listed or told is None or any(one in unit.text or unit.text in one for one in told)


def labelled(folders):
    """The units of some folders and what each is: None, "do" or "dont"."""
    found = []
    for path, truth in documents(folders):
        by_line = dict(map(tuple, reversed(truth["triggers"])))
        for line, unit, meant in seen(path.read_bytes(), path.name):
            found.append((unit, by_line.get(line) if meant else None))
    return found


def told():
    """The units of the reader's own tests."""
    rows = map(json.loads, TOLD.read_text("utf-8").splitlines())
    return [(likeness.Unit(*row[:5], listed=bool(row[5])), row[6]) for row in rows]


def fit(units, *, strict=0.5):
    """The model of some units, each with what it is."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    looked = [likeness.features(unit) for unit, _ in units]
    counts = {}
    for found in looked:
        for one in found:
            counts[one] = counts.get(one, 0) + 1
    vectors = DictVectorizer()
    table = vectors.fit_transform([{one: 1.0 for one in sorted(found) if counts[one] >= SEEN} for found in looked])
    table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    truth = np.array([said is not None for _, said in units])
    stays = np.array([said == "dont" for _, said in units])
    towards = LogisticRegression(C=strict, solver="liblinear", max_iter=500, random_state=1).fit(table, truth)
    staying = LogisticRegression(C=1, solver="liblinear", max_iter=500, random_state=1).fit(table[truth], stays[truth])
    names = [str(name) for name in vectors.get_feature_names_out()]
    model = likeness.Model(
        fitted=fingerprint(),
        bias=(_hundredths(towards.intercept_[0]), _hundredths(staying.intercept_[0])),
        quick=0,
        towards=_counting(names, towards.coef_[0]),
        staying=_counting(names, staying.coef_[0]),
    )
    return msgspec.structs.replace(model, quick=_quick(model, [unit for unit, _ in units if not unit.listed]))


def _hundredths(value):
    return round(value * 100)


def _counting(names, weights):
    pairs = ((name, _hundredths(weight)) for name, weight in zip(names, weights, strict=True))
    return {name: weight for name, weight in pairs if abs(weight) >= LEAST}


def _quick(model, units):
    """What the first look at single words must come to: nearly all sentences that the model takes do."""
    looked = []
    for unit in units:
        if score(model, unit)[0] >= likeness.SENTENCE:
            around = likeness.features(msgspec.structs.replace(unit, text=""))
            base = model.bias[0] + sum(model.towards.get(one, 0) for one in around)
            looked.append(base + likeness.quick(model, likeness.words(unit.text)))
    return int(np.quantile(looked, PASS))


def score(model, unit):
    """The log-odds of a unit in hundredths: that it is a condition, and that it is one of staying."""
    found = likeness.features(unit)
    return tuple(
        bias + sum(weights.get(one, 0) for one in found)
        for bias, weights in zip(model.bias, (model.towards, model.staying), strict=True)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", default="", help="folders to leave out, to be measured with")
    parser.add_argument("--strict", type=float, default=0.5)
    chosen = parser.parse_args()
    folders = [one for one in sorted(FOLDER.iterdir()) if one.is_dir() and one.name not in chosen.without.split(",")]
    model = fit(labelled(folders) + told(), strict=chosen.strict)
    text = msgspec.json.format(msgspec.json.encode(model), indent=1).decode()
    Path(likeness.MODEL).write_text(text + "\n", encoding="utf-8")
    print(f"{len(model.towards)} and {len(model.staying)} words and pairs, bias {model.bias}, quick {model.quick}")


if __name__ == "__main__":
    main()
