"""Places for a fact, and no hand: what is measured or counted, when it was, who somebody is.

"`invoices`: ____", "Implementation date: __/__/__", "Semester: ____  Done by: ____", "Conditions, if any: ____",
"Day 1 released at __:__ by ____", "On-call engineer confirmed: ____", "Somebody sits in the hall (name: ____)",
"Rotate release manager: next is @____". Whoever walks the runbook writes it down; nobody answers for it by that.
"""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runbook_tui.document import boxes, capacities, hands, orders
from runbook_tui.document.forms import BLANK, bare, has_blank
from runbook_tui.document.patterns import expression

_CODED = expression(rf"^\W*`[^`@\n]+`(?:\s+[\w%]+){{0,2}}?\s*(?:[:=–—-]|\([^()]*\):?)?\s*(?:{BLANK.pattern})")
_NOUN = (
    r"(?:dates?|days?|time|times|deadline|weeks?|month|quarter|semester|term|year|sprint|season|window|period|version|build|release|tag|branch|commit|sha|ticket|change|incident"
    r"|environment|env|region|cluster|hosts?|server|nodes?|database|tables?|url|link|channel|counts?|rows?|size|duration|rate|latency|values?|baseline|results?|numbers?|id|no|nr|reference"
    r"|location|room|site|building|phone|temperature|pressure|voltage|weight|level|backlog|lag|depth|users|sessions|orders|records|entries|files|bytes|checksum|hash|serials?|cost|price|budget|capacity|downtime|conditions?|remarks?|notes?|comments?|exceptions?|deviations?|reasons?|restrictions?|limitations?|caveats?|follow-?ups?)"
)
_FACT = expression(
    rf"^(?:[\w'’/&.-]+\s+){{0,4}}?{_NOUN}(?:\s+(?:seen|observed|measured|recorded|noted|reached|used|written|counted|lost|sent|left|read|found|so\s+far))?(?:\s*\([^()]*\))?\s*[:=]?\s*(?:[A-Z]{{2,6}}[-#]|#|\$|€)?$",
    re.IGNORECASE,
)
_WHEN = expression(r"\b\w{2,}(?:ed|wn|en|un|nt|pt|lt)\s+(?:on|at)$", re.IGNORECASE)  # "Report filed on"
_UNIT = expression(
    rf"(?:{BLANK.pattern})\s*(?:%|ms\b|s\b|sec\b|min\b|h\b|[kMGT]i?B\b|bytes\b|rows?\b|users?\b|pods?\b|nodes?\b|req|rps\b|qps\b|°|€|\$|EUR\b|USD\b)"
)
_ALONE = expression(_NOUN, re.IGNORECASE)
_WORKED = expression(
    r"^(?:done|filled\s+in|written|drafted|run|copied|updated|prepared|walked|started|ticked|carried\s+out|kept)\s+by\s*:?$",
    re.IGNORECASE,
)
_IF_ANY = expression(
    r"^(?P<what>[^:_]{3,40}?),?\s*\(?\s*(?:if\s+(?:any|applicable|needed|relevant|there\s+(?:are|is)\s+any)|optional)\s*\)?\s*:",
    re.IGNORECASE,
)
_DECISION = expression(
    r"^(?:(?:final|overall|joint|first|second|our|team|go\s*/\s*no-?\s?go)\s+)*(?:decision|verdict|outcome|result|vote|call|go\s*/\s*no-?\s?go)\b[^:]{0,30}:",
    re.IGNORECASE,
)
_TIME_LAST = expression(r"(?:\b(?:times?|dates?|at|on|when|until|till|to|hour|utc|am|pm)\W*)$", re.IGNORECASE)
# any of it and a place is for an answer
_ASSENT = expression(
    r"\b(?:approv\w*|sign(?:s|ed|ing|ature|atures)?\b|sign[\s-]?offs?|counter-?sign\w*|authori[sz]\w*|accept\w*|agree\w*|consent\w*|witness\w*|initials?|ok|okay\w*|endors\w*|clear(?:s|ed|ance)|permi(?:t|ts|tted|ssion)|releas(?:es|ed)\s+by|says?|said|lgtm|go\b|thumbs?|vote[sd]?|confirms|acknowledge[sd]?|visa|stamp)\b|👍",
    re.IGNORECASE,
)
_APPOINTS = expression(
    r"^(?:rotate|assign|appoint|nominate|name|choose|pick|hand(?:\s+(?:over|on))?|pass(?:\s+on)?|announce|schedule|book|set|note(?:\s+down)?|write(?:\s+down)?|record|enter|log|add|update|publish|post|open|create|file|link|paste|copy|measure|count|fill\s+in|find|look\s+up|determine|identify|invite|put|remember)\s",
    re.IGNORECASE,
)
_THING = expression(r"\s(?:the|an?|your|our|this|that)\s", re.IGNORECASE)
_NEAR = 30  # characters from the verb to what it is of
_LOGGED = expression(
    rf"\b(?P<act>\w{{2,}}(?:ed|wn|en|un|ut|pt|lt)|live|up|down|on|off|done|back)\s+(?:at|on)\s*(?:{BLANK.pattern})[\s:_./-]*(?:UTC|CES?T|h)?\s*,?\s*by\s*:?\s*(?:{BLANK.pattern}|@_*)\W*$",
    re.IGNORECASE,
)
_ANSWERS = expression(
    r"^(?:approved|authori[sz]ed|accepted|signed|agreed|cleared|checked|verified|reviewed|witnessed|confirmed|closed|decided|countersigned)$",
    re.IGNORECASE,
)
_STAFFED = expression(
    r"^(?:[^:]{2,40}:\s*)?(?:the\s+|an?\s+)?(?P<who>[^:_@]{2,50}?)\s+(?:is\s+|are\s+|has\s+been\s+|was\s+)?(?P<how>confirmed|assigned|named|nominated|identified|appointed|designated|scheduled|chosen|known|found|booked|(?<=is\s)on\s+(?:duty|shift|site|call|stand-?by)|standing\s+by|in\s+place|present|reachable|available)\s*(?:\(\s*(?:name|who)\s*\))?\s*:?\s*(?:_{2,}|\.{5,}|…{2,}|@_*)\W*$",
    re.IGNORECASE,
)
_STAFF = expression(
    r"\b(?:on[\s-]?call|primary|secondary|backup|standby|shadow|drivers?|navigator|scribe|note[\s-]?taker|commander|coordinator|contact|escalation|shift|buddy|second\s+pair|watcher|operators?\s+on|rota|cover)\b",
    re.IGNORECASE,
)
_SOMEBODY = expression(
    r"^(?:(?:at\s+least\s+)?(?:somebody|someone|anyone|one|two|a\s+(?:person|colleague|second\s+engineer)|(?:one|two)\s+(?:persons?|people|engineers?|operators?))(?:\s+(?:of|from)\s+(?:us|you|them|the\s+\w+(?:\s+\w+)?|\w+))?)\s+(?!(?:else|other|than|who|whom|not|of|from|in|on|with|without|outside|whose|that)\b)(?P<does>[a-z]+)\b",
    re.IGNORECASE,
)
_LOOKS = expression(
    r"^(?:checks?|reviews?|reads?|verif\w+|looks?|confirms?|compares?|double|counts?|tests?|must|has|have|did)",
    re.IGNORECASE,
)
_MARKS = expression(r"^[^\w_\[(\"'“@<`]+")
_LONGEST = 180
_MEASURED = expression(
    r"\b(?:rows?|counts?|before|after|source|target|expected|actual|size|bytes|gb|mb|value|baseline|current|measured|reading|results?|match(?:es)?|diff(?:erence)?|delta|p\d\d|latency|rate|ms|duration|started?|finished|ended|begin|end|checksum|hash|version|old|new|remarks?|notes?|comments?|observed|seen|limit|threshold|unit|lag|total|left|min|max|avg|%)(?!\w)|%",
    re.IGNORECASE,
)
_HAND = expression(
    r"\b(?:by|who|whom|names?|sign\w*|initials?|approv\w*|owner|person|role|checked|verified|responsible|operator)\b",
    re.IGNORECASE,
)


