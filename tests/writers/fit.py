"""Fit the model of `runbook_tui/document/likeness.py` to the documents beside this file.

    pip install scikit-learn && python -m tests.writers.fit

Each folder holds ten runbooks by writers who had seen neither rbt nor its rules, and the truth of each as they gave it.
The fit is a logistic regression over the words of each sentence, list entry and table row: is it a condition of going
back or of staying, and which. Words that hardly count are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from unittest import mock

import msgspec
import numpy as np

from runbook_tui.document import likely, likeness, presumed, tables
from runbook_tui.document.reader import read
from tests.writers import TOLD, documents, excerpts, fingerprint

LEAST = 12  # hundredths of log-odds: what counts less is left out
SEEN = 2  # units with a word before it counts
SURE = 3  # what a sentence of the tests counts: somebody thought about what it is
PASS = 0.02  # of the sentences taken for conditions, those which the first look at single words may lose


def recorded(reading):
    """What a reading gives, and by what is asked each unit that it looks at, with its line. Rules alone answer."""
    units = {"condition": {}, "hand": {}, "choice": {}}
    with_rules, of_lists = likely.entries.decided, likely.entries.hinted
    of_tables, of_people = tables.take, tables.ledgers.slots

    def decided(draft, rows, line, place):
        units["condition"].update({(line + start, unit): None for start, unit in likely.sentences(rows, place)})
        return with_rules(draft, rows, line, place)

    def hinted(draft, blocks, index, place):
        units["condition"].update(dict.fromkeys(likely.entries_of(blocks[index], place)))
        return of_lists(draft, blocks, index, place)

    def of_table(draft, block, place):
        units["condition"].update(dict.fromkeys(likely.entries_of(block, place)))
        places.append(place)
        return of_tables(draft, block, place)

    def in_a_box(draft, found, raw, line, place):
        if len(raw) <= presumed.LONGEST:
            units["hand"][line, presumed.unit_of(draft, raw, line, place, box=True)] = None
        return found

    def on_a_line(draft, found, raw, line, place, *, above):
        if presumed.waits(raw, above=above):
            units["hand"][line, presumed.unit_of(draft, raw, line, place, box=False)] = None
        return [found] if found is not None and found.role else []

    def slots(header, rows, *, signing):
        for line, cells in rows:
            if (unit := presumed.unit_of_row(header, cells, places[-1])) is not None:
                units["hand"][line, unit] = None
        return of_people(header, rows, signing=signing)

    def choice(draft, block, place, *, rules):
        units["choice"].update(dict.fromkeys(likely.entries_of(block, place)))
        return rules

    places = []
    with (
        mock.patch.object(likely.tables, "take", of_table),
        mock.patch.object(likely.entries, "decided", decided),
        mock.patch.object(likely.entries, "hinted", hinted),
        mock.patch.object(likely, "choice", choice),
        mock.patch.object(presumed, "in_a_box", in_a_box),
        mock.patch.object(presumed, "on_a_line", on_a_line),
        mock.patch.object(presumed, "of_rows", return_value=[]),
        mock.patch.object(tables.ledgers, "slots", slots),
        mock.patch.object(likeness, "worth", return_value=False),
        mock.patch.object(likeness, "of_list", return_value=None),
    ):
        return reading(), {asked: list(found) for asked, found in units.items()}


def seen(name, data):
    """By what is asked each unit of a document, with its line, and whether a mark on that line is its own."""
    runbook, units = recorded(lambda: read(data, name))
    told = {}
    for trigger in runbook.triggers:
        told.setdefault(trigger.line, []).append(trigger.text)
    return {
        asked: [(line, unit, asked != "condition" or _meant(unit, told.get(line))) for line, unit in found]
        for asked, found in units.items()
    }


def _meant(unit, told):
    """Whether what is said of a line is said of this unit: of several sentences the rules know which it is."""
    return unit.listed or told is None or any(one in unit.text or unit.text in one for one in told)


def labelled(documents):
    """By what is asked the units of some documents and what each is: None, or "do", "dont", "hand" and "choice"."""
    found = {"condition": [], "hand": [], "choice": []}
    for name, data, truth in documents:
        roles = dict(map(tuple, truth["boxes"]))
        signs = dict.fromkeys([line for line, _ in truth["signoffs"]], "hand")
        signs |= {line: "hand" for line, role in roles.items() if role == "signoff"}
        answers = {
            "condition": dict(map(tuple, reversed(truth["triggers"]))),
            "hand": signs,
            "choice": {line: "choice" for line, role in roles.items() if role == "choice"},
        }
        for asked, units in seen(name, data).items():
            found[asked] += [(unit, answers[asked].get(line) if meant else None) for line, unit, meant in units]
    return found


def told():
    """The units of the reader's own tests, by what is asked."""
    found = {"condition": [], "hand": [], "choice": []}
    for asked, *row, kind in map(json.loads, TOLD.read_text("utf-8").splitlines()):
        found[asked].append((likeness.Unit(*row), kind))
    return found


