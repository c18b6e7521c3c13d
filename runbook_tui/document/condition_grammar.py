"""The grammar of a stated threshold: "Error rate > 10% for 5+ minutes".

LALR over the tokens of `sentence`. What it does not accept is no certain threshold and stays a sentence: two comparisons
in one, "and", "or", "unless", ranges, a comparison with something that is no number.
"""

# ruff: noqa: E501  # lists of words are lines of words

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import takewhile
from typing import Any, NamedTuple

import lark
from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError
from lark.lexer import Lexer

from runbook_tui.document import sentence
from runbook_tui.document.metrics import NO_METRIC, metric_of
from runbook_tui.document.patterns import expression
from runbook_tui.document.sentence import Word
from runbook_tui.prepared import GRAMMARS

GRAMMAR = r"""
start: label* claim
label: phrase (COLON | COMMA)

?claim: phrase bound tail             -> compared
      | bound tail                    -> counted
      | phrase least tail             -> compared
      | least tail                    -> counted
      | phrase OPEN inner CLOSE tail  -> explained
      | phrase OPEN bounds CLOSE tail -> bounded
      | phrase OVERTIME quantity tail -> overtime
      | NUM unit tail                 -> objective

inner: phrase bound WORD*
bounds: bound WORD* (COMMA bound WORD*)*

phrase: WORD (WORD | NUM | NOTE | BY)*

bound: cmp quantity                    -> absolute
     | cmp SIGNED unit?                -> signed
     | cmp quantity REL                -> related
     | cmp number TIMES (BASE | REL)?  -> factor
     | cmp number STAR BASE            -> factor
     | cmp BASE (STAR | TIMES) number  -> base_factor
     | cmp BASE (PLUS | BY) quantity   -> base_plus
     | cmp BASE SIGNED unit            -> base_signed
     | WITHIN quantity                 -> within
     | WITHIN quantity REL             -> within_base
cmp: CMP | NOT CMP
least: LEAST PLUS unit? | LEAST unit PLUS | LEAST unit? (ORMORE | ORLESS)
quantity: MONEY? number unit?
number: NUM THOUSAND? | LEAST PLUS?
unit: UNIT | TIME

tail: (noise | lasting)*
lasting: (FOR HALF? | OVERTIME) number TIME
noise: WORD | NOTE | COMMA | BY | NUM unit? | LEAST PLUS? unit? | WITHIN NUM unit?

%declare WORD NUM LEAST PLUS UNIT TIME CMP NOT WITHIN REL BASE STAR TIMES SIGNED MONEY THOUSAND OVERTIME FOR HALF
%declare NOTE COMMA COLON BY OPEN CLOSE ORMORE ORLESS EXCEPT AND OR JUNK RANGE
"""


class Stated(NamedTuple):
    """What a sentence states: a metric compared with a value or with a multiple of its baseline."""

    metric: str
    op: str
    value: float | None = None
    unit: str | None = None
    factor: float | None = None


class _Bound(NamedTuple):
    op: str
    value: float | None = None
    unit: str | None = None
    factor: float | None = None


class _Quantity(NamedTuple):
    value: float
    unit: str | None


class _Doubt(Exception):
    """The sentence may be read in two ways."""


