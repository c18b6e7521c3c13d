"""Sign-off slots: where somebody puts a name to what was done.

A slot wants a context: a heading or lead-in that says so, or a role with blanks for name and date on one line.
Without it a contact list would become a list of signers.
"""

from __future__ import annotations

import re

from runbook_tui.document import (
    agreements,
    asked,
    assent,
    boxes,
    consent,
    facts,
    families,
    forms,
    hands,
    orders,
    places,
)
from runbook_tui.document.capacities import (
    CONTACT,
    DEPARTMENTS,
    GROUPS,
    HEADS,
    VERB,
    approves,
    is_person,
    is_role,
    stem,
)
from runbook_tui.document.forms import BLANK, bare, has_blank
from runbook_tui.document.patterns import expression

__all__ = [
    "Slot",
    "attributes",
    "has_blank",
    "is_heading",
    "is_lead",
    "role_of",
    "slot",
]

_BY = expression(
    r"^(?:final\s+)?(?:approved|approval|signature|signed[\s-]off|sign[\s-]?off|authori[sz]ed|accepted"
    r"|reviewed and approved)\s+(?:(?:by|from|of)\s*:?\s*)?(?P<role>\S.*)$",
    re.IGNORECASE,
)
_BY_BLANK = expression(
    r"^(?:\w+(?:\s+\w+)?\s+)?(?:approved|signed|authori[sz]ed|accepted|reviewed|verified|prepared"
    r"|decided|performed|executed|completed|submitted|requested|checked)(?:\s+(?:and\s+\w+"
    r"|off))?(?:\s+by)?$",
    re.IGNORECASE,
)
_PREFIX = expression(
    r"^(?:sign[\s-]?off|approvals?(?:\s+(?:is\s+)?(?:needed|required)(?:\s+(?:by|from|of))?)?|approved by"
    r"|signed(?: off)? by|authori[sz]ed by)\s*(?:[:–—-]"
    r"|\()\s*(?P<role>[^_:()]*[A-Za-z][^_:()]*)",
    re.IGNORECASE,
)
_ROLE = expression(
    r"\b(?:lead|leader|leads|manager|owner|director|officer|engineer|engineering|admin|administrator"
    r"|team|sponsor|c[tesif]+o|ciso|sre|devops"
    r"|qa|security|product|ops|operations|architect|head|legal|compliance|dba|developer|development"
    r"|representative|stakeholders?|vp|chief"
    r"|approver|reviewer|operator|on-?call|commander|coordinator|analyst|business|technical"
    r"|infrastructure|platform|president"
    r"|supervisor|customer|client|vendor|board|committee|sign-?off|approval|tester|deployer)\b",
    re.IGNORECASE,
)
NO_ROLE = expression(
    r"\b(?:id|version|time|date|number|no|ticket|link|url|notes?|comments?|decision|status|reasons?"
    r"|environment|email|phone|commit|sha|tag|build"
    r"|score|result|outcome|duration|count|percentage|level|location|channel|conditions?|issues?"
    r"|window|start|end|metrics?|rate|latency|risks?"
    r"|impact|summary|findings|observations|remarks|feedback|lessons|learned|scheduled|actual|report"
    r"|plan|release|branch|sign|left|sent|remaining|used|opened|processed|affected|seen|found)$",
    re.IGNORECASE,
)
_ATTRIBUTE = (
    r"(?:(?:print(?:ed)?\s+|full\s+)?name(?:\s*\(print(?:ed)?\))?|signature|signed|sign|date(?:\s+signed)?|date\s*/\s*time"
    r"|time|title|position|e-?mail|comments?|notes|initials|role)"
)
_ATTRIBUTES = expression(
    rf"^(?:[\W]{{0,3}}\b{_ATTRIBUTE}(?!\w)\s*:?\s*(?:[_.…]{{2,}}|_)[\s/_.…-]*|\b{_ATTRIBUTE}(?!\w)\s*:\s*){{1,5}}$",
    re.IGNORECASE,
)
_SAID_BEFORE = expression(r"^[^:]*[.!]\s+(?=\W*(?:name|signature|signed|initials)\b)", re.IGNORECASE)
ATTRIBUTE_NAME = expression(rf"\b{_ATTRIBUTE}\b", re.IGNORECASE)
_FIELD_WORD = expression(
    r"\b(name|date|time|signature|signed|initials|decision|approved|approval|comments?|notes?"
    r"|status)\b",
    re.IGNORECASE,
)
_DATED = expression(r"\b(?:date|time|signature|signed|sign|initials?)\b", re.IGNORECASE)
_FILLED = expression(
    r"^\W*(?:approved?|signed|accepted|ok|yes|go|lgtm|confirmed|pending|waiting|tbd)\b|^\W*[✅☑✔]|^\W*@|^\W*\[|^\W*$",
    re.IGNORECASE,
)
_SAYS = expression(
    r"^(?:(?:change|closure|plan|request|release|deployment|runbook|document|customer|business|technically|finally|peer"
    r"|go-live|management|code)\s+)?(?:sign[\s-]?off|signed[\s-]off[\s-]by|(?:approved|authori[sz]ed|accepted|reviewed)"
    r"(?:\s+(?:and|&)\s+\w+)?[\s-]by|decided by|decision (?:made|taken) by|final approval"
    r"|approval (?:is )?(?:needed|required) (?:by|from))"
    r"\W{0,4}(?::|_)",
    re.IGNORECASE,
)
_SIGNS = expression(
    r"\b(?:approver|signatory|authori[sz]er|decider|decision[\s-](?:maker|taker)"
    r"|approving (?:manager|authority|officer))(?:\s+(?:\d|[A-C]))?$",
    re.IGNORECASE,
)
WAITS = expression(
    r"^\W*(?:pending|waiting|outstanding|open|tbd|tbc|not yet|missing|to be signed|requested)\b|^[⏳🟡⬜☐🔲]",
    re.IGNORECASE,
)
_SIGNED = expression(
    r"(?:finally\s+)?(?:signed|signature|approved|approval|sign-?off|authori[sz]ed|countersigned|countersignature)(?:\s+by)?",
    re.IGNORECASE,
)
# "Signed-off-by:" of a commit message, with nobody behind it yet
_TRAILER = expression(
    r"^(?P<role>(?:signed-off|reviewed|approved|acked|tested|verified|authori[sz]ed|co-?signed)-by)\s*:\s*(?:<[^<>]*>|_{2,}|\.{3,}|@_*|TBD)?\s*$",
    re.IGNORECASE,
)
# "Who approves? ____"
_WHOSE = expression(
    r"^who\s+(?:(?:finally|must|has\s+to|needs\s+to)\s+)?(?:approve[sd]?|sign(?:s|ed)?(?:\s+(?:off|this|it|here))*|agree[sd]?|authori[sz]e[sd]?|accept(?:s|ed)?|gave\s+the\s+(?:go|ok)|gives?\s+the\s+(?:go|ok)|said\s+(?:go|yes)|decide[sd]?)\b[^?_]*\?\s*(?:_{2,}|\.{5,}|@_+|<[^<>]+>)",
    re.IGNORECASE,
)
_SIGNED_OFF_BY = expression(
    r"^(?:finally\s+|formally\s+)?(?:signed[\s-]off|approved|authori[sz]ed|accepted|sign[\s-]?off|okayed|ok['’]?d|agreed|approval\s+given)\s+(?:by|with|from)\s+(?:the\s+|our\s+|an?\s+)?(?P<role>[^:_,;(]{2,50}?)\W*(?:\([^()]*\)\W*)?$",
    re.IGNORECASE,
)
# "Engineering manager – ☐ approved ☐ rejected"
_RULED = expression(
    r"^(?P<role>@?[A-Za-z][^:\[☐⬜□–—]{1,50}?)\s*(?::|–|—|-|\s)\s*(?:(?:\[[ xX]\]|[☐⬜□])\s*[^\[\]☐⬜□]{2,20}){2,3}$"
)
_BOX_LAST = expression(r"(?<=[a-z)]) *(?:[☐⬜□]|\[ \])\s*$", re.IGNORECASE)  # "- SRE lead ☐"
_ASKED_FOR = expression(r"\s*\((?:(?:name|date|signature|sign|initials|time)\s*[/,&+]?\s*)+\)\W*$", re.IGNORECASE)
_NAME_LAST = expression(r"\s*[-–—,:]\s*(?:name|date|signature|initials)\W*$", re.IGNORECASE)
_OF = expression(
    r"^(?:signature|initials|approval|approved|sign[\s-]?off|consent)\s*(?:\s(?:of|by|from)\s+(?:the\s+)?|[:–—]|\s-\s)\s*(?P<role>\w.*)$",
    re.IGNORECASE,
)
TO_FILL = expression(r"^(?:<[^<>]+>|\[[^\[\]]+\](?!\()|\{[^{}]+\}|TBD\b|@_+)", re.IGNORECASE)
_LEAD = expression(
    r"\bsign(?:ed)?[\s-]?offs?\b|\bapprovals?\b.*:$|\bapproved by\b.*:$|\bsignatures?\b.*:$|\bapprovers\b.*:$",
    re.IGNORECASE,
)
_HEADING = expression(
    r"^\W*(?:\d+[.)]\s*)?(?:the\s+)?(?:oks|okays|yeses|gos|acks|thumbs)$|^\W*(?:\d+[.)]\s*)?(?:\w+\s+){0,2}(?:poll|roll[\s-]?call)$|\bsign(?:ed)?[\s-]?offs?\b|\bapprov(?:als?|ers)\b|\bgo\s*[/-]?\s*no[\s-]?go\b|\b(?:roles?\s+and\s+)?consents?$|^\W*(?:\w+[.)]\s+)?four[\s-]eyes$|\bwho\s+(?:must|has\s+to|have\s+to|needs?\s+to)\s+(?:agree|approve|sign|say\s+yes|consent|be\s+(?:fine|happy|ok))\b|^(?:required\s+"
    r"|final\s+)?signatures?$|\bacceptance\s+signatures?\b"
    r"|^\W*(?:\d+[.)]\s*)?(?:(?:finally|formally)\s+)?(?:approved|authori[sz]ed|accepted|countersigned|agreed|witnessed)\s+by\W*$|\bsign(?:ing)?\s+here\b|^(?:counter-?)?sign(?:ing|ature)s?\s+(?:sheet|page|block|list|table|round)$"
    r"|^(?:final\s+|deployment\s+|release\s+|change\s+|management\s+)?authori[sz]ation(?:\s+to\s+\w+)?$",
    re.IGNORECASE,
)
_NOT_HEADING = expression(
    r"\b(?:no|without)\s+(?:\w+\s+)?approvals?\b|\bauthenticat|\bapproving\b|\b(?:signature|approval)s?\s+(?:verification|validation|check"
    r"|algorithm|keys?|transaction)|\bapproval\s+(?:rules?|gates? config\w*)\b",
    re.IGNORECASE,
)
_UNIT = expression(r"^[_.…\s]+(?:%|ms\b|minutes?|hours?|seconds?|GB|MB|users?|pods?|/)")
MARKS = expression(r"^[^\w_\[(\"'“]+")
_GLUED = expression(r"[A-Za-z0-9][-/.]?$")
_SINGLE = expression(r"(?<!\*)\*(?!\*)")  # "*Approved:* ____"
_ENOUGH_WORDS = 8
_LONGEST = 60
_APPROVES = ("pprov", "igned", "ignatory", "uthori")
_APPROVED_BY = expression(
    r"^(?:finally\s+)?(?:approved|signed[\s-]off|authori[sz]ed|countersigned)[\s-]by$", re.IGNORECASE
)
_AWAITED = expression(
    r"^(?:pending|waiting|outstanding|not yet)\b|[(–—-]\s*(?:pending|waiting|outstanding|not yet)\b[^()]*\)?$",
    re.IGNORECASE,
)
Slot = assent.Slot


