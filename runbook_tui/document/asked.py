"""An assent asked for in words alone, without a place to give it: "Platform lead approval", "Get the OK of the DBA".

A box is enough for the name of an assent and who gives it; a sentence must say that it is needed or to be had.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.document import agreements, capacities, families
from runbook_tui.document.capacities import is_person
from runbook_tui.document.forms import bare
from runbook_tui.document.patterns import expression

_ASSENTS = """
    approval approvals consent permission blessing thumbs_up go_ahead green_light sign_off agreement clearance
    authorisation authorization endorsement nod visa lgtm
"""
_NOUN = families.alternatives(_ASSENTS)  # what stands behind who gives it: "QA OK" is a state of things
_GIVEN = families.alternatives(_ASSENTS, "ok okay yes go")
_THINGS = frozenset(families.THINGS.split())
_FOR = r"(?:\s+(?:for|to|before|on|in|at|if|when|unless)\b.*)?"
_BEHIND = expression(rf"^(?:the\s+)?(?P<who>\S(?:.*?\S)?)\s+{_NOUN}{_FOR}$", re.IGNORECASE)
_BEFORE = expression(
    rf"^(?:the\s+|a\s+)?(?:written\s+|final\s+|formal\s+|explicit\s+)?{_GIVEN}\s+(?:of|from|by)\s+(?P<who>\S.*)$",
    re.IGNORECASE,
)
_LABELLED = expression(
    r"^(?:approval|approved|sign[\s-]?off|signed[\s-]off|consent|authori[sz]ation|go-ahead)\s*(?:[:–—]|\s-)\s*(?P<who>\S.*)$",
    re.IGNORECASE,
)
_IN_WRITING = expression(
    r"\s+(?:is\s+|has\s+been\s+)?(?:attached|filed|recorded|documented|obtained|received|granted|given|(?:is\s+)?in\s+(?:the\s+)?(?:writing|ticket|place|issue|chat))$",
    re.IGNORECASE,
)
_IN_FILE = expression(
    r"\b(?:in\s+(?:the\s+)?(?:writing|ticket|issue|chat|thread|change)|on\s+file|attached|filed|recorded)$",
    re.IGNORECASE,
)
_A_NAME = r"[A-ZÀ-Þ][a-zà-ÿ'’-]+(?:\s+[A-ZÀ-Þ]\.)?(?:\s+[A-ZÀ-Þ][\wà-ÿ'’-]+){1,2}"
_NAMED = expression(rf"^(?:(?P<role>[^:()]{{2,40}}):\s*{_A_NAME}|{_A_NAME}\s+\((?P<behind>[^()]{{2,40}})\))$")
_ARTICLE = r"(?:(?:the|a|an|one|written|formal|final|explicit|verbal|prior|their)\s+)*"
_OF = rf"{_ARTICLE}{_GIVEN}\s+(?:of|from|by)\s+(?P<who>(?:the\s+|our\s+|your\s+|an?\s+)?[\w'’/&-]+(?:\s+[\w'’/&-]+){{0,5}}?)(?=\s+(?:to|for|on|in|at|before|after|if|when|and|by|is|are|as|with|that|who|until|unless|because)\b|\W*$|[.,;:(–—])"
_ASKS = (
    expression(
        rf"^(?:[^,]{{1,80}},\s+)?(?:(?:first|then|now|also|please|next|and)\s+)*(?:get|obtain|ask\s+for|request|secure|seek|wait\s+for|await|collect)\s+{_OF}",
        re.IGNORECASE,
    ),
    expression(
        rf"\b(?:you|we|this|it|that|which|one|\w+ing|change|step|deployment|release|work)\s+(?:also\s+|then\s+|always\s+)?(?:needs?|requires?|must\s+have|will\s+need)\s+{_OF}",
        re.IGNORECASE,
    ),
    expression(
        rf"(?:^|,\s*|\b(?:weekends?|hours|days|nights)\s+){_OF}\s+(?:is|are)\s+(?:also\s+|always\s+)?(?:needed|required|necessary|mandatory)\b",
        re.IGNORECASE,
    ),
)
_UNASKED = expression(
    r"\b(?:not|n['’]t|no|nobody|never|without|once|whether|why|how|used\s+to)\b|n['’]t\b|\?\s*$|^\W*(?:if|when|after|as\s+soon\s+as)\s+(?:you|we)\b",
    re.IGNORECASE,
)
_HINT = expression(  # enough to pass over most boxes
    r"\b(?:(?:counter|under|pre|co|re|un|dis)?(?:approv|sign|consent|permi|bless|thumb|go|green|agree|clear|authori|endors"
    r"|nod|visa|lgtm|ok|yes))",
    re.IGNORECASE,
)
_ANY = expression(
    rf"👍|\b(?:{_GIVEN}|agreed|approved|accepted|said|signed|given|all[\s-]clear)\b", re.IGNORECASE
)  # enough to pass over most text
_SPOKEN = expression(  # and over most of what is left
    rf"\b{_GIVEN}\s+(?:of|from|by)\s|👍"
    rf"|\b(?:post|writ|leav|put|sen[dt]|giv|gave|with|comment|drop)\w*\s+(?:\S+\s+)?{_GIVEN}\b|['’]s?\s+(?:\S+\s+)?{_GIVEN}\b"
    r"|\b(?:until|before|unless|without|only)\b[^.]*\b(?:has|have)\b",
    re.IGNORECASE,
)
_WAITED = expression(  # "Do not start until the shift manager has given the all-clear"
    r"\b(?:not|never|nothing|nobody|no|only|waits?|n['’]t)\b[^.;]{0,80}?\b(?:until|before|unless|after|once|when)\s+"
    r"(?P<who>(?:the\s+|our\s+|an?\s+)?[\w'’/&@-]+(?:\s+[\w'’/&-]+){0,5}?)\s+(?:has|have)\s+(?:all\s+|both\s+|also\s+)?"
    rf"(?:(?:given|written|posted|sent)\s+(?:\S+\s+){{0,2}}?(?:{_GIVEN}|all[\s-]clear|word)|said\s+(?:yes|go|ok|okay|so)|agreed|approved|consented"
    r"|signed(?:\s+off)?|accepted)\b",
    re.IGNORECASE,
)
_BELOW = expression(r"\s+(?:listed\s+|named\s+)?(?:below|following|underneath)\b", re.IGNORECASE)
_POINTS = expression(r"(?:these|those|all|both|everybody|everyone|each|they|he|she|you|we|i|it)\b", re.IGNORECASE)
_SENTENCE = expression(r"(?<=[.!?;])\s+(?=[A-Z*_\"“])")
_LONGEST = 300


def in_a_box(raw: str, *, signing: bool = False) -> str | None:
    """Who is to assent by a box that names the assent: "ML lead approval for 50%", "Go-ahead from the commander".

    `signing`: below words that ask for it a name is enough, "Security: Jane Doe", and it may lie there in writing.
    """
    if not signing and not _HINT.search(raw):
        return None
    whole = bare(raw).strip(" .:–—-*")
    text = re.sub(r"\s*\([^()]*\)", "", whole).strip(" .:–—-*")
    if len(text) > _LONGEST or len(text.split()) > 14 or text[:1].isdigit():
        return None
    if (labelled := _LABELLED.match(text)) is not None:
        return _who(labelled["who"])
    text = _IN_WRITING.sub("", text) if signing or _IN_FILE.search(text) else text
    if signing:
        named = _NAMED.match(whole)
        if named is not None and not capacities.VERB.search(whole):
            who = named["role"] or named["behind"]
            if capacities.is_role(who) or (named["role"] is None and is_person(who)):
                return str(who)
    if (before := _BEFORE.match(text)) is not None:
        return _who(before["who"])
    behind = _BEHIND.match(text)
    return _who(behind["who"]) if behind is not None else None


def in_words(raw: str) -> Iterator[tuple[int, str]]:
    """Who must assent by the sentences of a text, each with the row of it: "You need the OK of the team lead"."""
    if len(raw) > 20 * _LONGEST or not _ANY.search(raw) or not _SPOKEN.search(raw):
        return
    start = 0
    for end in [*(match.end() for match in _SENTENCE.finditer(raw)), len(raw)]:
        sentence, at, start = raw[start:end], start, end
        said = bare(sentence)
        if len(said) > _LONGEST:
            continue
        waited = None if said.rstrip().endswith(":") else _WAITED.search(said)  # of the list below
        if waited is not None and not _POINTS.match(waited["who"]) and (who := _who(waited["who"])) is not None:
            yield raw.count("\n", 0, at + _place(sentence, who)), who
            continue
        if _UNASKED.search(said):
            continue
        for pattern in _ASKS:
            found = pattern.search(said)
            if found is not None and (who := _who(found["who"])) is not None:
                if _BELOW.match(said, found.end("who")):
                    break
                yield raw.count("\n", 0, at + _place(sentence, who)), who
                break
        else:
            for one in agreements.in_words(said):
                if _BELOW.match(said, one.at + len(one.who)):
                    continue  # they have places of their own
                yield raw.count("\n", 0, at + _place(sentence, one.who)), one.who


def first(raw: str) -> str | None:
    """The first who must assent by the sentences of a text; None when nobody is asked."""
    return next((who for _, who in in_words(raw)), None)


def _place(sentence: str, who: str) -> int:
    """Where somebody is named in a sentence as it is written, over several lines perhaps."""
    found = re.search(r"\s+".join(map(re.escape, who.split())), sentence)
    return found.start() if found is not None else len(sentence) - len(sentence.lstrip())


def _who(words: str) -> str | None:
    """Somebody, without the purpose that follows: "product on-call for the region"."""
    named = re.split(r"\s+(?:for|to|before|on|in|at|if|when|unless|that|who)\s+", words, maxsplit=1)[0]
    named = re.sub(r"^(?:the|our|your|an?)\s+", "", named, flags=re.IGNORECASE).strip(" ,.;:*")
    low = named.lower().split()
    if (
        not low
        or low[-1] in _THINGS
        or low[-1] in {"below", "above", "following"}
        or (len(low) == 1 and low[0] in _THINGS)
        or len(low) > 6
    ):
        return None
    if capacities.VERB.search(named) or not is_person(named):
        return None
    return named