_INVERSE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_GENERIC = frozenset(
    [
        "trigger",
        "triggers",
        "condition",
        "conditions",
        "threshold",
        "thresholds",
        "alert",
        "alerts",
        "critical",
        "warning",
        "info",
        "high",
        "medium",
        "low",
        "p0",
        "p1",
        "p2",
        "p3",
        "p4",
        "sev0",
        "sev1",
        "sev2",
        "sev3",
        "target",
        "goal",
        "slo",
        "sla",
        "gate",
        "limit",
        "rule",
        "criteria",
        "note",
        "immediate",
        "automatic",
        "manual",
        "if",
        "when",
    ]
)
_NO_COUNT = expression(
    r"^(?:standard|sigma|stddev|sd|σ|deviations?|nines|percentile|versions?|releases?|fold)\b", re.IGNORECASE
)
_NEXT = frozenset(["above", "below", "over", "under", "up", "down", "from", "times", "points"])
_ELSEWHERE = frozenset(
    [
        "increase",
        "increases",
        "increased",
        "decrease",
        "decreases",
        "drop",
        "drops",
        "reduction",
        "growth",
        "rise",
        "rises",
        "higher",
        "lower",
        "slower",
        "faster",
        "worse",
        "better",
        "than",
        "compared",
        "relative",
        "versus",
        "vs",
        "vs.",
        "change",
        "deviation",
        "deviations",
        "regression",
        "degradation",
        "improvement",
        "previous",
        "yesterday",
        "prior",
        "stable",
        "control",
        "mean",
        "median",
    ]
)
_VERSIONED = expression(
    r"\b(?:version|python|node(?:\.?js)?|kubernetes|k8s|kubectl|docker|cuda|golang|go|java|jdk|ruby|php|helm|terraform|postgres(?:ql)?|redis"
    r"|pytorch|torch|ubuntu|debian|openssl|tls|kernel|npm|pip|bash|git|gcc|ansible)$",
    re.IGNORECASE,
)
_TIMELIKE = expression(r"\b(?:latency|time|delay|age|downtime|lag|duration|response|p\d\d|rtt|outage)\b", re.IGNORECASE)
_DISTANCE = expression(r"\b(?:drops?|falls?|decreases?|declines?|dips?|reduction|increases?|rises?|grows?|degrad\w+|deviat\w+|differs?|change[sd]?)$", re.IGNORECASE)  # fmt: skip


def stated(text: str, tokens: list[Word] | None = None) -> tuple[Stated, ...]:
    """The thresholds that a sentence states with certainty: none, one, or the two sides of a range."""
    if len(text) > sentence.LONGEST:
        return ()
    words = sentence.words(text) if tokens is None else tokens
    if not any(word.kind in {"CMP", "WITHIN", "LEAST", "OVERTIME", "COLON"} for word in words) or len(words) > 80:
        return ()
    try:
        return _reader().transform(_parser().parse(words))  # type: ignore[no-any-return]
    except UnexpectedInput:
        return ()
    except VisitError as error:
        if isinstance(error.orig_exc, _Doubt):
            return ()
        raise


@cache
def _parser() -> Lark:
    key = (GRAMMAR, lark.__version__)
    if (kept := GRAMMARS.get(key)) is not None:
        with suppress(Exception):  # tables that it does not take are made again
            return Lark.load(BytesIO(kept))
    made, tables = Lark(GRAMMAR, parser="lalr", lexer=_Given, propagate_positions=False), BytesIO()
    made.save(tables)
    GRAMMARS.put(key, tables.getvalue())
    return made


@cache
def _reader() -> _Reader:
    return _Reader(visit_tokens=False)


class _Given(Lexer):
    """The tokens are there already."""

    __future_interface__ = 1  # lark then hands over its state, which holds what `parse` was given

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:  # noqa: ARG002
        for word in lexer_state.text:
            yield Token(word.kind, word.value)


def _float(text: str) -> float:
    return float(text.replace(",", ""))


def _one(bound: _Bound, metric: str) -> tuple[Stated, ...]:
    if not metric:
        raise _Doubt
    return (Stated(metric, bound.op, bound.value, bound.unit, bound.factor),)


