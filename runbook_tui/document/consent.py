"""Where somebody's consent is asked for, told by kinds of words and not by sentences.

An assent is asked for by a sentence or a heading over a list ("Go from each of:", "Who must be fine with it"), and then
each item is somebody and a place to answer in; or by one line that has all three: somebody, a word of assent, a place
("Facility manager is aware — initials ____"). Words are in `families`, who is somebody is told by `capacities`.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import agreements, alternatives, families, hands, orders
from runbook_tui.document.capacities import is_person, is_role
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression

_NOUN = families.alternatives(families.ASSENTS)
_VERB = families.alternatives(families.ASSENTS_VERBS)
_DONE = families.alternatives(families.AGREED)
_CONTENT = families.alternatives(families.CONTENT)
_NAMES = r"(?:puts?|writes?|types?|leaves?|adds?|drops?|enters?|gives?|has|have)\s+(?:put|written|typed|left|given\s+)?\s*(?:down\s+)?(?:their|his|her|its|the|your|a|an)?\s*(?:full\s+|own\s+|short\s+)?(?:names?|initials|signatures?)"
_BEING = r"(?:am|is|are|be|being|was|were)\s+(?:all\s+|both\s+|\w+ly\s+|not\s+un)?"
_ASKS = expression(
    rf"\b(?:{_NOUN}|{_VERB}|{_DONE}\s+(?:for\s+\w+\s+|in\s+writing\s+)?by|(?:signed|accepted|approved)\s+(?:for|on\s+behalf)|(?:has|have|been)\s+{_DONE}|{_BEING}{_CONTENT}|{_NAMES}|(?:must|should|has\s+to|have\s+to|may|to)\s+(?:release|clear|initial)|undersigned|go\s+from|no\s+objections?|go\s*(?:/|or)\s*no-?go"
    r"|both\s+hands|the\s+go\b)\b",
    re.IGNORECASE,
)
# "Approve these requests:", "Sign the files:", "Confirm that:" tell the reader to do something himself
_ORDER = expression(
    r"^\W*(?:please\s+|then\s+|now\s+)?(?:approve|accept|sign(?!\s+(?:below|here))|confirm|release(?=\s+(?:the|these|all|this)\b)|authori[sz]e|acknowledge|clear|allow|permit|certify|ok|verify|check|run|make\s+sure|ensure)\b(?!\s*(?:by|from|of|\W*$))(?!.*\b(?:by|from)\W*$)",
    re.IGNORECASE,
)
_DUTY = expression(rf"\b{families.alternatives(families.DUTIES)}\b", re.IGNORECASE)
_OVER = expression(r"\b(?:already|yesterday|last\s+\w+day|on\s+(?:19|20)\d\d)\b", re.IGNORECASE)
_NO_MATTER = expression(
    r"\b(?:criteri(?:a|on)|tests?|testing|errors?|tls|ssl|keys?|verification|algorithm|permissions|access|rights|rules?|ratio|certificates?|requests|issues?|conditions?)\b",
    re.IGNORECASE,
)
_HEADING = expression(
    rf"^\W*(?:(?:final|required|necessary|needed|two|three|all|written|formal|business|technical|management|customer|the|our|your|release|change|deployment|go-live)\s+){{0,3}}(?:{_NOUN}|ratification|release\s+decision|go\s*(?:/|or)\s*no-?\s?go)(?:\s+(?:check|round|poll|sheet|list|table|block|page|needed|required|to\s+\w+(?:\s+\w+)?|of\s+.*|from(?:\s+.*)?|by(?:\s+.*)?|for\s+.*|and\s+\w+|before\s+.*))?\W*$",
    re.IGNORECASE,
)
_WHO = expression(
    rf"\b(?:who|people|those|everybody|everyone|persons?)\s+(?:(?:who|that|must|has\s+to|have\s+to|needs?\s+to|should|can|may|will|to)\s+)+(?:{_VERB}|be\s+{_CONTENT}|{_NAMES})\b",
    re.IGNORECASE,
)
# over persons and places for their hands only: the words alone may speak of many things
_ABOUT = expression(
    r"\b(?:releas(?:e|ed|ing)\s+(?:of|for|to|from|by)|attest\w*|certif(?:y|ied|ication)|permission|permit|clear(?:ed|ance)|hand(?:ed|ing|s)?[\s-]?(?:over|back)|accept(?:s|ed|ance)?"
    r"|sign(?:s|ing|ed)?|agree(?:s|d|ment)?|approv\w*|authori[sz]\w*|consents?|witness\w*|confirm(?:s|ed|ation)?|ok(?:s|ay|['’]s)?|go\s+from|poll|roll[\s-]?call"
    r"|(?:two|both|2)\s+(?:people|persons?|engineers|operators|hands|signatures|pairs|names)|second\s+(?:person|pair|operator|engineer)|four[\s-]eyes|(?:two|2)-(?:person|man|people)|dual\s+control"
    r"|freigabe\w*|abnahme|genehmigung|zustimmung|unterschrift(?:en)?|aprobaci[oó]n(?:es)?|autorizaci[oó]n|visto\s+bueno|conformidad|firmas?|approbation|validation|autorisation|accord|approvazione|autorizzazione|firme|goedkeuring|akkoord"
    r"|aprova[cç][aã]o|autoriza[cç][aã]o|assinaturas?)\b",
    re.IGNORECASE,
)
_CLOSES = expression(
    rf"^\W*(?:\w+\s+){{0,2}}{families.alternatives(families.CLOSINGS)}\b(?!\s+(?:criteria|time|code))", re.IGNORECASE
)
_PLACE = expression(
    rf"{BLANK.pattern}|(?<![\w.])@_*(?=[\s)\]}},.;:]|$)|@_{{2,}}|@(?:handle|name|user(?:name)?|who|nick)\b|<[^<>]*(?:name|handle|initials|date)[^<>]*>",
    re.IGNORECASE,
)
_TICKS = expression(r"^\W*[✅✔☑✍👍🖊🖋🆗]\ufe0f?\s*(?:by|from|of|:)?\s+(?=\S)")
_TICKED = expression(r"[✍👍🖊🖋🆗]\ufe0f?\s*:?\s*(?:_{2,}|\.{5,}|@)")  # "Product manager 👍: ____"
_BY = expression(r"^by\s+", re.IGNORECASE)
_ABLE = r"(?:is|are)\s+(?:\w+ly\s+)?"
_DOES = expression(
    rf"\s*[–—:,-]?\s*\b(?:must\s+|has\s+to\s+|may\s+|can\s+|will\s+|also\s+|\w+ly\s+)*(?P<verb>{_VERB}|{_ABLE}{_CONTENT}|(?:happy|fine|satisfied|comfortable)\b|(?:has|have)\s+(?:\w+ly\s+|all\s+)?(?:{_DONE}|no\s+objections?|nothing\s+against)|no\s+objections?|lets?\s+(?:us|it|them)|knows?\b(?=.*\b(?:accepts?|agrees?|allows?|initials|signature)\b)|gives?\s+(?:\S+\s+){{0,3}}?(?:away|free|ok|okay|go|yes|{_NOUN})|hands?\s+(?:\S+\s+){{0,3}}?over)\b",
    re.IGNORECASE,
)
_HAS_ASSENT = expression(rf"(?<![\w/-])(?:{_NOUN}|{_DONE}|go)(?![\w/])", re.IGNORECASE)
_INITIALS = expression(
    r"\b(?:initials?|signature|signed|signs?|autograph|visa|stamp|countersign\w*)\W*$", re.IGNORECASE
)
_FOUR_EYES = expression(
    r"\b(?:is\s*n['’]t|is\s+not|not|other\s+than|different\s+from|but|except)\s+(?:(?:from|be|the|you|its?|same)\s+){0,2}(?:author|you\b|me\b|yourself|operator|writer|person\s+who|one\s+who|team|committer|implementer|executor)|^(?:the\s+|a\s+)?second\s+(?:pair\s+of\s+eyes|person|engineer|operator|reviewer|signature)|^witness\b|^four[\s-]eyes",
    re.IGNORECASE,
)
_APPROVERS = expression(
    r"^\W*(?:(?:final|second|first|technical|business|other)\s+)?(?:approver|signatory|authori[sz]er|countersigner|consenter|endorser|witness)(?:\s+(?:\d|[A-C]))?\W*$",
    re.IGNORECASE,
)
_BEHALF = expression(
    rf"^{_DONE}\b[^:]*?\b(?:by|of|for)\s+(?:the\s+)?(?P<who>[^:_]+?)\W*$|^{_DONE}\s*[,:–—-]+\s*(?P<named>[^:_]+?)\W*$",
    re.IGNORECASE,
)
_ENDS = expression(r"\(\s*(?P<who>[^()]+?)\s*\)\W*$")
_BEHIND_EACH = expression(
    rf"\b(?:by|from|of)\s+(?:the\s+|an?\s+)?(?P<who>[^,;:()_]{{2,50}}?)\s*\(\s*(?:{BLANK.pattern})\s*\)", re.IGNORECASE
)
_FIELD = expression(
    r"\b(?:left|sent|remaining|used|opened|processed|affected|id|version|time|date|number|no|nr|serials?|ticket|link|url|count|value|size|bytes|duration|minutes|seconds|totals?|amount|ms|%|port|host|address|path|file|branch|tag|commit|build|started|finished|noticed|online|reason|name\s+of\s+the\s+\w+|phone|e-?mail|pager|slack)\W*$",
    re.IGNORECASE,
)
LONGEST = 250
LONGEST_LINE = 200


def asks(lead: str) -> bool:
    """Whether a sentence right before a list asks those in the list for their consent."""
    if not 0 < len(lead) <= LONGEST * 2 or _DUTY.search(lead):
        return False
    last = alternatives.parted(lead.strip())[-2:]
    return any(
        _ASKS.search(sentence) and not _ORDER.match(sentence) and not _OVER.search(sentence) for sentence in last
    )


# "OK to fill the second tank, initials + time:"
_HANDS = expression(
    rf"\b(?:{_NOUN}|go|yes|ok|okay|green\s+light)\b[^.]{{0,60}}[,;(–—-]\s*(?:(?:your|their|with)\s+)?(?:initials?|names?|signatures?|sign)\b(?:\s*(?:\+|&|/|,|and)\s*(?:initials?|names?|dates?|times?|hour|signatures?))*\W*$",
    re.IGNORECASE,
)


def wants_hands(lead: str) -> bool:
    """Whether words ask those below for their assent and for their hand."""
    return 0 < len(lead) <= LONGEST and _HANDS.search(lead) is not None


def finds(words: str) -> bool:
    """Whether words speak of who is only told, called or present."""
    return _DUTY.search(words) is not None or _OVER.search(words) is not None or _NO_MATTER.search(words) is not None


def heads(title: str) -> bool:
    """Whether a heading may stand over people who consent; what stands below it must be people."""
    return len(title) <= LONGEST and not _NO_MATTER.search(title) and bool(_HEADING.match(title) or _WHO.search(title))


def of_a_phase(lead: str) -> bool:
    """Whether a paragraph is a heading over those who sign for a part of the work: "Sign-off phase 2"."""
    return _OF_A_PHASE.match(lead) is not None


_OF_A_PHASE = expression(  # "Sign-off phase 2"
    r"\W*(?:final\s+)?sign[\s-]?offs?(?:\s+(?:for|of|after|before))?(?:\s+(?:the\s+)?(?:phase|stage|step|wave|part|gate|ring|batch|group|day|week)\s*[\w.]{0,4})?\W*$",
    re.IGNORECASE,
)


def closes(title: str) -> bool:
    """Whether a heading stands at the end, where who saw the work through signs: "Completion", "Close-out"."""
    return bool(_CLOSES.match(title)) and not _NO_MATTER.search(title)


def stands_over(lead: str, title: str, raws: Sequence[tuple[str, bool]]) -> bool:
    """Whether what stands below a lead-in (may be empty) and a heading are people who are asked to consent."""
    if wants_hands(lead) and people(raws, hands_wanted=True):
        return True
    everybody = people(raws)
    if not everybody and not _mostly(raws):
        return _about(lead, title, raws) or (_left_open(raws) and ((bool(lead) and asks(lead)) or heads(title)))
    if lead and _DUTY.search(lead):
        return False
    if lead and len(raws) > 1 and agreements.expected(alternatives.parted(lead.strip())[-1]):
        return True
    if (lead and asks(lead)) or heads(title):
        return everybody or _left_open(raws)
    return (closes(title) and people(raws, strict=True)) or _about(lead, title, raws)


def _about(lead: str, title: str, raws: Sequence[tuple[str, bool]]) -> bool:
    """Whether words that may speak of an assent stand over persons and places for their hands, and nothing else."""
    said = alternatives.parted(lead.strip())[-1] if lead else ""
    for words in (said, title):
        if 0 < len(words) <= LONGEST and _ABOUT.search(words) and not (_DUTY.search(words) or _OVER.search(words)):
            return not _NO_MATTER.search(words) and hands.all_people([raw for raw, _ in raws])
    return False


def names(said: Sequence[str]) -> bool:
    """Whether all words are names, and at least half of them those of functions or groups."""
    who = [re.sub(r"\s*\([^()]*\)", "", words).strip(" .:") for words in said]
    known = [hands.person(words) for words in who]
    named = all(of or _NAMED.fullmatch(words) for words, of in zip(who, known, strict=True))
    return named and sum(known) * 2 >= len(known)


_NAMED = expression(r"[A-ZÀ-Þ][\w&/.-]*(?:\s+(?:of|and|&)?\s?[A-ZÀ-Þ][\w&/.-]*){0,4}")


def _left_open(raws: Sequence[tuple[str, bool]]) -> bool:
    """Whether every item is a name with nothing behind its colon: "Mail group:"."""
    said = [bare(raw) for raw, _ in raws]
    return len(said) > 1 and all(words.endswith(":") for words in said) and names(said)


def _mostly(raws: Sequence[tuple[str, bool]]) -> bool:
    """Whether at least half of the items are people, and the others may be."""
    names = [bare(raw) for raw, _ in raws]
    if not all(_short(name) or (is_person(name) and not machine(name)) for name in names):
        return False
    return sum(len(name) <= LONGEST_LINE and is_person(name) and not machine(name) for name in names) * 2 >= len(names)


def people(raws: Sequence[tuple[str, bool]], *, strict: bool = False, hands_wanted: bool = False) -> bool:
    """Whether every item, with or without a box, is somebody and a place for an answer.

    `strict`: only known roles. `hands_wanted`: the words above ask for initials, so that a few words name somebody.
    """
    return len(raws) > 0 and all(_somebody(raw, box=box, strict=strict, hands_wanted=hands_wanted) for raw, box in raws)


_BOXES = expression(r"[☐☑⬜□]|\[[ xX]\]")
_LAST_ASIDE = expression(r"\s*\([^()]*\)\s*$")
_MARKS = expression(r"^[^\w_\[(\"'“@+]+")


def _somebody(raw: str, *, box: bool, strict: bool, hands_wanted: bool = False) -> bool:
    text = _trimmed(raw)
    place = _PLACE.search(text)
    label = text[: place.start()] if place is not None else text
    words = _BOXES.sub("", label).strip(" :–—-,(").strip()
    who = _LAST_ASIDE.sub("", words) if words.endswith(")") else words
    if _FIELD.search(who) or (_DUTY.search(who) and not hands_wanted) or not who:
        return False
    if strict:
        return place is not None and is_role(who)
    if place is not None:
        if hands_wanted and len(who.split()) <= 4:
            return not orders.imperative(who)
        return is_person(who) or _DOES.search(who) is not None or (_short(who) and not orders.imperative(who))
    if text.endswith(":") and is_person(who):
        return True  # "- Head of engineering:", to be filled in behind the colon
    return box and (is_person(who) or doer(who) is not None or is_person(_PRODUCT.sub("", who)))


_PRODUCT = expression(r",\s+[A-ZÀ-Þ][\w'’-]*(?:\s+[A-ZÀ-Þ][\w'’-]*)?$")  # "producer, Lanternfall"


def _short(words: str) -> bool:
    return len(words.split()) <= 4 and words[:1].isupper() and not any(char.isdigit() for char in words)


def doer(text: str) -> str | None:
    """Who assents in words like "Legal approves, if the notice changed" or "Store text: Marketing approves"."""
    for words in (text.strip(), text.partition(":")[2].strip()):
        for match in _DOES.finditer(words):
            who = re.sub(r"\([^()]*\)", " ", words[: match.start()]).strip(" –—:,-")
            if is_person(who) and not orders.imperative(who.split()[0] if len(who.split()) > 2 else who):
                return who
            if who:
                break
    return None


def machine(name: str) -> bool:
    """Whether a word that may be a person is more often a machine: "client", "agent", "host"."""
    return (
        re.fullmatch(
            r"\W*(?:client|agent|host|hosts|master|bank|board|desk|pm|po|team|group|unit|duty|partner)\W*",
            name,
            re.IGNORECASE,
        )
        is not None
    )


def named(raw: str) -> str | None:
    """Who a box without a place is for, where people are asked for their consent: "Release sheriff (you)"."""
    text = _trimmed(raw)
    words = re.sub(r"\s*\([^()]*\)", " ", text).strip(" .:–—-,")
    if (who := doer(text)) is not None:
        return who
    if re.search(r"\b(?:on|in|at|with)\s+(?!duty\b|call\b|charge\b)", words):
        return None  # "DBA on standby" is a state of things
    if _STATE.search(words) or _MEASURED.search(words):
        return None  # "On-call for the bank confirmed", "Backup younger than 6 hours"
    return words if is_person(words) and not _FIELD.search(words) else None


_STATE = expression(
    r"\s(?:\w{3,}ed|ready|present|available|aware|done|there|known|set|awake|sober|reachable|online|healthy|empty|free|idle|clean|valid|current|complete|intact|quiet|green|stable)$",
    re.IGNORECASE,
)
_MEASURED = expression(
    r"\b(?:than|(?:above|below|under|over|within|at\s+(?:least|most)|up\s+to|not\s+older|max(?:imum)?|min(?:imum)?)\s+[~≈]?\d)|[<>≤≥]\s*=?\s*\d",
    re.IGNORECASE,
)
# "House supervisor confirms no diversion": a check that somebody makes
_FOUND = expression(
    r"\b(?:confirms?|reports?|says?|acknowledges?|verif(?:y|ies)|states?)\s+(?:that\s+)?(?:no|nothing|nobody|none|all|every\w*|each|there|(?:the\s+)?[\w-]+(?:\s+[\w-]+)?\s+(?:is|are|has|have|was|were))\b",
    re.IGNORECASE,
)


def checks(raw: str) -> bool:
    """Whether somebody says how things are, and leaves no name: "Ward manager confirms no transfer is under way"."""
    return _FOUND.search(raw) is not None and not hands.opens(raw)


def each(raw: str) -> list[str]:
    """The people of a sentence with a blank behind each: "Reviewed by a second analyst ( ____ ) and by FP&A ( ____ )"."""
    if raw.count("(") < 2 or not BLANK.search(raw) or not _HAS_ASSENT.search(raw):
        return []
    return [match["who"] for match in _BEHIND_EACH.finditer(bare(raw))]


def line(raw: str) -> str | None:
    """Who is to assent on a line that has somebody, an assent and a place to give it; None for every other line."""
    ticked = _TICKS.match(raw) is not None or _TICKED.search(raw) is not None
    text = _trimmed(raw)
    place = _PLACE.search(text)
    if place is None or len(text) > LONGEST_LINE or "http" in text:
        return None
    label = text[: place.start()].strip(' :–—-,(`"“').strip()
    whole = " ".join(_PLACE.sub(" ", text).split())
    behind = re.match(r"^[_.…\s@]*\((?P<who>[^()_]+)\)", text[place.start() :])
    if ticked or _BY.match(label):
        who = re.sub(r"\W+$", "", _BY.sub("", label))
        return who if is_person(who, loose=True) else None
    if _FIELD.search(label):
        return None
    if (does := doer(whole)) is not None:
        return does
    if _FOUR_EYES.search(label) and (
        is_person(label) or re.match(r"^(?:checked|reviewed|verified|seen)\b", label, re.IGNORECASE)
    ):
        return label
    last = label.rpartition(":")[2].strip()
    if _APPROVERS.match(last):
        return behind["who"] if behind is not None else last
    if _INITIALS.search(label):
        who = _INITIALS.sub("", label).strip(" ,;:–—-(")
        if is_person(who, loose=True):
            return who
    if (given := _BEHALF.match(label)) is not None:
        who = (given["who"] or given["named"]).strip()
        return who if is_person(who, loose=True) or hands.person(who) else None
    ends = _ENDS.search(label)
    if ends is not None and is_person(ends["who"]) and _HAS_ASSENT.search(label[: ends.start()]):
        return ends["who"]
    first = re.split(r"[,:–—]|\s-\s", label, maxsplit=1)
    if len(first) == 2 and is_role(first[0]) and _HAS_ASSENT.search(first[1]) and len(first[1].split()) <= 5:
        return first[0].strip()
    return None


def _trimmed(raw: str) -> str:
    return _MARKS.sub("", bare(raw))