def is_heading(title: str) -> bool:
    return bool(_HEADING.search(title)) and not _NOT_HEADING.search(title)


def is_lead(text: str) -> bool:
    """Whether a paragraph introduces people who sign: "…signed off by:"."""
    asks = _LEAD.search(text) is not None and text.rstrip().endswith(":")
    return len(text) < 250 and (asks or _DECIDES.match(text) is not None or consent.of_a_phase(text))


_DECIDES = expression(  # who decides stands below it
    r"\W*(?:final\s+|go/no-go\s+)?(?:decision|verdict)\W+GO\W+NO-?\s?GO\W*$", re.IGNORECASE
)


def slot(raw: str, *, box: bool, signing: bool = True) -> Slot | None:
    """The sign-off slot a line is; None when it is a task or a field. `signing`: a heading or lead-in said so."""
    raw = hands.past_gate(raw) if signing else raw
    found = _found(raw, box=box, signing=signing)
    if found is not None and (hands.is_field(raw, signing=signing) or facts.asked(raw, signing=signing)):
        return None
    return found


def _found(raw: str, *, box: bool, signing: bool) -> Slot | None:
    if box and not signing and not assent.spoken(raw):
        return None
    found = (
        _slot(raw, box=box, signing=signing)
        or assent.slot(raw, box=box, signing=signing)
        or _plainly(raw, box=box, signing=signing)
    )
    if found is None and box and boxes.inside(raw) == 0:
        who = (consent.named(raw) if signing else None) or asked.in_a_box(raw, signing=signing) or asked.first(raw)
        if who is not None:
            return Slot(who, ())
    if found is None and (who := places.one(raw, box=box)) is not None:
        return Slot(role_of(who), ("name",))
    if found is None and (agreed := agreements.of_line(raw, box=box, signing=signing)) is not None:
        return Slot(agreed.who, ("name",) if has_blank(raw) else ())
    if found is None and (who := hands.of_line(raw, box=box, signing=signing)) is not None:
        return Slot(who, ("name",))
    return found