class _Reader(Transformer[Token, Any]):
    """From the tree to what it states."""

    def start(self, children: list[Any]) -> tuple[Stated, ...]:
        *labels, (make, given) = children
        return tuple(make([label for label in labels if label], *given))

    def label(self, children: list[Any]) -> str:
        return str(children[0])

    def phrase(self, children: list[Token]) -> str:
        return " ".join(str(child) for child in children if child.type != "NOTE")

    def compared(self, children: list[Any]) -> Any:
        _settled(children[2])
        return _named, (children[0], children[1])

    def counted(self, children: list[Any]) -> Any:
        return _counted, (children[0], children[1])  # the words after it are what is counted

    def explained(self, children: list[Any]) -> Any:
        phrase, bound = children[2]
        return _named, (phrase, bound)

    def bounded(self, children: list[Any]) -> Any:
        return _bounded, (children[0], children[2])

    def overtime(self, children: list[Any]) -> Any:
        _settled(children[3])
        return _overtime, (children[0], children[2])

    def objective(self, children: list[Any]) -> Any:
        _settled(children[2])
        return _objective, (_Quantity(_float(str(children[0])), children[1]),)

    def inner(self, children: list[Any]) -> tuple[str, _Bound]:
        _settled([str(child) for child in children[2:]])
        return children[0], children[1]

    def bounds(self, children: list[Any]) -> list[_Bound]:
        return [child for child in children if isinstance(child, _Bound)]

    def tail(self, children: list[Any]) -> list[str | None]:
        return list(children)

    def lasting(self, _: list[Any]) -> None:
        return None

    def noise(self, children: list[Any]) -> str | None:
        first = children[0]
        return str(first) if isinstance(first, Token) and first.type in {"WORD", "NUM", "BY"} else None

    def cmp(self, children: list[Token]) -> str:
        if children[0].type == "NOT":
            if str(children[1]) not in _INVERSE:
                raise _Doubt
            return _INVERSE[str(children[1])]
        return str(children[0])

    def number(self, children: list[Token]) -> float:
        thousand = len(children) > 1 and children[1].type == "THOUSAND"
        return _float(str(children[0])) * (1000 if thousand else 1)

    def unit(self, children: list[Token]) -> str:
        return str(children[0])

    def quantity(self, children: list[Any]) -> _Quantity:
        money = str(children.pop(0)) if isinstance(children[0], Token) else None
        unit = children[1] if len(children) > 1 else None
        if money and unit:
            raise _Doubt
        return _Quantity(children[0], money or unit)

    def least(self, children: list[Any]) -> _Bound:
        value = _float(str(children[0]))
        unit = next((child for child in children[1:] if not isinstance(child, Token)), None)
        less = any(isinstance(child, Token) and child.type == "ORLESS" for child in children)
        plus = any(isinstance(child, Token) and child.type == "PLUS" for child in children)
        if unit in sentence.SECONDS and plus:  # "30+ minutes" is how long, not how much
            raise _Doubt
        return _Bound("<=" if less else ">=", value, unit)

    def absolute(self, children: list[Any]) -> _Bound:
        op, quantity = children
        if quantity.unit == "%" and quantity.value < 0:
            raise _Doubt
        return _Bound(op, quantity.value, quantity.unit)

    def signed(self, children: list[Any]) -> _Bound:
        op, value = children[0], _float(str(children[1]))
        unit = children[2] if len(children) > 2 else None
        return _Bound(op, factor=_plus(value)) if unit == "%" else _Bound(op, value, unit)

    def related(self, children: list[Any]) -> _Bound:
        op, quantity, relation = children
        if quantity.unit != "%":
            raise _Doubt
        share = quantity.value
        if relation == "+":
            return _Bound(op, factor=_plus(share))
        if relation == "-":  # more than 20 % below it is less than 80 % of it
            return _Bound(_mirrored(op), factor=_plus(-share))
        if (op in {">", ">="} and share < 100) or (op in {"<", "<="} and share > 100):
            raise _Doubt
        return _Bound(op, factor=round(share / 100, 6))

    def factor(self, children: list[Any]) -> _Bound:
        if str(children[-1]) in {"+", "-"}:
            raise _Doubt
        return _Bound(children[0], factor=children[1])

    def base_factor(self, children: list[Any]) -> _Bound:
        return _Bound(children[0], factor=children[-1])

    def base_plus(self, children: list[Any]) -> _Bound:
        op, _, by, quantity = children
        if quantity.unit != "%" or (by.type == "BY" and op not in {">", ">="}):
            raise _Doubt
        return _Bound(op, factor=_plus(quantity.value))

    def base_signed(self, children: list[Any]) -> _Bound:
        if children[3] != "%":
            raise _Doubt
        return _Bound(children[0], factor=_plus(_float(str(children[2]))))

    def within(self, children: list[Any]) -> _Bound:
        quantity = children[1]
        if quantity.unit is None or quantity.unit == "%":
            raise _Doubt
        return _Bound("<=", quantity.value, quantity.unit)

    def within_base(self, children: list[Any]) -> _Bound:
        quantity = children[1]
        if quantity.unit != "%" or str(children[2]) != "of":
            raise _Doubt
        return _Bound("<=", factor=_plus(quantity.value))


