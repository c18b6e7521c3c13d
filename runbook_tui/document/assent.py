"""Assent asked for in a sentence and not by a heading: somebody confirms, is asked for leave, or has done it.

The forms: "Finance approves: ____" · "Looked at by: ____" · "Permission of: ____" · "CAB consent, number: ____" ·
"Thumbs-up from: ____" · "Shift manager, initials: ____" · "the second engineer types their name: ____" ·
"Obtain the OK of the controller" (a box) · "Confirmed by IMOC: `@handle`". Each wants a place to answer in, a blank,
a handle or a box; words alone are a story.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from typing import NamedTuple

from runbook_tui.document import consent, orders
from runbook_tui.document.capacities import GROUPS, HEADS, is_person, is_role
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression
from runbook_tui.document.stems import Stems


class Slot(NamedTuple):
    """Somebody is to sign here."""

    role: str
    fields: tuple[str, ...]


_PLACE = expression(
    rf"{BLANK.pattern}|@_+|@(?:handle|name|user(?:name)?|who|nick)\b|@\s*$|@\W*$|<[^<>]*(?:name|handle|initials|date)[^<>]*>|:\s*\(?(?:name|initials|signature|date)[\s,/&]*(?:name|initials|signature|date)?\)?\W*$",
    re.IGNORECASE,
)
_SAYS = (
    r"(?:approves?|confirms?|agrees?|accepts?|consents?|authori[sz]es|signs?(?:\s+off)?|countersigns?|vouch(?:es)?|acknowledges?|clears|releases|endorses?|oks|okays|nods|decides?|stamps?|ratifies"
    r"|says\s+(?:yes|ok|okay|go|so|it|that|the)|(?:has|have)\s+(?:\w+\s+)?(?:seen|approved|signed|agreed|confirmed|accepted|reviewed|read|consented|cleared|checked|okayed|said\s+yes|given)"
    r"|(?:is|are)\s+(?:happy|fine|ok|okay|satisfied|content|in\s+agreement|on\s+board|informed)|gives?\s+(?:\w+\s+){0,2}?(?:ok|okay|go|go-ahead|consent|green\s+light|nod|blessing|approval|permission)|stamped|signed|informed|agreed|approved)"
)
_DONE = (
    r"(?:approved|accepted|reviewed|checked|double-checked|verified|confirmed|witnessed|signed(?:\s+off)?|countersigned|seen|looked\s+at|looked\s+over|read|understood|released|authori[sz]ed|executed|performed|deployed|done"
    r"|completed|carried\s+out|tested|inspected|handed\s+over|taken\s+over|received|acknowledged|cleared|stamped|agreed|decided|validated|audited|closed|granted|given|observed|supervised|installed|run|ok['’]?(?:ed|d)|green-?lit)"
)
_ASSENT = r"(?:consent|approvals?|permission|blessing|thumbs?[\s-]?up|go[\s-]ahead|green\s+light|ok|okay|lgtm|acceptance|accord|agreement|sign[\s-]?offs?|visa|clearance|authori[sz]ation|nod|countersignature|endorsement|acknowledge?ment|ack|confirmation|leave|mandate|\+1)"
_WHO = r"(?P<role>@?[A-Za-zÀ-ÿ][\w'’./&\s-]*?(?:\s*\([^()]*\))?)"
_INITIALS = expression(
    r"(?:^|[,;:(\s—–-])(?:initials?|signature|signed|sign|visa|stamp(?:ed)?|paraph|autograph)\s*(?:\([^()]*\))?\s*[:,]?\s*$",
    re.IGNORECASE,
)
_BY = expression(
    rf"\b{_DONE}(?:\s*(?:&|and|/|,)\s*{_DONE})?[\s-]+by(?:\s+(?:the\s+)?(?P<role>[^:_(\s][^:_]*?))?\s*(?:\((?P<aside>[^()]*)\))?\s*:?\W*$",
    re.IGNORECASE,
)
_FROM = expression(rf"\b{_ASSENT}\W{{0,4}}\s*(?:of|from|by|for|to\s+\w+)\b(?P<role>[^:_]*?)\s*:?\W*$", re.IGNORECASE)
_NOUN = expression(
    rf"^(?P<role>.*?)\b{_ASSENT}\b(?:\s*(?:no\.?|number|nr\.?|id|ref(?:erence)?|\d+)(?:\s+(?:from|of|by)\s+(?:the\s+)?(?P<giver>[\w /&-]+?))?)?(?:\s*,\s*\w+)?\s*[:,]?\s*(?:\w+\s*:\s*)?$",
    re.IGNORECASE,
)
_SUBJECT = expression(rf"^{_WHO}\s+{_SAYS}\b", re.IGNORECASE)
_OWN_NAME = expression(
    rf"(?:^|[.,;]\s+)(?:\w+\s+\w+\s+)?{_WHO}\s+(?:types?|writes?|puts?|leaves?|adds?|enters?|gives?)\s+(?:their|his|her|its|the)\s+(?:full\s+)?(?:name|initials|signature)\b",
    re.IGNORECASE,
)
_AT = expression(r"^[_.…\s]+(?:at|on|am|um|,)\s+[_.…]*\W*[_.…:/]", re.IGNORECASE)
_DECIDES = expression(
    r"^(?P<role>.+?)\s+(?:decides?|decision|verdict|vote|call|approval|approved|consent|sign-?off|ok|go)\s*:",
    re.IGNORECASE,
)
_RULES = expression(
    r"^(?P<role>[^:\[☐]{2,40}):\s*(?:\[[ xX]\]|[☐⬜□])\s*(?:approved?|accept(?:ed)?|go|release[d]?)\b[^\[☐⬜□]{0,12}(?:\[[ xX]\]|[☐⬜□])\s*(?:reject(?:ed)?|den(?:y|ied)|block(?:ed)?|declined?|hold|no[\s-]?go|not\s+\w+)\W*$",
    re.IGNORECASE,
)
_BEHIND = expression(r"^[_.…\s]+\((?P<role>[A-Z\w][^_():]*)\)")
_OBTAIN = expression(
    rf"^(?:obtain|get|ask|collect|receive|have|await|wait\s+for|request|secure)\s+(?:(?:the|a|an|written|formal|final|explicit|verbal|their|for)\s+)*(?:{_ASSENT}|e-?mail|signatures?|message|statement|word|yes)\s+(?:\w+\s+){{0,2}}?(?:from|of|by)\s+(?:the\s+)?(?P<role>[\w'’ /&-]+?)(?=\s+(?:that|to|for|on|in|before|about)\b|\W*$)",
    re.IGNORECASE,
)
_NEEDS = expression(
    rf"\b(?:needs?|requires?|wants?|must\s+have)\s+(?:(?:an?|the|one|two|three|\d)\s+)*{_ASSENT}\s+(?:from|by|of)\b(?P<role>.*@\w.*)$",
    re.IGNORECASE,
)
# "Research sign-off (report attached)": whose it is stands before it, and nothing is done with it
_OWN_SIGN_OFF = expression(
    r"^(?P<role>[A-Z][\w&/+.'’-]*(?:\s+[\w&/+.'’-]+){0,3}?)\s+(?:written\s+|formal\s+|final\s+)?sign(?:ed)?[\s-]?offs?"
    r"(?:\s+(?:obtained|received|given|recorded|granted|in\s+(?:the\s+)?(?:ticket|thread|chat|channel)))?\s*(?:[(,;:–—]|-\s|\.?$)"
)
_OF_NOBODY = expression(
    r"\b(?:no|not|final|written|formal|first|full|all|both|each|every|any|with|without|after|before|for|the|and|or|is|has|was|needs?)\b",
    re.IGNORECASE,
)
# "Service owner: signed off on the reopening"
_HAS_SIGNED = expression(
    r"^(?P<role>@?[A-Za-z][^:]{1,50}?)\s*:\s+(?:has\s+|have\s+)?(?:signed(?:\s+it)?\s+off|signs(?:\s+off)?|approve[sd]|agree[sd]|accept(?:s|ed)|consent(?:s|ed)|okay(?:s|ed)|"
    r"(?:say|said|give)s?\s+(?:the\s+)?(?:go|ok|okay|yes))(?=\s+(?:on|to|for|with|that|this|the|it|of|before|after|and|by)\b|\W*$|\s*[(,;–—])",
    re.IGNORECASE,
)
_NOBODY = expression(
    r"\b(?:contacts?|phone|pager|e-?mail\s*:|minutes|meeting|review\s+held|nominat\w*|prepared|requested|created|written|reported|assigned|^owner|version|ticket|branch|tag|build|commit|url|link|next|planned|scheduled|previous"
    r"|port|host|server|node|pod|service|value|number\s+of|count|rate|latency|duration|password|token|key|file|path|backup\s+taken|time\s+of)\s*$",
    re.IGNORECASE,
)
_MARKS = expression(r"^[^\w_\[(\"'“@]+")
_GO = expression(
    r"(?:\[[ xX]\]|[☐☑⬜□])\s*[^\[\]☐☑⬜□]*\b(?:go|no-?\s?go|yes|no|approved?|denied|reject(?:ed)?|accept(?:ed)?|hold|block)\b|\b(?:go|yes)\b\W*(?:\[[ xX]\]|[☐☑⬜□])",
    re.IGNORECASE,
)
_TAIL = expression(r"\s*\(?(?:name|names|date|time|who|by\s+name|number)\s*[:,]?\s*$", re.IGNORECASE)
_OPEN = expression(r"[_@<…☐☑⬜□]|\[[ xX]\]|\.{5}|\*{4}|:\W*(?:name|initials|signature|date)", re.IGNORECASE)
_LEAVE = expression(
    rf"\b(?:{_ASSENT}|e-?mail|signatures?|message|statement|word|yes)\b|\b(?:approve|confirm|agree|accept|consent|author|sign|vouch|acknowledge|clear|release|endorse|ok|nod|decide|stamp|ratif|say|has|have|is|are|give)",
    re.IGNORECASE,
)
LONGEST = 160


# without any of it a box asks for nobody's hand, whichever of the grammars is asked: here, in `asked`, `agreements` …
_SPOKEN = Stems(
    ("on board", "fine with", "happy with", "👍", "ı", "ſ", "i\u0307"),  # which stand for i and s as well
    r"[_@<…\[\\☐☑⬜□:]|\.\.|\*\*\*\*|\b(?:counter|under|pre|co|re|un|dis)?(?:approv|agree|consent|accept|sign|bless|thumb|go"
    r"|green|clear|authori|nod|visa|mandat|permi|endors|ratif|concur|eyes|initial|paraph|comfortabl|given|lgtm|ok|yes"
    r"|vote|said)|\b(?:obtain|get|ask|collect|receive|have|await|wait|request|secure)\b",
)


def spoken(raw: str) -> bool:
    """Whether a box may ask for somebody's hand: a quick look before the grammars."""
    text = bare(raw)
    return _SPOKEN.found(raw) or (text != raw and _SPOKEN.found(text))


