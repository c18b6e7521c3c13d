"""A line that asks for somebody's assent, told by what must be on it and not by its order.

Three things make a slot: a word for agreeing, a place left open for a hand (a blank, `@____`, a choice of verdicts), and
somebody, or the words "by", "name" or "initials" right before the place. What is left open for a thing (a ticket, a
number, an artifact) is a field.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.document.capacities import CONTACT, DEPARTMENTS, GROUPS, is_person, is_role
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression

_ASSENT = expression(
    r"\b(?:approv\w*|sign(?:ed|s|ature|atures|ing)?(?:[\s-]?offs?)?|authori[sz]\w+|accept(?:ed|s|ance|ing)?|consent\w*|agree[ds]?|agreement|endors\w+|countersign\w*|released?\s+(?:for|by|to)|witness\w*|permission|clearance|cleared|go[\s-]ahead|go\s+(?:of|from|by)|green\s+light|peer[\s-]review\w*|review(?:ed)?\s+(?:by|completed|and)|second\s+(?:pair|reviewer)|four[\s-]eyes|decision\s+(?:of|by)|verdict\s+(?:of|by)|initials?|confirms?|confirmed\s+by|certif\w+|ok\s+(?:of|from|by)|oks|vouch\w*|acknowledg\w+|closed\s+by|verified\s+by|go\s*/\s*no-?\s?go)\b",
    re.IGNORECASE,
)
_PLACE = expression(rf"{BLANK.pattern}|@_+|<[^<>]*(?:name|handle|initials|date|signature)[^<>]*>", re.IGNORECASE)
# a thing is written there
_THING = expression(
    r"\b(?:tickets?|ids?|numbers?|no|nr|version|links?|urls?|artifacts?|algorithm|keys?|images?|notes|branch|tag|commit|build|hash|sha|checksum|path|file|count|rate|value|size|amount|time|date|reference|ref|channel|thread|document|doc|page|reasons?|serial|minutes|seconds|criteri\w+|tests?|errors?|requests?|certificate|block|transaction|tx|contacts?|phone|pager|e-?mail|slack|mobile|url|port|host|address|since|until|at|on|released|window|used|left|sent|remaining|rejected|failed)\W*$",
    re.IGNORECASE,
)
_HAND = expression(r"\b(?:by|name|names|initials?|signature|signed|sign)\W*$", re.IGNORECASE)
_DONE_BY = expression(
    r"\b(?:approved|accepted|authori[sz]ed|released|endorsed|witnessed|confirmed|cleared|agreed|signed(?:\s+off)?|countersigned|reviewed|verified|certified|acknowledged|closed|review\s+completed|granted|given|rejected)\b[^:_]*\bby\W*$",
    re.IGNORECASE,
)
_ORDER = expression(
    r"^\W*(?:please\s+)?(?:sign|approve|accept|confirm|release|authori[sz]e|check|verify|make\s+sure|ensure|run|send|open|note|record|upload|attach)\b(?!\s+(?:off\s+)?(?:by|here|below)\b)",
    re.IGNORECASE,
)
_OF = expression(
    r"\b(?:of|by|from)\s+(?:the\s+|our\s+|an?\s+)?(?P<who>[\w'’&/-]+(?:\s+[\w'’&/-]+){0,4}?)(?=\s*(?:[:,;(_@]|$|\bon\b|\bfor\b|\bis\b|\bat\b))",
    re.IGNORECASE,
)
_AGREE = r"(?:agree[ds]?|approved?|accept(?:s|ed)?|consents?|authori[sz]ed?|in\s+favou?r|signed)"
_REFUSE = r"(?:disagree[ds]?|reject(?:s|ed)?|den(?:y|ied)|declined?|no[\s-]?go|no|not\s+\w+|against|object\w*|hold|veto|blocked|stop|conditional\w*|abstain\w*|with\s+\w+)"
_BOX = r"(?:\[[ xX]\]|[☐☑⬜□])"
# "Sales: ☐ agree ☐ disagree", "Change authority decision: [ ] approved [ ] rejected"
_VOTE = expression(
    rf"^(?P<who>[@A-Za-z][^:\[☐☑⬜□_]{{1,60}}?)\s*(?:[:–—]|\s-)?\s*(?:{_BOX}\s*{_AGREE}\b[\s/|,]*(?:{_BOX}\s*{_REFUSE}\b[\s/|,]*){{1,2}}|{_AGREE}\s*{_BOX}[\s/|,]*{_REFUSE}\s*{_BOX})\W*$",
    re.IGNORECASE,
)
_DECIDES = expression(
    r"['’]?s?\s+(?:decision|verdict|vote|answer|approval|go\s*/\s*no-?\s?go|call|sign-?off)$", re.IGNORECASE
)
_VOTED_BY = expression(rf"^{_BOX}?\s*{_AGREE}\b\W*{_BOX}\s*{_REFUSE}\b\W+by\W+_{{2,}}", re.IGNORECASE)
_AWAITED = expression(
    r"^(?:approvals?|sign[\s-]?offs?|consent|ok|authori[sz]ation)\s*(?:\((?P<in>[^()]{2,40})\)|(?:of|by|from)\s+(?:the\s+)?(?P<of>[^:]{2,40}?))\s*[:–—-]\s*(?:pending|waiting|outstanding|open|tbd|tbc|not\s+yet|missing|requested|_+|@_*)\b",
    re.IGNORECASE,
)
# "QA sign-off ☐   Product sign-off ☐", "Needs an OK from both: Maria ☐  Jonas ☐"
_EACH_BOX = expression(rf"(?P<who>[^\[\]☐☑⬜□:;|·]{{2,50}}?)\s*{_BOX}[\s,;|·]*")
_EACH_BLANK = expression(r"(?P<who>@?[A-Za-z][\w'’/&-]*(?:\s+[\w'’/&-]+){0,4}?)\s*(?::\s*_{2,}|\(\s*_{2,}\s*\)|_{3,})")
_NOUN_LAST = expression(
    r"\s*\b(?:sign[\s-]?off|approval|ok|okay|go|consent|signature|initials|agreement|acceptance)\W*$", re.IGNORECASE
)
_RULE_OF_TWO = expression(
    r"\b(?:two[\s-](?:person|man|people)|four[\s-]eyes|dual[\s-]control|both\s+(?:hands|keys)|second\s+person)\b",
    re.IGNORECASE,
)
_BOX_LAST = expression(rf"(?<=[a-z:)])\s*{_BOX}\W*$", re.IGNORECASE)
_OPEN = expression(  # enough to pass over most lines
    r"[_@<☐☑⬜□\[…]|\.{5}|\*{4}|pending|waiting|outstanding|open|tbd|tbc|not\s+yet|missing|requested", re.IGNORECASE
)
_LONGEST = 200
_MARKS = expression(r"^[^\w_\[(\"'“@☐☑⬜□]+")


def one(raw: str, *, box: bool) -> str | None:
    """Who is to assent on a line; None where it asks for nobody's assent, or leaves a place for a thing."""
    if not _OPEN.search(raw):
        return None
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip()
    if len(text) > _LONGEST or "http" in text or CONTACT.search(text):
        return None
    if (awaited := _AWAITED.match(text)) is not None:
        who = (awaited["in"] or awaited["of"]).strip()
        return who if is_person(who) or _department(who) else None
    if (vote := _VOTE.match(text)) is not None:
        who = _DECIDES.sub("", vote["who"]).strip()
        return who if is_person(who) or _department(who) else None
    if _VOTED_BY.match(text):
        return "Decision"
    text = _BOX_LAST.sub(" ____", text)
    if not _ASSENT.search(text):
        return None
    place = next(
        (found for found in _PLACE.finditer(text) if not _THING.search(text[: found.start()].rstrip(" :(-–—"))), None
    )
    if place is None:
        return None
    label = text[: place.start()].rstrip(' :(-–—@`"“')
    if not label or not _ASSENT.search(label) or (_ORDER.match(label) and not box):
        return None
    if _DONE_BY.search(label):
        return label.strip(" :")
    if (of := _OF.search(label)) is not None and is_person(of["who"]):
        return of["who"]
    first = re.split(r"\s*[:,;(–—]\s*|\s+-\s+", label, maxsplit=1)[0].strip()
    if (is_role(first) or is_person(first)) and not _ASSENT.fullmatch(first):
        return first
    if (_HAND.search(label) and len(label.split()) > 2) or box:
        peer = re.match(
            r"^(?:peer[\s-]review|second\s+(?:pair\s+of\s+eyes|reviewer)|four[\s-]eyes)\b", label, re.IGNORECASE
        )
        return first if peer is not None or _HAND.search(label) else None
    return None


