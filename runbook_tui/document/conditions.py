"""Thresholds: "Error rate > 10% for 5+ minutes". Parsed only when certain, the sentence always as written.

A sentence that states a range, two thresholds or a threshold "and" something else has no single condition: it stays a
sentence a person judges. Only as a gate, where both sides must hold, do the two sides of "(>70%, <95%)" become two.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from runbook_tui.document import rules, sentence
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Condition, Polarity

ROLL = r"(?:roll(?:ing|ed)?[\s-]?backs?|back[\s-]?out|revert)"

_NUMBERED = expression(rf"\d|\b(?:twice|double|triple|{'|'.join(sentence.SPELT)})\b", re.IGNORECASE)
_HINT = expression(r"[<>≥≤=+⩾⩽]|\b(?:above|below|over|under|than|exceed\w*|least|most|within|reach\w*|equals?|beneath|past|up to|or (?:more|less"
                   r"|higher|lower)|max\w*|min\w*|surpass\w*|excess|rto|rpo|mtt[rd]|objective)\b", re.IGNORECASE)  # fmt: skip
_SIGN = expression(r"[<>≥≤=]")
_SIGNED = expression(r"(?<=[\w)%])(?:>=|<=|==|[<>≥≤])\s*[$+]?\d|\s(?:[<>≥≤]=?|==?)\s*[+$]?\d|^(?:[<>≥≤]=?)\s*\d")
_OBJECTIVE = expression(r"^\W*(?:RTO|RPO|MTTR|MTTD|Recovery (?:Time|Point) Objective)\W{1,6}\d", re.IGNORECASE)
_GRADES = (
    ("critical", expression(r"\b(?:critical|crit|fatal|sev-?[01]|p[01]|red|page)\b", re.IGNORECASE)),
    ("warning", expression(r"\b(?:warning|warn|sev-?2|p2|yellow|amber)\b", re.IGNORECASE)),
    ("info", expression(r"\b(?:info|informational|notice)\b", re.IGNORECASE)),
)
_GATES = expression(
    r"\b(?:target|goal|slo|sla|expected|success|acceptable|pass(?:ing)?|gate|objective|requirements?|limit|ok|green|normal)\b",
    re.IGNORECASE,
)
_LIMITS = expression(
    r"\b(?:thresholds?|triggers?|conditions?|criteria|criterion|values?|expr(?:ession)?|alert when|rules?)\b",
    re.IGNORECASE,
)
_METRICS = expression(
    r"\b(?:metrics?|indicators?|signals?|checks?|kpis?|measures?|measurements?|parameters?|sli)\b", re.IGNORECASE
)


def read(
    text: str,
    line: int,
    *,
    polarity: Polarity = Polarity.DO,
    severity: str | None = None,
    step: str | None = None,
    lead_in: str = "",
) -> Condition:
    """The condition a sentence states; without a certain threshold only the sentence.

    A time in the lead-in ("any of these hold beyond 10 minutes") goes for a sentence that names none.
    """
    found = read_all(text, line, polarity=polarity, severity=severity, step=step, lead_in=lead_in)
    if len(found) == 1:
        return found[0]
    return msgspec.structs.replace(found[0], metric=None, op=None, value=None, unit=None, baseline_factor=None)


def read_all(
    text: str,
    line: int,
    *,
    polarity: Polarity = Polarity.DO,
    severity: str | None = None,
    step: str | None = None,
    lead_in: str = "",
) -> tuple[Condition, ...]:
    """The conditions a sentence states that must all hold: one, or the two sides of a range; at least the sentence."""
    plain = Condition(text=text, line=line, polarity=polarity, severity=severity or grade(text), step=step)
    if len(text) > sentence.LONGEST or not _NUMBERED.search(text):
        return (_lasting(plain, lead_in),)
    tokens = sentence.words(text)
    if not _HINT.search(text):
        return (_lasting(msgspec.structs.replace(plain, duration=sentence.duration(tokens)), lead_in),)
    from runbook_tui.document import condition_grammar

    stated = condition_grammar.stated(text, tokens)
    overtime = not stated or any(word.kind in {"CMP", "WITHIN", "LEAST"} for word in tokens)
    plain = msgspec.structs.replace(plain, duration=sentence.duration(tokens, overtime=overtime))
    plain = _lasting(plain, lead_in)
    return tuple(
        msgspec.structs.replace(
            plain, metric=one.metric, op=one.op, value=one.value, unit=one.unit, baseline_factor=one.factor
        )
        for one in stated
    ) or (plain,)


def _lasting(condition: Condition, lead_in: str) -> Condition:
    if (
        condition.duration is not None
        or not lead_in
        or len(lead_in) > sentence.LONGEST
        or not _NUMBERED.search(lead_in)
    ):
        return condition
    return msgspec.structs.replace(condition, duration=sentence.duration(sentence.words(lead_in)))


def certain(condition: Condition) -> bool:
    return condition.op is not None and (condition.value is not None or condition.baseline_factor is not None)


def comparison(text: str) -> bool:
    """Whether the text compares something with a number by a sign, so that it may be a threshold of its own."""
    return _SIGN.search(text) is not None and _SIGNED.search(text) is not None


def objective(text: str) -> bool:
    """Whether the text is a recovery objective, a limit by its name wherever it stands: "RTO: 4 hours"."""
    return bool(_OBJECTIVE.match(text))


def grade(text: str) -> str | None:
    """The severity a heading, label or table column names."""
    label, sign, _ = text.partition(":")
    words = label if sign and len(label) < 30 else text if len(text) < 30 and not _SIGNED.search(text) else ""
    return next((name for name, pattern in _GRADES if pattern.search(words)), None)


def of_table(
    header: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    *,
    polarity: Polarity = Polarity.DO,
    severity: str | None = None,
) -> tuple[Condition, ...]:
    """The certain thresholds of a table: a column of metrics with columns of limits, or a column of whole conditions.

    `| Metric | Warning | Critical |` gives each cell its column's severity, `| critical | error rate > 5% |` each row its own.
    """
    found: list[Condition] = []
    titles = [" ".join(title.split()) for title in header]
    names = next((index for index, title in enumerate(titles) if _METRICS.search(title)), None)
    for line, cells in rows:
        own = next((grade(cell) for cell in cells if len(cell) < 20 and grade(cell)), None)
        for index, cell in enumerate(cells[: len(titles)]):
            title = titles[index]
            column = grade(title) or ("gate" if _GATES.search(title) else None)
            if index == names or not cell.strip() or not (column or _LIMITS.search(title) or comparison(cell)):
                continue
            level = column or own or severity or "gate"
            whole = cell
            if names is not None and names < len(cells) and not re.match(r"^[A-Za-z]", cell.strip(" *`~")):
                whole = f"{cells[names]} {cell}"
            found += [one for one in read_all(whole, line, polarity=polarity, severity=level) if certain(one)]
    return tuple(found)


def of_yaml(code: list[str], first_line: int) -> tuple[Condition, ...]:
    """The thresholds of YAML shown in the document: lists of comparisons, and Prometheus rules."""
    return tuple(_of_yaml(code, first_line))


def _of_yaml(code: list[str], first_line: int) -> Iterator[Condition]:
    for rule in rules.read("\n".join(code)):
        line = first_line + rule.line
        level = rule.severity or "gate"
        if rule.metric is not None:
            yield Condition(
                text=rule.text,
                line=line,
                metric=rule.metric,
                op=rule.op,
                value=rule.value,
                unit=rule.unit,
                duration=rule.duration,
                severity=level,
            )
            continue
        one = read(rule.text, line, severity=level)
        if certain(one):
            yield one if rule.duration is None else msgspec.structs.replace(one, duration=rule.duration)
