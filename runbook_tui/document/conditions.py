"""Thresholds: "Error rate > 10% for 5+ minutes". Parsed only when certain, the sentence always as written."""

from __future__ import annotations

import re

from runbook_tui.document.runbook import Condition, Polarity
from runbook_tui.document.windows import seconds

ROLL = r"(?:roll(?:ing|ed)?[\s-]?backs?|back[\s-]?out|revert)"

_OPS = {"≥": ">=", "≤": "<=", "=": "==", "==": "==", ">": ">", "<": "<", ">=": ">=", "<=": "<="}
_WORDS = (
    (r"(?:drops?|falls?|dips?|goes|is)\s+(?:below|under)|below|under|(?:is\s+)?less than|lower than|fewer than", "<"),
    (
        r"(?:rises?|goes|climbs?|is)\s+(?:above|over)|exceed(?:s|ed|ing)?|above|over|(?:more|greater|higher) than",
        ">",
    ),
    (r"(?:reach(?:es)?|(?:is )?at least)", ">="),
    (r"(?:(?:is )?at most|(?:is )?no more than|stays? within|within)", "<="),
)
_OP = "|".join(["(?P<sign>>=|<=|==|[<>≥≤=])", *(f"(?P<w{index}>{words})" for index, (words, _) in enumerate(_WORDS))])
_UNIT = (
    r"(?P<unit>%|percent\b|milliseconds?\b|ms\b|seconds?\b|secs?\b|s\b|minutes?\b|mins?\b|m\b"
    r"|hours?\b|hrs?\b|h\b|[KMGT]i?B\b|[KMGT]i\b|rps\b|qps\b|req/s|°C|W\b)"
)
_THRESHOLD = re.compile(
    rf"^(?P<metric>[^<>≥≤=:]*?[^\s<>≥≤=:(])\s*[\s(]\s*(?:{_OP})\s*(?P<plus>\+)?\$?(?P<value>\d[\d,]*(?:\.\d+)?)"
    rf"(?:\s?(?P<times>[x×])(?!\w)|\s?{_UNIT})?(?P<rest>.*)$",
    re.IGNORECASE,
)
_TIGHT = re.compile(r"(?<=[\w)%])(>=|<=|==|[<>≥≤])(?=\s*[\d$])|(?<=\s)([<>≥≤]=?)(?=\d)")
_SHARE = re.compile(
    r"^(?P<op>more than|over|greater than|less than|fewer than|under"
    r"|at least)\s+(?P<value>\d+(?:\.\d+)?)\s?%\s+of\s+(?P<metric>.+)$",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^(?P<value>\d+)\+\s+(?P<metric>[A-Za-z].+)$")
_FOR = re.compile(
    r"\b(?:for|over|sustained|during|lasting|beyond|in|per)\s+(?:for\s+)?(?:an?\s+)?(?:at least"
    r"|more than|over|longer than)?\s*[>≥~]?\s*"
    r"(?P<number>\d+(?:\.\d+)?)\s*\+?\s*-?(?P<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b",
    re.IGNORECASE,
)
_BASELINE = re.compile(
    r"^\W*(?:(?:above|over|higher than|more than|of|from)\s+)?(?:the\s+)?(?:baseline|normal)\b", re.IGNORECASE
)
_FACTOR = re.compile(
    r"^(?P<metric>[\w. -]+?)\s*(?P<sign>>=|<=|[<>≥≤])\s*baseline\s*[*×x]\s*(?P<value>\d+(?:\.\d+)?)", re.IGNORECASE
)
_ADVERB = re.compile(
    r"\s+(?:consistently|is|are|stays?|remains?|still|again|optimized|met|verified|bounds verified|was)$", re.IGNORECASE
)
_VERB = re.compile(r"^(?:verify|check|confirm|ensure|validate)\s+(?:that\s+)?(?:the\s+)?", re.IGNORECASE)
_PREPOSITIONS = frozenset(["for", "over", "in", "per", "within", "after", "during", "until", "every", "to", "by", "of"])
_UNITS = {
    "percent": "%",
    "millisecond": "ms",
    "second": "s",
    "sec": "s",
    "minute": "min",
    "mins": "min",
    "m": "min",
    "hour": "h",
    "hr": "h",
}

_DONT = re.compile(rf"\b(?:do\s+not|don'?t|never|no)\s+{ROLL}", re.IGNORECASE)
_CONSIDER = re.compile(r"\b(?:consider|evaluate|think about|investigate|discuss)\b", re.IGNORECASE)
_LEAD = re.compile(
    rf"\b(?:{ROLL}|abort)\b.*\b(?:if|when(?:ever)?|any of|criteria|triggers?|conditions?)\b"
    rf"|\bno-?go if\b|^(?:triggers?|abort) .*\b{ROLL}\b",
    re.IGNORECASE,
)
_NOT_LEAD = re.compile(
    rf"complete\b.*\bwhen|if (?:a |the )?{ROLL} (?:occurs|happens|is needed|fails|succeeds)"
    rf"|after {ROLL}|{ROLL} if (?:needed|necessary|required)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\d")


def polarity(lead: str) -> Polarity | None:
    """What a lead-in like "Immediately rollback if:" asks for; None when it introduces no triggers."""
    if len(lead) > 200 or not _LEAD.search(lead) or _NOT_LEAD.search(lead):
        return None
    return mood(lead)


def mood(lead: str) -> Polarity:
    if _DONT.search(lead):
        return Polarity.DONT
    return Polarity.CONSIDER if _CONSIDER.search(lead) else Polarity.DO


def read(
    text: str, line: int, *, polarity: Polarity = Polarity.DO, severity: str | None = None, step: str | None = None
) -> Condition:
    """The condition a sentence states; without a certain threshold only the sentence."""
    metric: str | None = None
    op: str | None = None
    value: float | None = None
    unit: str | None = None
    factor: float | None = None
    spaced = _TIGHT.sub(lambda match: f" {match.group()} ", text)
    if len(text) > 400 or not _NUMBERED.search(text):
        pass
    elif match := _FACTOR.match(spaced):
        metric, op, factor = match["metric"], _OPS[match["sign"]], float(match["value"])
    elif match := _SHARE.match(spaced):
        metric, value, unit = match["metric"], float(match["value"]), "%"
        op = {"less than": "<", "fewer than": "<", "under": "<", "at least": ">="}.get(match["op"].lower(), ">")
    elif match := _COUNT.match(spaced):
        metric, op, value = match["metric"], ">=", float(match["value"])
    elif (match := _THRESHOLD.match(spaced)) and _is_metric(match["metric"]):
        metric = match["metric"]
        op = (
            _OPS[match["sign"]]
            if match["sign"]
            else next(sign for index, (_, sign) in enumerate(_WORDS) if match[f"w{index}"])
        )
        value = float(match["value"].replace(",", ""))
        unit = _unit(match["unit"])
        relative = _BASELINE.match(match["rest"]) is not None
        if match["times"]:
            factor, value, unit = value, None, None
        elif unit == "%" and (relative or match["plus"]):
            sign = -1 if re.match(r"^\W*below", match["rest"], re.IGNORECASE) else 1
            factor, value, unit = round(1 + sign * value / 100, 6), None, None
    if metric is not None:
        metric = _clean(metric)
    return Condition(
        text=text,
        line=line,
        polarity=polarity,
        metric=metric,
        op=op,
        value=value,
        unit=unit,
        duration=_duration(text),
        baseline_factor=factor,
        severity=severity,
        step=step,
    )


def certain(condition: Condition) -> bool:
    return condition.op is not None and (condition.value is not None or condition.baseline_factor is not None)


def comparison(text: str) -> bool:
    """Whether the text compares something with a number by a sign, so that it may be a threshold of its own."""
    return bool(_TIGHT.search(text) or re.search(r"\s[<>≥≤]=?\s*[+$]?\d", text))


_ALERT = re.compile(
    r"^\s*-\s*[\"']?(?P<text>[A-Za-z][\w.]*\s*(?:>=|<=|==|[<>])\s*(?:baseline\s*\*\s*)?\d+(?:\.\d+)?)[\"']?\s*(?:#.*)?$"
)
_RULE = re.compile(r"^\s*(?:expr:\s*)?(?P<text>[A-Za-z_]\w*\s*(?:>=|<=|==|[<>])\s*\d+(?:\.\d+)?)\s*$")
_SEVERITY = re.compile(r"^\s*(critical|warning|info):\s*$", re.IGNORECASE)
_RULE_FOR = re.compile(r"^\s*for:\s*(\d+)(s|m|h|d)\s*$")
_RULE_SEVERITY = re.compile(r"^\s*severity:\s*(\w+)\s*$")


def of_yaml(code: list[str], first_line: int) -> tuple[Condition, ...]:
    """The thresholds of an alert file shown in the document: lists of comparisons, and Prometheus rules."""
    found: list[Condition] = []
    severity: str | None = None
    rule: Condition | None = None
    for offset, text in enumerate(code):
        if match := _SEVERITY.match(text):
            severity = match[1].lower()
        elif match := _ALERT.match(text):
            found.append(read(match["text"], first_line + offset, severity=severity or "gate"))
        elif match := _RULE.match(text):
            rule = read(match["text"], first_line + offset, severity="gate")
            found.append(rule)
        elif rule is not None and (match := _RULE_FOR.match(text)):
            rule = found[-1] = _with(rule, duration=seconds(match[1], match[2]))
        elif rule is not None and (match := _RULE_SEVERITY.match(text)):
            found[-1] = _with(rule, severity=match[1].lower())
            rule = None
        elif "- alert:" in text:
            rule = None
    return tuple(condition for condition in found if certain(condition))


def _with(condition: Condition, *, duration: float | None = None, severity: str | None = None) -> Condition:
    return Condition(
        text=condition.text,
        line=condition.line,
        polarity=condition.polarity,
        metric=condition.metric,
        op=condition.op,
        value=condition.value,
        unit=condition.unit,
        duration=duration if duration is not None else condition.duration,
        baseline_factor=condition.baseline_factor,
        severity=severity or condition.severity,
        step=condition.step,
    )


def _is_metric(text: str) -> bool:
    words = text.split()
    return 0 < len(words) <= 8 and any(char.isalpha() for char in text) and words[-1].lower() not in _PREPOSITIONS


def _clean(metric: str) -> str:
    before, bracket, inside = metric.rpartition("(")
    if bracket and ")" not in inside:
        metric = inside if any(char.isalpha() for char in inside) else before
    metric = _VERB.sub("", metric.strip(" \t-–—*:,("))
    while (shorter := _ADVERB.sub("", metric)) != metric:
        metric = shorter
    return metric


def _unit(written: str | None) -> str | None:
    if written is None:
        return None
    low = written.lower()
    return low if low in {"%", "ms", "s", "h", "min"} else _UNITS.get(low, _UNITS.get(low.rstrip("s"), written))


def _duration(text: str) -> float | None:
    match = _FOR.search(text)
    return seconds(match["number"], match["unit"]) if match else None