def _plainly(raw: str, *, box: bool, signing: bool) -> Slot | None:
    """A line that can be nothing else: a trailer, a question for a name, a box for who has signed."""
    text = MARKS.sub("", bare(raw)).replace("*", "").strip()
    if len(text) > _LONGEST * 2:
        return None
    if (trailer := _TRAILER.match(text)) is not None:
        return Slot(trailer["role"], ("name",))
    if (whose := _WHOSE.match(text)) is not None:
        return Slot(whose.group().partition("?")[0], ("name",))
    if box and (by := _SIGNED_OFF_BY.match(text)) is not None and (is_role(by["role"]) or is_person(by["role"])):
        return Slot(role_of(by["role"]), ())
    worth = "pproved" in text or "off" in text
    if box and signing and worth and (has := _HAS_APPROVED.match(text)) is not None and hands.person(has["who"]):
        return Slot(role_of(has["who"]), ())
    if (
        box
        and (not text.isascii() or ">" in text)
        and (to := _TO_NAME.match(text)) is not None
        and _OKAYED.search(to["said"])
    ):
        return Slot(to["who"], ("name",))
    if "," in text and ":" in text and (release := _RELEASE_OF.match(text)) is not None:
        who = release["who"].strip()
        if hands.person(who) or who.lower().rsplit(None, 1)[-1] in DEPARTMENTS:
            return Slot(role_of(who), ("name",))
    if signing and (still := _STILL.match(text)) is not None:
        return (
            Slot(still["role"], ("name",)) if is_person(still["role"]) or still["role"].lower() in DEPARTMENTS else None
        )
    if not box and signing and (ruled := _RULED.match(text)) is not None:
        form = forms.read(text)
        told = form is not None and bool(form.choices) and forms.choice(form.choices or ())
        if told and (is_person(ruled["role"]) or ruled["role"].lower() in DEPARTMENTS):
            return Slot(role_of(ruled["role"]), ("decision",))
    return None


