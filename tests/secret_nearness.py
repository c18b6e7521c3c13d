"""What a rule for secrets asks of a line at least, for an engine that looks for all rules at once.

From a rule's expression follows a wider one: no letter case, no line ends, no edges of lines, and nothing behind the
first long run of characters. Where the rule matches inside of one line, the wider one does too.
"""

from __future__ import annotations

import re
from re import _constants as node  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONG = 8  # characters of a run that are asked at most
LITERAL = 3  # characters that must stand before a run is cut
WORD = 4  # characters of a name nobody writes without reason: nothing behind it is asked
FREE = 6  # times something may repeat that are not counted
COMMON = re.compile(
    r"key|token|secret|access|client|http|account|private|password|api|mail|user|name|auth|curl|mysql|app|id$",
    re.IGNORECASE,
)
_FLAGS = re.compile(r"\(\?[imsU-]+\)")
_GROUP_FLAGS = re.compile(r"\(\?[imsU-]+:")
_ENDS = frozenset(b"\r\n")
_CATEGORIES = {
    node.CATEGORY_DIGIT: frozenset(b"0123456789"),
    node.CATEGORY_SPACE: frozenset(b"\t\n\f\r "),
    node.CATEGORY_WORD: frozenset(byte for byte in range(128) if chr(byte).isalnum() or byte == ord("_")),
}
_NOT = {
    node.CATEGORY_NOT_DIGIT: node.CATEGORY_DIGIT,
    node.CATEGORY_NOT_SPACE: node.CATEGORY_SPACE,
    node.CATEGORY_NOT_WORD: node.CATEGORY_WORD,
}
_SINGLE = (node.LITERAL, node.NOT_LITERAL, node.IN, node.ANY)
_ALL = frozenset(range(256))


class Impossible(Exception):
    """It cannot match inside of one line."""


def nearness(pattern: str) -> str:
    """A wider expression that RE2's matches inside of a line always match, without regard to letter case."""
    plain = _GROUP_FLAGS.sub("(?:", _FLAGS.sub("", pattern)).replace(r"\z", "")
    text = _Near().sequence(parser.parse(plain), cutting=True)
    text = re.sub(r"\(\?:[^()]*\|\)$", "", text)  # may be nothing
    text = re.sub(r"\[[^\]]*\]\{0,\d*\}(\)*)$", r"\1", text)
    return re.sub(r"\{([1-9]\d*),\d*\}(\)*)$", r"{\1,\1}\2", text)  # the first of its ends will do