def asked(raw: str, *, signing: bool) -> bool:
    """Whether a line asks for a fact. `signing`: words above ask for hands, so that a name alone may be one."""
    if len(raw) > _LONGEST:
        return False
    if not signing and "`" in raw and _CODED.match(raw):
        return True
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip()
    blank = has_blank(raw)
    if blank and (_of_facts(text) or _decided(text)):
        return True
    if blank and (found := _IF_ANY.match(text)) is not None:
        return not capacities.is_person(found["what"]) and not _ASSENT.search(found["what"])
    if not blank and "@" not in text and not text.endswith((":", ")")):
        return False
    if (logged := _LOGGED.search(text)) is not None and not _ANSWERS.match(logged["act"]):
        return True
    if _ASSENT.search(text):
        return False
    staffed = None if signing else _STAFFED.match(text)
    if staffed is not None and (hands.person(staffed["who"]) or _STAFF.search(staffed["who"])):
        return staffed["how"].lower() != "confirmed" or _STAFF.search(staffed["who"]) is not None
    somebody = _SOMEBODY.match(text)
    if somebody is not None and not _LOOKS.match(somebody["does"]):
        return True
    if _APPOINTS.match(text) is None or capacities.is_role(text.partition(":")[0]):
        return False
    return orders.imperative(text) or _THING.search(text[:_NEAR]) is not None


def _of_facts(text: str) -> bool:
    """Whether every blank has the name of a fact before it; who did the work may stand behind one."""
    labels = [one.strip(" \t,;.|·/-–—:()") for one in BLANK.split(text)[:-1]]
    said = [label for label in labels if label]
    if not said or not labels[0]:
        return False
    if len(said) == 1 and (_WHEN.search(said[0]) or _UNIT.search(text)) and not _speaks_of_hands(said[0]):
        return True
    return all(
        (_ALONE.fullmatch(label) is not None or (_FACT.match(label) is not None and not _speaks_of_hands(label)))
        or (at > 0 and _WORKED.match(label) is not None)
        for at, label in enumerate(said)
    )


def _decided(text: str) -> bool:
    """Whether a row is a choice and when it was made: "Decision: ☐ Go ☐ No-Go  Time: ____"."""
    if boxes.inside(text) < 2 or not _DECISION.match(text) or _HAND.search(text):
        return False
    return all(_TIME_LAST.search(one) for one in BLANK.split(text)[:-1] if one.strip(" :/.-"))


def who_it_is(raw: str, above: str) -> bool:
    """Whether a line at the head of a document only tells who is who: "Release manager: @____"."""
    return not _ASSENT.search(bare(raw)) and not _ASSENT.search(above)


def measured(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Whether the columns of a table are for readings: `| Table | Source rows | Target rows | Match |`."""
    names = [bare(name) for name in header]
    return (
        len(names) > 1
        and not any(map(_HAND.search, names))
        and all(not name or _MEASURED.search(name) for name in names[1:])
        and any(names[1:])
        and not any(_speaks_of_hands(cell) for row in rows for cell in row)
        and not capacities.is_person(names[0])
    )


def _speaks_of_hands(said: str) -> bool:
    text = bare(said)
    if _ASSENT.search(text) or _HAND.search(text) or hands.person(text):
        return True
    return any(word.strip(".,:()").lower() in capacities.HEADS for word in text.split())