def _slot(raw: str, *, box: bool, signing: bool) -> Slot | None:
    if not signing and not has_blank(raw):
        return _pending(raw) if ":" in raw and any(stem in raw for stem in _APPROVES) else None
    text = MARKS.sub("", _SINGLE.sub("", bare(raw)))
    text = _BOX_LAST.sub(" ____", text) if signing and not box else text
    found = BLANK.search(text)
    if found is None:
        return _without_blank(text, box=box) if signing else None
    label, sign, glued = text[: found.start()].partition(":")
    if sign and not signing and _GLUED.search(glued):
        return None  # the rest of a name: "Release: `portal-____`"
    label = MARKS.sub("", label.strip(" -–—*(")).strip()
    rest = text[found.start() :]
    given = _BY.match(label)  # "Sign-off from the release lead: ____"
    by = re.sub(r"^(?:the|our|your)\s+", "", given["role"], flags=re.IGNORECASE) if given else ""
    prefixed = _PREFIX.match(text)
    if prefixed:
        label = prefixed["role"].strip(" -–—*")
    if not label:  # the blank comes first: "____________ (Engineering Lead)"
        after = re.match(r"^[_.…\s]+\(?(?P<role>[A-Z][^_():]*[^_():\s])", rest)
        label = after["role"].strip() if after else ""
        if not is_role(label):
            return None
    asks = _SIGNS.search(label) is not None
    alone = (
        _SIGNED.fullmatch(_ASKED_FOR.sub("", label).strip()) is not None
        and not _UNIT.match(rest)
        and attributes(raw) is None
    )
    if label and (
        _SIGNED.fullmatch(label) or _SAYS.match(f"{label}:") or asks
    ):  # "Signed: ____________ (Head of Billing)"
        after = re.match(r"^[_.…\s]+\((?P<role>\w[^_():]*)\)", rest)
        label = after["role"].strip() if after and is_person(after["role"], loose=True) else label
    named = (
        is_role(label) or _BY_BLANK.match(label) is not None or (bool(_ROLE.search(label)) and not VERB.search(label))
    )
    if CONTACT.search(text) or len(re.sub(r"\([^()]*\)", " ", label).split()) > _ENOUGH_WORDS:
        return None
    if not signing:
        if by and is_role(by):
            return Slot(role_of(by), _fields(text))
        strong = is_role(label) or approves(label)
        acts = approves(label) and is_role(label)
        if asks or acts or (prefixed and is_role(label)):  # "Technical approver: ____" needs no heading
            return Slot(role_of(label), _fields(text))
        if alone:  # "Countersigned: ____"
            return Slot(label, _fields(text))
        dated = strong and _DATED.search(rest.lstrip("_. ")) is not None
        return Slot(role_of(label), _fields(text)) if dated or _SAYS.match(text) else None
    if ATTRIBUTE_NAME.fullmatch(label) or (NO_ROLE.search(label) and not is_role(label)):
        return None
    plain = len(label.split()) <= 3 and not any(char.isdigit() for char in label) and (sign or not box)
    if not named and _UNIT.match(rest):
        return None
    if named or plain or _DATED.search(rest.lstrip("_. ")):
        return Slot(role_of(label), _fields(text))
    return None