def slot(raw: str, *, box: bool, signing: bool = False) -> Slot | None:
    """The slot that a line with a place to answer in is; None when nobody's assent is asked for."""
    if not _OPEN.search(raw):
        return _obtained(_MARKS.sub("", bare(raw)), signing=signing) if box and _LEAVE.search(raw) else None
    found = _slot(raw, box=box, signing=signing)
    if found is None and (who := consent.line(raw)) is not None:
        return Slot(who, ("name",))
    return found


def _slot(raw: str, *, box: bool, signing: bool) -> Slot | None:
    text = _MARKS.sub("", bare(raw))
    if len(text) > LONGEST * 2 or "http" in text:
        return None
    choices = _GO.search(text)
    if (
        choices is not None
        and (decides := _DECIDES.match(text)) is not None
        and decides.end() <= choices.end()
        and is_person(decides["role"])
    ):
        return Slot(decides["role"].strip(), ("decision",))
    if choices is not None and (ruled := _RULES.match(text)) is not None and is_role(ruled["role"]):
        return (
            Slot(ruled["role"].strip(), ("decision",)) if ruled["role"].split()[-1].lower() in HEADS - GROUPS else None
        )
    place = _PLACE.search(text)
    if place is None:
        return _obtained(text, signing=signing) if box else _needed(text)
    label = _TAIL.sub("", text[: place.start()].rstrip(' `(@"“')).strip()
    rest = text[place.start() :]
    if not label or len(label) > LONGEST or _NOBODY.search(label.rstrip(" :")):
        return None
    behind = _BEHIND.match(rest)
    if (by := _BY.search(label)) is not None:
        who = (by["role"] or (behind["role"] if behind else "") or by.group().strip(" :")).strip()
        return Slot(who, ("name",))
    said = label.rstrip(" :,—–-")
    quoted = re.split(r"[\"“]", label)[-1].strip() if re.search(r"[\"“]", label) else ""
    if (own := _OWN_NAME.search(label)) is not None:
        return Slot(own["role"].strip(), ("name",))
    if behind is not None and is_role(behind["role"]) and re.search(rf"\b{_ASSENT}\b", label, re.IGNORECASE):
        return Slot(behind["role"].strip(), ("name",))
    if (given := _FROM.search(label)) is not None:
        before = text[: given.start()].strip()
        who = given["role"].strip(" .,") or before or given.group().strip(" :")
        if before and not is_person(who) and is_person(before):  # "the trading desk's OK, by voice is enough"
            who = re.sub(r"['’]s$", "", before)
        return (
            Slot(re.sub(r"^(?:the|our|your)\s+", "", who).strip(), ("name",))
            if not _imperative(before) or box
            else None
        )
    if (subject := _SUBJECT.match(said)) is not None and _person(subject["role"]):
        return Slot(subject["role"].strip(), ("name",))
    if _INITIALS.search(label) and (who := _INITIALS.sub("", label).strip(" ,;:—–-(")):
        subject = _SUBJECT.match(who)
        who = subject["role"].strip() if subject is not None else who
        return Slot(who, ("initials",)) if _person(who) or subject is not None else None
    for words in (quoted, label):
        if words and (noun := _NOUN.match(words)) is not None:
            who = noun["giver"] or noun["role"].strip(" ,:-–—") or words.strip(" :")
            return Slot(who, ("name",)) if _person(who) or not noun["role"].strip() else None
    if is_role(said) and _AT.match(rest):
        return Slot(said, ("name", "time"))
    long = re.search(
        rf"\b{_ASSENT}\s+(?:of|from)\s+(?:the\s+)?(?P<role>[\w'’ -]+?)(?=\s+(?:by|in|on|for|to)\b|[.,;:])",
        text[: place.start()],
        re.IGNORECASE,
    )
    if long is not None and re.search(r"\b(?:number|name|date|reference|initials|here|mail)\W*$", said, re.IGNORECASE):
        return Slot(long["role"].strip(), ("name",))
    return None