def _department(who: str) -> bool:
    return who.lower() in DEPARTMENTS - GROUPS or who.lower() in {
        "qa",
        "ops",
        "sre",
        "sales",
        "product",
        "support",
        "dev",
    }


def each(raw: str, *, signing: bool) -> Iterator[str]:
    """Those who are to assent on a line that has a box or a blank for each of them."""
    text = _MARKS.sub("", bare(raw).replace("*", "")).strip()
    if len(text) > _LONGEST or CONTACT.search(text):
        return
    label, colon, tail = text.partition(":")
    boxed = [found["who"].strip(" ,;") for found in _EACH_BOX.finditer(text)]
    if len(boxed) > 1 and all(_NOUN_LAST.search(who) and is_person(_NOUN_LAST.sub("", who)) for who in boxed):
        yield from (_NOUN_LAST.sub("", who) for who in boxed)
        return
    if colon and _ASSENT_NOUN.search(label) and re.search(r"\b(?:from|of|by|both|each)\b", label, re.IGNORECASE):
        names = [found["who"].strip(" ,;") for found in _EACH_BOX.finditer(tail)]
        if len(names) > 1 and all(
            is_person(name) or re.fullmatch(r"[A-ZÀ-Þ]\w+(?: [A-ZÀ-Þ]\.?\w*)?", name) for name in names
        ):
            yield from names
            return
    if signing or _RULE_OF_TWO.search(text):
        people = [found["who"].strip() for found in _EACH_BLANK.finditer(text)]
        if len(people) > 1 and all(is_person(who) and not _THING.search(who) for who in people):
            yield from people


_ASSENT_NOUN = expression(
    r"\b(?:ok|okay|go|approvals?|consent|sign[\s-]?offs?|agreement|signatures?|green\s+light|go-ahead|yes|lgtm)\b",
    re.IGNORECASE,
)