def _pending(raw: str) -> Slot | None:
    """An approver whose answer is awaited, in whatever section: "Approver: @nina (pending)", "Approved by: <name>"."""
    label, sign, rest = MARKS.sub("", bare(raw)).partition(":")
    label, rest = label.strip(" -–—*"), rest.strip(" *")
    if not sign or not rest or len(rest) > _LONGEST or CONTACT.search(label):
        return None
    if not _SIGNS.search(label) and not _APPROVED_BY.match(label):
        return None
    return Slot(role_of(label), ("name",)) if TO_FILL.fullmatch(rest) or _AWAITED.search(rest) else None


def _without_blank(text: str, *, box: bool) -> Slot | None:
    label, sign, rest = text.partition(":")
    label, rest = label.strip(" -–—*"), rest.strip()
    if sign and _BY_BLANK.match(label) and label.lower().endswith("by") and TO_FILL.match(rest):
        return Slot(label, ("name",))
    if match := _BY.match(text):
        return Slot(match["role"].strip(" –—:-"), ()) if box and is_role(match["role"]) else None
    if sign and is_role(label):
        if forms.read(text) is not None or re.match(r"^[☐⬜□☑]|^\[[ xX]\]", rest):
            return Slot(role_of(label), ("decision",))
        bare_label = re.sub(r"\s*\([^()]*\)$", "", label)  # "**Finance IT** (J. Meier): pending"
        words = bare_label.lower().split()
        if not box and bare_label != label and (WAITS.match(rest) or not rest):
            return Slot(role_of(bare_label), ("name",))
        if not box and WAITS.match(rest):
            return Slot(role_of(label), ("decision",))
        if not box and (TO_FILL.match(rest) or (not rest and words and words[-1] in HEADS - GROUPS)):
            return Slot(role_of(label), ("name",))
        if box and (_FILLED.match(rest) or (words and words[-1] in HEADS - GROUPS)):
            return Slot(role_of(label), ())
        return None
    if box and sign and _GAVE.fullmatch(rest) and _may_give(label):
        return Slot(role_of(re.sub(r"\s*\([^()]*\)$", "", label)), ())
    if not box or VERB.search(text):
        return None
    base = re.split(r"\s+[-–—]\s+|\s*\(", text, maxsplit=1)[0]
    return (
        Slot(role_of(base), ())
        if is_role(base) or (approves(base) and len(base.split()) <= 4 and is_role(stem(base)))
        else None
    )


