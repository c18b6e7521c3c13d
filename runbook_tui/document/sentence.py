"""The words of a sentence that may state a threshold, as tokens for the grammar in `condition_grammar`.

The writers' freedom ends here: "exceeds", "climbs above" and ">" are one token, "5+ minutes" and "five minutes" the same
numbers. What may be read in two ways becomes a token the grammar does not know, so that the sentence stays a sentence.
"""

# ruff: noqa: E501, ISC004  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from runbook_tui.document.patterns import expression

LONGEST = 400  # characters; a longer text is a paragraph, not a threshold


class Word(NamedTuple):
    """One token: its kind, and its value in the one spelling the grammar's reader knows."""

    kind: str
    value: str


NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,15})?)"
TIME = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
_UNIT = (
    r"(?:%|percent(?:age points?)?|pp|milliseconds?|msecs?|ms|microseconds?|[µμ]s|us|ns|[KMGT]i?B/s|[KMG]bps|[KMGT]i?B|[KMGT]i"
    r"|(?:req(?:uest)?s?|errors?|ops|messages?|msgs?|queries|events|tokens|failures)/(?:second|sec|s|minute|min|m|hour|h)"
    r"|rps|qps|tps|fps|iops|°\s?C|C|kW|W)"
)
_WRITTEN_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "sixty": "60", "ninety": "90",
}  # fmt: skip
SPELT = tuple(_WRITTEN_NUMBERS)
_SPELT = "|".join(SPELT)
_BASE = (
    r"(?:baseline(?:\s+(?:levels?|values?|rates?|latency|average|metrics?|performance))?"
    r"|(?:normal|usual|pre-deploy(?:ment)?|pre-release|steady[ -]state)(?:\s+(?:levels?|values?|rates?))?"
    r"(?=\s*(?:$|[.,;:()→–—]|for\b|over\b|sustained\b|during\b|in\b)))"
)
_BEFORE_NUMBER = (
    rf"(?=\s*(?:(?:about|around|approximately|roughly|the|a)\s+)?(?:[~≈]\s*)?(?:[$€£+-]\s*)?"
    rf"(?:\d|(?:{_SPELT}|twice|double|triple)\b|(?:the\s+)?{_BASE}))"
)
_MOVES = (
    r"(?:(?:rises?|goes|go|climbs?|is|are|be|stays?|remains?|jumps?|spikes?|grows?|gets?|drops?|falls?|dips?|sinks?|slips?"
    r"|comes?|runs?|keeps?)\s+(?:consistently\s+|still\s+|to\s+)?)"
)
_IS = (
    r"(?:(?:is|are|be|stays?|remains?) )"  # "drops more than 5 %" speaks of the drop, so its verb stays with the metric
)
_COMPARISONS = (
    (">", rf"{_MOVES}?(?:above|over|past)|exceed(?:s|ed|ing)?|surpass(?:es|ing)?|in excess of"
          rf"|{_IS}?(?:more|greater|higher|larger|longer|bigger|older|hotter) than"),
    ("<", rf"{_MOVES}?(?:below|under|beneath)|{_IS}?(?:less|lower|fewer|smaller|shorter|faster|younger) than"),
    (">=", r"(?:is |are |of )?at least|reach(?:es|ed|ing)?|(?:a )?minimum(?: of)?|no (?:less|fewer|lower) than"),
    ("<=", r"(?:is |are |of )?at most|no (?:more|greater|higher|longer|later) than|up to|(?:a )?max(?:imum)?(?: of)?"),
    ("==", r"equals?(?: to)?|is exactly"),
)  # fmt: skip
_SIGNS = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "≥": ">=", "≤": "<=", "⩾": ">=", "⩽": "<=", "==": "==", "=": "=="}
_COMPARING = "|".join(words for _, words in _COMPARISONS)
_HOW_LONG = (
    rf"(?:{NUMBER}\s?\+?(?:\s|-)*(?:(?:consecutive|straight|continuous|full)\s+)?{TIME}\b"
    rf"|(?:half\s+an?|an?|{_SPELT})\s+(?:(?:consecutive|straight|full)\s+)?{TIME}\b)"
)
_AT_LEAST = r"(?:(?:at least|more than|over|longer than|greater than|a minimum of|about)\s+|[>≥~]=?\s*)?"
_WHICH = r"(?:(?:the\s+)?(?:last|past|previous|a|an|the|any|rolling|period of|window of)\s+)*"
_LASTING = r"sustained|lasting|lasts?|persist(?:s|ing|ently)?|continu(?:es|ing|ously)|held"