def _settled(after: list[str | None]) -> None:
    """Doubt a threshold whose number counts something else by the words after it: "> 20% increase", "> 2 deviations"."""
    words = [word.lower() for word in after if word]
    if words and after[0] and (_NO_COUNT.match(words[0]) or words[0] in _NEXT):
        raise _Doubt
    if any(word in _ELSEWHERE for word in words):
        raise _Doubt


def _plus(share: float) -> float:
    return round(1 + share / 100, 6)


def _mirrored(op: str) -> str:
    if op not in _MIRRORED:
        raise _Doubt
    return _MIRRORED[op]


def _named(_: list[str], phrase: str, bound: _Bound) -> tuple[Stated, ...]:
    if bound.factor is not None:
        phrase = _DISTANCE.sub("", phrase).strip()
    metric = metric_of(phrase)
    if bound.unit is None and bound.factor is None and _VERSIONED.search(metric):
        raise _Doubt
    return _one(bound, metric)


def _counted(labels: list[str], bound: _Bound, after: list[str | None]) -> tuple[Stated, ...]:
    """As in "More than 50% of pods failing", "3+ health check failures", "Response time: < 200 ms"."""
    label = next((name for name in map(metric_of, reversed(labels)) if name and name not in _GENERIC), "")
    words = [str(word) for word in takewhile(bool, after)]
    if words and _NO_COUNT.match(words[0]):
        raise _Doubt
    if label:
        _settled(after)
        return _named([], label, bound)
    if words and words[0].lower() == "of":
        words = words[1:]
    elif words and words[0].lower() in NO_METRIC | {"at", "across", "between", "average", "to"}:
        raise _Doubt
    metric = metric_of(" ".join(words))
    if not metric and bound.unit in {"rps", "qps", "tps", "fps", "iops"}:
        metric = bound.unit
    return _one(bound, metric)


def _bounded(_: list[str], phrase: str, bounds: list[_Bound]) -> tuple[Stated, ...]:
    metric = metric_of(phrase)
    return tuple(stated for bound in bounds for stated in _one(bound, metric))


def _overtime(labels: list[str], phrase: str, quantity: _Quantity) -> tuple[Stated, ...]:
    """As in "over 5 s" is a limit for what is measured in time, and a window for everything else."""
    if not _TIMELIKE.search(phrase):
        raise _Doubt
    return _named(labels, phrase, _Bound(">", quantity.value, quantity.unit))


def _objective(labels: list[str], quantity: _Quantity) -> tuple[Stated, ...]:
    """As in "RTO: 4 hours", "Maximum error rate: 5%": a limit by what its name means."""
    if not labels or quantity.unit is None:
        raise _Doubt
    first, _, rest = metric_of(labels[-1]).partition(" ")
    if first in {"rto", "rpo", "mttr", "mttd"} or metric_of(labels[-1]) in {
        "recovery time objective",
        "recovery point objective",
    }:
        return _one(_Bound("<=", quantity.value, quantity.unit), metric_of(labels[-1]))
    if first in {"max", "maximum", "min", "minimum"} and rest:
        return _one(_Bound("<=" if first.startswith("max") else ">=", quantity.value, quantity.unit), rest)
    raise _Doubt
