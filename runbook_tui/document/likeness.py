"""How like the conditions of other runbooks a text is, where none of our rules knows its words.

A linear model over the words of a sentence or list entry and of what stands over it. It was fitted to the documents in
`tests/writers` (`tests/writers/fit.py`), and is asked only where the rules found nothing: whoever wrote "One node of a
pair failing = fix that node, other pairs continue." is read too, and the finding RB161 says that it was likeness alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from runbook_tui.document.alternatives import parted
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import LONGEST, MOST, Words

__all__ = [
    "SENTENCE",
    "Head",
    "Model",
    "Unit",
    "features",
    "hopeless",
    "of_choice",
    "of_hand",
    "of_list",
    "of_marks",
    "of_sentence",
    "quick",
    "signing",
    "words",
    "worth",
]

MODEL: Final = Path(__file__).with_name("likeness.json")
FEW: Final = 8  # entries of a list that are looked at: they have one lead-in, and are alike
SENTENCE: Final = 50  # hundredths of log-odds from which on one is taken for a condition
LIST: Final = 30  # the mean of its entries
TICKED: Final = 100  # of boxes, which are tasks where in doubt
_DOUBTFUL: Final = 30
HAND: Final = 150  # from which on a line is taken for a place for a hand
HAND_AT_BOX: Final = (
    300  # the same of a box: of a hundred in ordinary checklists ninety are tasks, and three are signed
)
CHOICE: Final = 30  # the mean of boxes
SIGN: Final = 40  # what a single word counts that makes a sentence worth a look
_HOPELESS: Final = 300  # below the mean that is asked for: the other entries are not looked at
_LOOKED: Final = 40  # words
_LONGEST: Final = 400  # characters
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,:]\d+)*|[%<>=?!:,;→]|[^\x00-\x7f]")
_MARK = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,:]\d+)*|__|\[ ?x?\]|[@%<>=?!:,;→()/|☐⬜□-]|[^\x00-\x7f]")
_BLANK = re.compile(r"_{2,}|\.{4,}|…+|\\_")
_SPOKEN = str.maketrans(dict.fromkeys('.,:;()*`"“”', " ") | {"’": "'"})
_SPELLED = str.maketrans({"’": "'", "≥": ">", "≤": "<"})


class Unit(msgspec.Struct, frozen=True):
    """A sentence, or an entry of a list or table, with the words it stands under."""

    text: str
    lead: str = ""  # the paragraph before
    title: str = ""  # of its section
    above: str = ""  # the title over that one
    header: str = ""  # of its table
    listed: bool = False
    before: str = ""  # the sentence or the lines before
    after: str = ""  # the sentence or the lines behind


class Head(msgspec.Struct, frozen=True):
    """What a word counts towards one answer, in hundredths of log-odds."""

    bias: int
    weights: dict[str, int]

    def sum(self, found: set[str]) -> int:
        """What some words come to, without the bias."""
        weights = self.weights
        return sum([weights[one] for one in found if one in weights])


class Model(msgspec.Struct, frozen=True):
    """What is asked of a text: whether it is a condition, one of staying, a place for a hand, a box to choose."""

    fitted: str  # sha256 of the documents and of the words looked at
    quick: int  # a sentence whose single words come to less with what is around it is not looked at further
    condition: Head
    staying: Head
    hand: Head
    choice: Head


def words(text: str) -> list[str]:
    """The words of a text as the model knows them: in lower case, every number as 0."""
    low = text.lower()
    found: list[str] = _WORD.findall(low if low.isascii() else low.translate(_SPELLED))
    return ["0" if word[0].isdecimal() else word for word in found]


def features(unit: Unit) -> set[str]:
    """What the model looks at in a unit: words, their first five letters, pairs; by where they stand."""
    own = _own(words(unit.text), listed=unit.listed)
    return {*own, *_around(unit), *_next("y:", unit.before), *_next("x:", unit.after)}


def of_marks(unit: Unit) -> set[str]:
    """What the model looks at where somebody may sign: the marks of a form count there, and the lines beside."""
    own = _marks(unit.text)
    beside = _marks(f"{unit.before} {unit.after}")
    return {
        *_pairs("o:", own[:_LOOKED]),
        f"n:{min(len(own), 12) // 2}",
        "boxed" if unit.listed else "plain",
        *_words("b:", beside[:_LOOKED]),
        *_around(unit),
    }


def _marks(text: str) -> list[str]:
    found: list[str] = _MARK.findall(_BLANK.sub("__", text.lower().translate(_SPELLED)))
    return ["0" if one[0].isdecimal() else one for one in found]


def _next(place: str, text: str) -> list[str]:
    return _words(place, words(text)[:20]) if text else []


def _own(found: Sequence[str], *, listed: bool) -> set[str]:
    return {*_pairs("o:", found[:_LOOKED]), *_words("i:" if listed else "s:", found[:12])}


def _around(unit: Unit) -> set[str]:
    return _above(unit.title, unit.above, unit.header) | _lead(unit.lead, listed=unit.listed)


def _above(title: str, above: str, header: str) -> set[str]:
    return _title(title, header) | _over(above)


def _title(title: str, header: str) -> set[str]:
    return {*_pairs("h:", words(title)[:_LOOKED]), *(_pairs("t:", words(header)[:_LOOKED]) if header else ())}


def _over(above: str) -> set[str]:
    return set(_words("u:", words(above)[:20]))


def _lead(lead: str, *, listed: bool) -> set[str]:
    last = words(parted(lead.strip())[-1]) if lead else []
    if listed:
        return {"listed", *_pairs("l:", last[:_LOOKED]), *_words("p:", words(lead)[:60])}
    return {"said", *_words("q:", last[:30])}


def _words(place: str, found: Sequence[str]) -> list[str]:
    return [place + word for word in found] + [f"{place}{word[:5]}~" for word in found if len(word) > 5]


def _pairs(place: str, found: Sequence[str]) -> list[str]:
    if not found:
        return []
    pairs = zip(("^", *found), (*found, "$"), strict=True)
    return _words(place, found) + [f"{place}{before} {after}" for before, after in pairs]


@cache
def _model() -> Model:
    return msgspec.json.decode(MODEL.read_bytes(), type=Model)


def of_sentence(unit: Unit) -> Polarity | None:
    """What a sentence asks for if it is like those that say when to go back, stop or stay; None for most."""
    if len(unit.text) > _LONGEST or not worth(unit.text):
        return None
    model = _model()
    found = words(unit.text)
    around = _around_sum(unit)
    if around + quick(model, found) < model.quick:
        return None
    own = {*_own(found, listed=False), *_next("y:", unit.before), *_next("x:", unit.after)}
    if around + model.condition.sum(own) < SENTENCE:
        return None
    return _polarity(model.staying.bias + model.staying.sum({*own, *_around(unit)}))


def hopeless(unit: Unit) -> bool:
    """Whether none of the sentences of a text can be like a condition, by their single words and what is around."""
    seen = _best()
    best = 0
    for word in set(unit.text.lower().split()):
        weight = seen.get(word)
        best += _weigh(word) if weight is None else weight
    return _around_sum(unit) + best < _model().quick


def _weigh(written: str) -> int:
    """The most that a word as it is written counts, with the marks around it; kept for the next time."""
    seen, weights = _best(), _model().condition.weights
    if len(seen) > MOST:
        seen.clear()
    best = sum([max(weights.get("o:" + word, 0), 0) for word in words(written)])
    if len(written) <= LONGEST:
        seen[written] = best
    return best


@cache
def _best() -> dict[str, int]:
    return {}


def worth(text: str) -> bool:
    """Whether a text has a word without which hardly any sentence is a condition."""
    return _SIGNS.found(text)


def _counts(head: Head, written: str) -> bool:
    """Whether a word as it is written counts much towards an answer."""
    return any(head.weights.get("o:" + word, 0) >= SIGN and _plain(word) for word in written.translate(_SPOKEN).split())


def _plain(word: str) -> bool:
    return word.isascii() and (word.isalpha() or "'" in word or word in "%<>=?!")


_SIGNS = Words(lambda written: _counts(_model().condition, written))


def signing(text: str) -> bool:
    """Whether a box has a word without which hardly any is a place for a hand."""
    return _HANDS.found(text) or "@" in text or "__" in text


_HANDS = Words(lambda written: _counts(_model().hand, written))


def of_hand(unit: Unit, *, ticked: bool = False) -> bool:
    """Whether a line or a row of a table is like those on which somebody signs. `ticked`: it is a box."""
    head = _model().hand
    return head.bias + head.sum(of_marks(unit)) >= (HAND_AT_BOX if ticked else HAND)


def of_choice(units: Sequence[Unit]) -> bool:
    """Whether the boxes of a list are like those of which one is chosen."""
    head = _model().choice
    return sum(head.bias + head.sum(features(unit)) for unit in units[:FEW]) >= CHOICE * len(units[:FEW])


def of_list(units: Sequence[Unit], *, ticked: bool) -> Polarity | None:
    """What the entries of a list ask for if most are like conditions. `ticked`: they are boxes."""
    if not units:
        return None
    model, first = _model(), units[0]
    around = _around_sum(first)
    least = (TICKED if ticked else LIST) - around
    own: list[set[str]] = []
    score = 0
    for unit in units[:FEW]:
        own.append(_own(words(unit.text), listed=True))
        score += model.condition.sum(own[-1])
        if score < (least - _HOPELESS) * len(own):
            return None
    if score < least * len(own):
        return None
    staying = model.staying.sum(_around(first)) + model.staying.bias
    return _polarity(staying + sum(model.staying.sum(found) for found in own) / len(own))


def quick(model: Model, found: Sequence[str]) -> int:
    """What the single words of a sentence come to."""
    return model.condition.sum({"o:" + word for word in found[:_LOOKED]})


def _around_sum(unit: Unit) -> int:
    return _place_sum(unit.title, unit.above, unit.header, unit.lead, unit.listed)


@lru_cache(maxsize=64)  # the sentences and entries of a place are asked one after the other
def _place_sum(title: str, above: str, header: str, lead: str, listed: bool) -> int:
    around = _title_sum(title, header) + _over_sum(above) + _lead_sum(lead, listed=listed)
    return _model().condition.bias + around


@lru_cache(maxsize=64)
def _title_sum(title: str, header: str) -> int:
    return _model().condition.sum(_title(title, header))


@lru_cache(maxsize=64)
def _over_sum(above: str) -> int:
    return _model().condition.sum(_over(above))


@lru_cache(maxsize=64)
def _lead_sum(lead: str, *, listed: bool) -> int:
    return _model().condition.sum(_lead(lead, listed=listed))


def _polarity(stays: float) -> Polarity:
    if abs(stays) < _DOUBTFUL:
        return Polarity.CONSIDER
    return Polarity.DONT if stays > 0 else Polarity.DO