_KINDS = (
    ("ARROW", r"→|⇒|➜|➔|-->|->|=>"),
    ("WINDOW", rf"(?:(?:over|in|for|during)\s+)?(?:(?:an?|the|any|rolling)\s+)*(?P<window>{NUMBER})[\s-]?(?P<windowed>{TIME})"
               r"[\s-](?:(?:moving|rolling)\s)?(?:window|period|interval|avg|average)\b"),
    ("FOR", rf"(?:(?:{_LASTING}),?\s+)?(?:for|during|beyond|in|per|throughout|{_LASTING})\s+{_WHICH}{_AT_LEAST}(?={_HOW_LONG})"
            rf"|(?:{_LASTING})\s+over\s+{_WHICH}(?={_HOW_LONG})"
            rf"|over\s+(?:(?:the|last|past|previous|any|rolling)\s+)+(?={_HOW_LONG})|over\s+(?=an?\s+{TIME}\b)"),
    ("LASTHOUR", rf"(?:over|in|during|within|for)\s+the\s+(?:last|past|previous)\s+(?={TIME}\b)"),
    ("OVERTIME", rf"over\s+(?={NUMBER}\s?\+?\s?{TIME}\b)"),
    ("ORMORE", r"or\s+(?:more|higher|greater|above|longer|better)\b"),
    ("ORLESS", r"or\s+(?:less|lower|fewer|below|under|shorter)\b"),
    ("REL", r"(?:(?P<up>above|over|higher\s+than|more\s+than|greater\s+than|slower\s+than)|(?P<down>below|under|lower\s+than"
            rf"|less\s+than)|of|relative\s+to|compared\s+(?:to|with)|vs\.?|versus)\s+(?:the\s+)?{_BASE}"),
    ("BASE", rf"(?:the\s+)?{_BASE}(?=\s*(?:[*×x+]|by\b|times\b|$|[.,;:()→–—]|for\b|over\b|sustained\b|during\b|in\b))"),
    ("NOT", r"(?:(?:does|do|did|must|should|shall|may|can|is|are|will)\s*(?:not|n['’]t)|never|cannot|not)\s+"
            rf"(?=(?:be\s+)?(?:{_COMPARING}){_BEFORE_NUMBER})"),
    ("EXCEPT", r"(?:unless|except|excluding|other\s+than|between)\b"),
    ("AND", r"and(?=\s)|&&?(?=\s)"),
    ("OR", r"or(?=\s)|\|\|?"),
    *((f"WORDS{index}", rf"(?:{words}){_BEFORE_NUMBER}") for index, (_, words) in enumerate(_COMPARISONS)),
    ("WITHIN", r"(?:(?:is|are|stays?|remains?|be)\s+)?within(?=\s*[~≈]?\s*\d)"),
    ("SIGNS", rf"(?:>=|<=|==|[<>≥≤⩾⩽])(?=\s*(?:[~≈]\s*)?(?:[$€£+-]\s*)?\d|\s*(?:the\s+)?{_BASE})|(?<=\s)=(?=\s+\d)"),
    ("JUNK", r"<=|>=|!=|≠|±|[<>≥≤=](?![a-z_])"),
    ("RANGE", rf"{NUMBER}\s?(?:{_UNIT}|{TIME})?\s?(?:[-–—]|\bto\b)\s?(?:{NUMBER})\s?(?:{_UNIT}|{TIME})?(?![\w.-])"),
    ("TWICE", r"(?:twice|double|triple)\b"),
    ("NUM", rf"(?P<money>[$€£]\s?)?(?P<sign>(?<![\w)])[+-]\s?)?{NUMBER}"
            rf"(?=\s|$|[%°+)\],;:?!…/]|\.(?:\s|$)|[x×*](?!\w)|-?{_UNIT}(?![\w])|-?{TIME}\b|k\b)"),
    ("THOUSAND", r"(?<=\d)k\b"),
    ("TIMES", r"[x×](?!\w)|(?<=\d\s)times\b"),
    ("STAR", r"\*"),
    ("BY", r"by\b"),
    ("PLUS", r"\+"),
    ("UNIT", rf"-?{_UNIT}(?![\w])"),
    ("TIME", rf"-?(?:(?:consecutive|straight|continuous|full)\s+)?{TIME}\b"),
    ("PLACEHOLDER", r"<[a-z_][^<>]*>"),
    ("COLON", r":(?=\s|$)"),
    ("COMMA", r","),
    ("STOP", r";|(?<=[\w%)])[.!?](?=\s|$)"),
    ("DASH", r"(?<=\s)(?:--|[-–—])(?=\s)|—"),
    ("OPEN", r"\("),
    ("CLOSE", r"\)"),
    ("WORD", r"(?:[^\s<>≥≤≠=±:;,()→—]|:(?=\S)|=(?=[^\s=]))+?(?=[\s<>≥≤≠±:;,()→—]|$|[.!?](?:\s|$)|=(?:\s|=))"),
)  # fmt: skip
_PATTERN = expression("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS), re.IGNORECASE)
_SPACE = expression(r"\s+")
_MARKS = expression(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=[\w%)])[*_](?!\w)")
_COMPARED = expression(
    r"(?:[<>≥≤]=?|==|=)\s*[~$+]?\d|\b(?:above|below|over|under|exceed\w*|than|least|most)\s+\d", re.IGNORECASE
)
_REMARK = expression(
    r"^\s*(?:vs\.?|versus|was|were|currently|current|e\.?g\.?|for example|such as|example|baseline|normal(?:ly)?|typical(?:ly)?"
    r"|target|usually|previously|default|standard|from|note|see|expected)\b",
    re.IGNORECASE,
)
_TIMES = {"twice": "2", "double": "2", "triple": "3"}
_CANONICAL = {
    "percent": "%", "percentage point": "pp", "millisecond": "ms", "msec": "ms", "microsecond": "µs", "us": "µs", "μs": "µs",
    "second": "s", "sec": "s", "s": "s", "minute": "min", "min": "min", "m": "min", "hour": "h", "hr": "h", "h": "h",
    "day": "d", "d": "d", "c": "°C", "°c": "°C", "request/s": "req/s", "requests/s": "req/s", "reqs/s": "req/s",
    "req/sec": "req/s", "requests/sec": "req/s", "requests/second": "req/s",
}  # fmt: skip
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