class _Near:
    def __init__(self) -> None:
        self.cut = False  # nothing behind is asked
        self.word = ""  # characters known just before
        self.anchored = False

    def sequence(self, items: Any, *, cutting: bool) -> str:
        out = []
        for kind, value in items:
            if self.cut:
                break
            if kind is not node.LITERAL and cutting and self._named():
                break
            if kind is not node.LITERAL and kind is not node.SUBPATTERN and kind is not node.BRANCH:
                self.word = ""
            out.append(self._item(kind, value, cutting))
        if cutting:
            self._named()
        return "".join(out)

    def _item(self, kind: Any, value: Any, cutting: bool) -> str:
        if kind is node.AT:
            return {node.AT_BOUNDARY: r"\b", node.AT_NON_BOUNDARY: r"\B"}.get(value, "")
        if kind is node.LITERAL and value < 128 and value not in _ENDS:
            self.word += chr(value)
            self.anchored = self.anchored or len(self.word) >= LITERAL
            return f"\\x{value:02x}"
        if kind is node.SUBPATTERN:
            return f"(?:{self.sequence(value[3], cutting=cutting)})"
        if kind is node.BRANCH:
            return self._branch(value[1], cutting)
        if kind in (node.MAX_REPEAT, node.MIN_REPEAT):
            return self._repeat(*value, cutting)
        return self._class(_bytes_of(kind, value), 1, 1)

    def _named(self) -> bool:
        self.cut = self.cut or (len(self.word) >= WORD and not COMMON.search(self.word))
        return self.cut

    def _branch(self, ways: Any, cutting: bool) -> str:
        if all(len(way) <= 1 and (not way or way[0][0] in _SINGLE) for way in ways):
            self.word = ""
            return self._class(frozenset().union(*(_bytes_of(*way[0]) for way in ways if way)), int(all(ways)), 1)
        before = (self.word, self.anchored)
        texts: list[str] = []
        for cut in (True, False) if cutting else (False,):
            texts, every, self.anchored = [], True, True
            anchored = True
            for way in ways:
                self.cut = False
                self.word, self.anchored = before
                try:
                    texts.append(self.sequence(way, cutting=cut))
                except Impossible:
                    continue
                every, anchored = every and self.cut, anchored and self.anchored
            self.cut, self.word, self.anchored = every and cut, "", anchored
            if every:
                break
        if not texts:
            raise Impossible
        return f"(?:{'|'.join(dict.fromkeys(texts))})"

    def _repeat(self, least: int, most: Any, items: Any, cutting: bool) -> str:
        unbounded = most is node.MAXREPEAT
        one = len(items) == 1 and items[0][0] in _SINGLE
        if (
            len(items) == 1
            and items[0][0] is node.BRANCH
            and all(len(w) == 1 and w[0][0] in _SINGLE for w in items[0][1][1])
        ):
            members = frozenset().union(*(_bytes_of(*way[0]) for way in items[0][1][1]))
            return self._class(members, least, None if unbounded else int(most), cutting)
        if len(items) == 1 and items[0][0] is node.SUBPATTERN and len(items[0][1][3]) == 1:
            return self._repeat(least, most, items[0][1][3], cutting)
        if one:
            return self._class(_bytes_of(*items[0]), least, None if unbounded else int(most), cutting)
        inner = _Near()
        inner.anchored = self.anchored
        try:
            text = inner.sequence(items, cutting=False)
        except Impossible:
            if least:
                raise
            return ""
        self.anchored = self.anchored or (least > 0 and inner.anchored)
        return f"(?:{text}){{{least},{'' if unbounded else int(most)}}}"

    def _class(self, members: frozenset[int], least: int, most: int | None, cutting: bool = False) -> str:
        if members & _ENDS:  # the line's own end may be the last of them
            least = max(0, least - 1)
            members -= _ENDS
        if not members:
            if least:
                raise Impossible
            return ""
        if cutting and self.anchored and least >= min(8, LONG):
            self.cut = True
            least = most = min(least, LONG)
        elif most is not None and ((most > FREE and most > least) or max(members) > 127):
            most = None
        return f"[{_ranges(members)}]{{{least},{'' if most is None else most}}}"


def _bytes_of(kind: Any, value: Any) -> frozenset[int]:
    if kind is node.ANY:
        return _ALL - frozenset(b"\n")
    if kind is node.NOT_LITERAL:
        return _ALL - {value}
    if kind is node.LITERAL:
        return _single(value, value)
    found: set[int] = set()
    negated = False
    for part, of in value:
        if part is node.NEGATE:
            negated = True
        elif part is node.LITERAL:
            found |= _single(of, of)
        elif part is node.RANGE:
            found |= _single(*of)
        elif of in _NOT:
            found |= _ALL - _CATEGORIES[_NOT[of]]
        else:
            found |= _CATEGORIES[of]
    return _ALL - {byte for byte in found if byte < 128} if negated else frozenset(found)


def _single(first: int, last: int) -> set[int] | frozenset[int]:
    """The bytes that characters of a range begin or go on with."""
    return set(range(first, min(last, 127) + 1)) | (set(range(128, 256)) if last > 127 else set())


def _ranges(members: frozenset[int]) -> str:
    out, first, before = [], None, None
    for byte in [*sorted(members), None]:
        if first is not None and byte != before + 1:  # type: ignore[operator]
            out.append(f"\\x{first:02x}" if first == before else f"\\x{first:02x}-\\x{before:02x}")
            first = None
        if first is None:
            first = byte
        before = byte
    return "".join(out)