def _obtained(text: str, *, signing: bool) -> Slot | None:
    """A box for somebody's assent: "Obtain the OK of the controller"; below a heading that asks, "@qa-lead agrees"."""
    got = _OBTAIN.match(text)
    if got is not None and _person(got["role"]):
        return Slot(got["role"].strip(), ())
    own = _OWN_SIGN_OFF.match(text) if "sign" in text else None
    if own is not None and not _OF_NOBODY.search(own["role"]) and _person(own["role"]) and not _ordered(own["role"]):
        return Slot(own["role"].strip(), ())
    has = _HAS_SIGNED.match(text) if ":" in text else None
    if has is not None and is_person(has["role"]) and has["role"].lower().split()[-1] not in GROUPS:
        return Slot(has["role"].strip(), ())
    subject = _SUBJECT.match(text) if signing or text.startswith("@") else None
    if subject is not None and subject["role"].startswith("@"):
        return Slot(subject["role"].strip("@ "), ())
    told = subject is not None and re.search(
        r"(?:agreed|approved|signed|stamped|informed)$", subject.group(), re.IGNORECASE
    )
    if subject is not None and signing and not told and is_role(subject["role"]):
        return Slot(subject["role"].strip(), ())
    return None


def _needed(text: str) -> Slot | None:
    needs = _NEEDS.search(text)
    return Slot(needs["role"].strip(" :."), ("name",)) if needs is not None else None


def _person(words: str) -> bool:
    """Whether a few words may name somebody, and are no order and no thing."""
    words = re.sub(r"\([^()]*\)", "", words).strip(" @:,")
    return (
        0 < len(words.split()) <= 6
        and not _imperative(words)
        and not re.match(r"^(?:i|it|you|we|they|this|that|all|everything|nothing|who|what)\b", words, re.IGNORECASE)
        and not _NOBODY.search(words)
    )


def _ordered(words: str) -> bool:
    """Whether a word by itself is an order as well: "Request sign-off"."""
    return orders.imperative(words) and words.lower() not in HEADS


def _imperative(words: str) -> bool:
    return (
        not is_role(words)
        and orders.imperative(words)
        and len(words.split()) > 1
        and words.lower().split()[-1] not in HEADS
    )