def unit(written: str) -> str:
    """A unit in its one spelling: `minutes` is `min`; what is not known stays as written."""
    low = " ".join(written.lower().strip("- ").split()).replace("° c", "°c")
    for word in ("consecutive ", "straight ", "continuous ", "full "):
        low = low.removeprefix(word)
    if low in {"%", "ms", "ns", "µs", "pp", "rps", "qps", "tps", "fps", "iops"}:
        return low
    return _CANONICAL.get(low) or _CANONICAL.get(low.rstrip("s")) or written.strip("- ")


def words(text: str) -> list[Word]:
    """The tokens of a sentence up to where the statement ends; a remark after it is left out."""
    text = _MARKS.sub("", _SPACE.sub(" ", text)).strip()
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Word]:
    at, depth, compared = 0, 0, False
    after = ""  # the kind before, for words that are numbers only there
    find, searched = _PATTERN.for_matching(text)
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        match = find(searched, at)
        if match is None:
            at += 1
            continue
        kind = match.lastgroup or ""  # each kind is a group around all the others in it
        found = text[at : match.end()]
        if kind in {"ARROW", "STOP"} or (kind == "DASH" and compared):
            if compared and not depth:
                if _COMPARED.search(text, match.end()):
                    yield Word("JUNK", found)
                return
            kind = "COLON" if kind == "DASH" else kind
        if kind == "OPEN":
            closing = _closing(text, at)
            inside = text[at + 1 : closing]
            if not _COMPARED.search(inside) or _REMARK.match(inside):
                lasting = _lasting(inside)
                yield from lasting or [Word("NOTE", inside)]
                at = closing + 1
                after = "NOTE"
                continue
            depth += 1
        elif kind == "CLOSE":
            depth -= 1
        for word in _named(kind, found, match, after):
            compared = compared or word.kind in {"CMP", "WITHIN", "OVERTIME", "LEAST"}
            after = word.kind
            yield word
        at = max(match.end(), at + 1)