def fit(marked, known, *, strict=0.3):
    """The model of what writers marked and of what the reader's tests know, units with what each is, by what is asked."""
    units = {asked: marked[asked] + known[asked] for asked in marked}
    sure = {asked: [1] * len(marked[asked]) + [SURE] * len(known[asked]) for asked in marked}
    decides = units["condition"]
    stays = [(unit, said == "dont") for unit, said in decides if said is not None]
    model = likeness.Model(
        fitted=fingerprint(),
        quick=0,
        condition=_head(
            [(unit, said is not None) for unit, said in decides], likeness.features, strict, sure["condition"]
        ),
        staying=_head(stays, likeness.features, 1),
        hand=_head([(unit, said is not None) for unit, said in units["hand"]], likeness.of_marks, 1, sure["hand"]),
        choice=_head([(unit, said is not None) for unit, said in units["choice"]], likeness.features, strict),
    )
    return msgspec.structs.replace(model, quick=_quick(model, [unit for unit, _ in decides if not unit.listed]))


def _head(units, features, strict, weights=None):
    """What words count towards a yes, by logistic regression."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    looked = [features(unit) for unit, _ in units]
    counts = Counter(one for found in looked for one in found)
    vectors = DictVectorizer()
    table = vectors.fit_transform([{one: 1.0 for one in sorted(found) if counts[one] >= SEEN} for found in looked])
    table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    fitted = LogisticRegression(C=strict, solver="liblinear", max_iter=500, random_state=1)
    fitted.fit(table, np.array([said for _, said in units]), sample_weight=weights)
    names = [str(name) for name in vectors.get_feature_names_out()]
    return likeness.Head(bias=_hundredths(fitted.intercept_[0]), weights=_counting(names, fitted.coef_[0]))


def _hundredths(value):
    return round(value * 100)


def _counting(names, weights):
    pairs = ((name, _hundredths(weight)) for name, weight in zip(names, weights, strict=True))
    return {name: weight for name, weight in pairs if abs(weight) >= LEAST}


def _quick(model, units):
    """What the first look at single words must come to: nearly all sentences that the model takes do."""
    looked = []
    for unit in units:
        if score(model.condition, unit) >= likeness.SENTENCE:
            base = score(model.condition, msgspec.structs.replace(unit, text="", before="", after=""))
            looked.append(base + likeness.quick(model, likeness.words(unit.text)))
    return int(np.quantile(looked, PASS))


def score(head, unit, features=likeness.features):
    """The log-odds of a unit in hundredths."""
    return head.bias + head.sum(features(unit))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", default="", help="folders to leave out, to be measured with")
    parser.add_argument("--strict", type=float, default=0.3)
    chosen = parser.parse_args()
    left = chosen.without.split(",")
    docs = [one for one in documents() + excerpts() if one[0].partition("/")[0].partition("#")[0] not in left]
    model = fit(labelled(docs), told(), strict=chosen.strict)
    text = msgspec.json.format(msgspec.json.encode(model), indent=1).decode()
    Path(likeness.MODEL).write_text(text + "\n", encoding="utf-8")
    for name in ("condition", "staying", "hand", "choice"):
        head = getattr(model, name)
        print(f"{name}: {len(head.weights)} words and pairs, bias {head.bias}")


if __name__ == "__main__":
    main()