# "Data quality (Jo): approved 2024-02-11", ticked among places that are open
_GAVE = expression(
    r"(?:has\s+|have\s+)?(?:approved|signed(?:[\s-]off)?|agreed|accepted|authori[sz]ed|consented|countersigned)"
    r"(?:[\s,;–—-]+(?:on\s+|at\s+)?[\d./:-]+(?:T[\d:]+Z?|\s+\d[\d:]*|\s+[A-Z][a-z]{2,8}\.?(?:\s+\d{4})?)?)?(?:\s*\([^()]*\))?\W*",
    re.IGNORECASE,
)


def _may_give(label: str) -> bool:
    """Whether words before an assent that was given may be a desk, whatever it is called; not "Budget: approved"."""
    words = re.sub(r"\s*\([^()]*\)", "", label).split()
    named = " ".join(words)
    if not 1 < len(words) <= _SHORT or not named[:1].isupper() or any(map(str.isdigit, named)):
        return False
    last = words[-1].lower()
    known = last in _THINGS or last.removesuffix("s") in _THINGS
    return not (known or NO_ROLE.search(named) or NO_ROLE.search(named.removesuffix("s")) or orders.imperative(named))


_SHORT = 5  # words
_THINGS = frozenset(families.THINGS.split())


def attributes(raw: str) -> tuple[str, ...] | None:
    """The names of blanks that belong to a signer named elsewhere: "Signature: ____ Date: ____"."""
    if not has_blank(raw):
        return None
    text = MARKS.sub("", bare(raw))
    if not BLANK.search(text):
        return None
    if (said := _SAID_BEFORE.match(text)) is not None and not BLANK.search(said.group()):
        text = text[said.end() :]
    if not _ATTRIBUTES.match(text):
        return None
    return tuple(dict.fromkeys(attribute(name) for name in ATTRIBUTE_NAME.findall(text)))