def _named(kind: str, found: str, match: re.Match[str], after: str) -> Iterator[Word]:
    """The tokens a match stands for."""
    if kind.startswith("WORDS"):
        yield Word("CMP", _COMPARISONS[int(kind[5:])][0])
    elif kind == "SIGNS":
        yield Word("CMP", _SIGNS[found])
    elif kind == "REL":
        yield Word("REL", "+" if match["up"] else "-" if match["down"] else "of")
    elif kind == "NUM":
        yield from _number(found, match)
    elif kind == "WINDOW":
        yield Word("FOR", found)
        yield Word("NUM", match["window"].replace(",", ""))
        yield Word("TIME", unit(match["windowed"]))
    elif kind == "LASTHOUR":
        yield Word("FOR", found)
        yield Word("NUM", "1")
    elif kind == "TWICE":
        yield Word("NUM", _TIMES[found.lower()])
        yield Word("TIMES", "x")
    elif kind in {"UNIT", "TIME"}:
        low = unit(found)
        yield Word("TIME" if low in {"s", "min", "h", "d"} else "UNIT", low)
    elif kind == "WORD":
        low = found.lower()
        if after in {"CMP", "FOR", "OVERTIME"} and low in _WRITTEN_NUMBERS:
            yield Word("NUM", _WRITTEN_NUMBERS[low])
        elif after in {"CMP", "FOR", "TIMES"} and low in {
            "a",
            "an",
            "the",
            "about",
            "around",
            "approximately",
            "roughly",
        }:
            if after == "FOR" and low in {"a", "an"}:
                yield Word("NUM", "1")
        elif after == "FOR" and low == "half":
            yield Word("HALF", "0.5")
        elif after == "HALF":
            yield Word("NUM", "0.5")
        else:
            yield Word("WORD", found)
    elif kind == "PLACEHOLDER":
        yield Word("WORD", found)
    elif kind == "DASH":
        yield Word("COLON", found)
    elif kind not in {"ARROW", "STOP"}:
        yield Word(kind, found)


_NO_DIGITS = expression(r"[^\d.]")
_LEAST = expression(
    rf"\s?(?:{_UNIT}|{TIME})?\s?(?:\+(?!\d)|or (?:more|higher|greater|above|less|lower|fewer|below|better)\b)",
    re.IGNORECASE,
)


def _number(found: str, match: re.Match[str]) -> Iterator[Word]:
    """A number; LEAST when a plus or "or more" after it makes it the smallest that counts."""
    if match["money"]:
        yield Word("MONEY", match["money"].strip())
    sign = (match["sign"] or "").strip()
    digits = found if found.isdecimal() else _NO_DIGITS.sub("", found)
    rest = match.string[match.end() :]
    least = _LEAST.match(rest)
    if sign == "+":
        yield Word("SIGNED", digits)
    elif least:
        yield Word("LEAST", digits)
    else:
        yield Word("NUM", f"-{digits}" if sign else digits)


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return len(text)


def _lasting(inside: str) -> list[Word]:
    """The tokens of "(for 5 minutes)", nothing for another remark."""
    match = re.fullmatch(
        rf"\s*(?:(?:{_LASTING})\s*)?(?:for\s+)?(?:at least\s+|[>≥]=?\s*)?({NUMBER})\s?\+?[\s-]?({TIME})\s*(?:{_LASTING})?\s*",
        inside,
        re.IGNORECASE,
    )
    if match is None or not re.search(rf"for|{_LASTING}", inside, re.IGNORECASE):
        return []
    return [Word("FOR", "for"), Word("NUM", match[1].replace(",", "")), Word("TIME", unit(match[2]))]


def duration(tokens: list[Word], *, overtime: bool = True) -> float | None:
    """The seconds that a "for 5+ minutes" among the tokens stands for; None when there are none or two.

    `overtime` says whether "over 5 minutes" is such a time.
    """
    found: list[float] = []
    for index, word in enumerate(tokens):
        if word.kind != "FOR" and not (overtime and word.kind == "OVERTIME"):
            continue
        rest = tokens[index + 1 : index + 5]
        while rest and rest[0].kind in {"HALF", "CMP"}:
            rest = rest[1:]
        if rest and rest[0].kind in {"NUM", "LEAST"}:
            after = rest[2] if len(rest) > 2 and rest[1].kind == "PLUS" else rest[1] if len(rest) > 1 else None
            if after is not None and after.kind == "TIME":
                found.append(float(rest[0].value) * SECONDS[after.value])
    return found[0] if len(found) == 1 else None