def attribute(name: str) -> str:
    low = " ".join(name.lower().split())
    if "name" in low:
        return "name"
    return "date" if low.startswith("date") else "signature" if low.startswith("sign") else low


# "Product – pending"
_STILL = expression(
    r"^(?P<role>@?[A-Za-z][^:–—_]{1,40}?)\s*(?:[–—]|\s-)\s*(?:pending|waiting|outstanding|open|tbd|not\s+yet)\b",
    re.IGNORECASE,
)


# "runtime on-call approved", where a list is of those who do
_HAS_APPROVED = expression(
    r"^(?P<who>@?\w[^:_,;]{0,50}?)\s+(?:has\s+|have\s+)?(?:approved|signed\s+off)(?:\s+(?:if|when|for|unless|where|only)\b[^:_]*)?\W*(?:\([^()]*\)\W*)?$",
    re.IGNORECASE,
)
# "QA signed the build off → Mara:"
_TO_NAME = expression(
    rf"^(?P<said>[^→➜]{{3,100}}?)\s*(?:→|➜|=>|->)\s*(?P<who>@?[A-Z][\w'’.-]+(?:\s[A-Z][\w'’.-]*)?)\s*:\s*(?:{BLANK.pattern}|@_*)?\W*$"
)
_OKAYED = expression(
    r"\b(?:signs?|signed|approve[sd]?|(?:is|are)\s+(?:fine|happy|ok|okay)|ok|okay(?:s|ed)?|agree[sd]?|accept(?:s|ed)|says?|said|go|yes|consents?|releases?|released)\b",
    re.IGNORECASE,
)
# "Release for wave 2, Quality management: ____"
_RELEASE_OF = expression(
    rf"^(?:final\s+|formal\s+|written\s+)?(?:release|approval|approved|go|ok|okay|clearance|permission|consent|sign-?off|authori[sz]ation|acceptance|go-ahead)\s+(?:for|of|to|before)\s+[^,:_]{{2,40}},\s*(?P<who>[^:,_]{{2,50}}?)\s*:\s*(?:{BLANK.pattern})",
    re.IGNORECASE,
)


def role_of(text: str) -> str:
    """The signer's name for people; "Technical Approval" keeps its noun, "QA Lead approval" loses it."""
    text = _NAME_LAST.sub("", _ASKED_FOR.sub("", text)).strip("_ ,")
    given = _OF.match(text)
    if given is not None and is_person(given["role"]):
        return given["role"]
    named = stem(text)
    words = named.lower().split()
    return named if words and words[-1] in HEADS else text.strip(" -–—:*")


def _fields(text: str) -> tuple[str, ...]:
    """The names of the blanks: the first belongs to the signer's name, the others to the word before or after."""
    names: list[str] = []
    pieces = BLANK.split(text)
    for index in range(1, len(pieces)):
        before, after = pieces[index - 1], pieces[index]
        inside = re.match(r"^\s*\((\w+)\)", after)
        word = inside[1] if inside and _FIELD_WORD.fullmatch(inside[1]) else None
        if word is None and index > 1:
            found = _FIELD_WORD.findall(re.sub(r"^\s*\(\w+\)", "", before))
            word = found[-1] if found else None
        if word is None and index == 1:
            found = _FIELD_WORD.findall(before.rpartition(":")[0].rpartition(":")[2]) if before.count(":") > 1 else []
            word = found[-1] if found else "name"
        if word is None and not before.strip(" /-.|"):
            continue  # ____/____/____ is one blank
        names.append((word or f"field {index}").lower())
    return tuple(dict.fromkeys(names))
