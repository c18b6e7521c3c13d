"""The grammar of an assent: somebody, a word for agreeing, and a place to put it or an order to get it.

Each rule is a habit of writers; who is somebody is told by `capacities`, the words of each kind are in `families`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from runbook_tui.document import capacities, families, orders
from runbook_tui.document.forms import bare
from runbook_tui.document.patterns import expression
from runbook_tui.document.phrases import Found, Grammar, Tagged, Vocabulary


class Agreement(NamedTuple):
    """Who is to agree, where that stands in the text, and the rule that says so."""

    who: str
    at: int
    rule: str


_PHRASES = {
    "fill": "CAP | DEPT | MOD | HEAD | WORD | AND | SLASH | NUM | POSS",
    "who": "HANDLE | ART* fill{0,5} (HEAD | DEPT) ((NUM | CAP) (?! HEAD))? (OF ART* fill{1,4})? DUTY? aside?",
    "name": "CAP{1,2}",
    "handle": "HANDLE",
    "inside": "ART* fill{1,4}",
    "aside": "OPEN [^CLOSE]{0,8} CLOSE",
    "lead": "[^COLON STOP BLANK]{1,6} COLON",
    "done": "[^COLON STOP BLANK BY]{0,4} (DONE | GIVEN | NOUN) (AND (DONE | GIVEN))?",
    "box": "TICK ASKED? lead?",
    "line": "TICK? ASKED? lead?",
    "ends": "END | COMMA | STOP | FOR | DASH | OPEN",
    "must": "MUST | (HAVE | NEED) FOR",
    "adj": "(CAP | WORD | MOD)",
    "hand": "HAND | INITIAL",
    "sends": "ART* must? (SENDS | GIVE | ANSWER WITH) ART* adj? NOUN",
}
_RULES = {
    # "- [ ] The SRE on-call has agreed to the change"
    "a box says that somebody has agreed": "box <who> HAVE (GIVEN | GIVE ART? NOUN) any*",
    # "- [ ] For C1 and C2: Infrastructure Manager approval, as a comment"
    "a box names somebody's assent": "box <who> NOUN (HAVE? BE? (GIVEN | DONE | NEED))? (ends)",
    # "- [ ] Written OK from the controller"
    "a box names an assent and who gives it": "box (NEED ART*)? adj? NOUN (OF | BY) <who> (ends)",
    # "- [ ] @kat says go"
    "a box says that a handle agrees": "TICK ASKED? <handle> (GIVES | HAVE GIVEN) any*",
    # "Pharmacist: ______ Time: ____"
    "somebody, a blank and a date": "line <who> COLON? BLANK any*? hand any*",
    # "Four-eyes check by: ____ Date: ____"
    "done by a blank with a date": "line done BY COLON? BLANK any*? hand any*",
    # "- [ ] Legal is on board"
    "a box says that somebody does not mind": "box <who> (BE | AND | GIVEN){0,2} CALM any*",
    # "Taken over (incoming shift): ____"
    "done by who stands in brackets": "line (DONE | GIVEN) OPEN <inside> CLOSE COLON? BLANK any*",
    # "- [ ] The notes were read and approved by someone from @docs-team"
    "a box says by which handle": "TICK ASKED? [^NOT IF COLON BLANK]*? GIVEN BY ([^NOT IF]{1,3} OF)? <handle> any*",
    # "Initials Jo: ____"
    "the initials of somebody": "line INITIAL OF? ART* (<who> | <name>) COLON? BLANK any*",
}
_BESIDE = {
    # "Initials Jo: ____   Initials Renske: ____"
    "the initials of each": "INITIAL OF? ART* (<who> | <name>) COLON? BLANK",
    # "Ola's go for step 3: ____  Ola's go for step 5: ____"
    "somebody's own assent and a blank": "(<who> | <name>) POSS NOUN [^STOP BLANK COLON]{0,6} COLON? BLANK",
}
_IN_SENTENCES = {
    # "Get an LGTM from the secondary on-call.", "Needs the OK of the topic owner."
    "an assent to be had": "NEED ART* adj? NOUN (OF | BY) <who>",
    # "Wait for the trading desk's go before you touch it."
    "somebody's own assent to be had": "NEED ART* <who> POSS adj? NOUN",
    # "Before stage 2 the ranking TL and the feed PM both post a thumbs-up in the thread."
    "somebody gives an assent": "<who> (AND who)? sends",
    "somebody else does too": "who AND <who> sends",
}
_LOOSE = frozenset(["a box says that somebody does not mind", "done by who stands in brackets"])
_MACHINES = frozenset(["host", "hosts", "client", "clients", "agent", "agents", "master", "bank", "board", "unit"])
_SAID = frozenset(["somebody gives an assent", "somebody else does too"])
_MAYBE = expression(  # "If the release manager posts 👍 the bot merges"
    r"\b(?:if|when\w*|once|unless|until|whether|who|how|why|that|which|as\s+soon\s+as)\b", re.IGNORECASE
)
_LEADS = {
    # "Each of them has to answer before we submit:", "The following must have given their OK:"
    "those below must agree": "[^NOT IF ASKS]*? must (GIVES | ANSWER | BE? GIVEN | GIVE ART* NOUN | HAVE GIVEN) any*",
    # "These people must be fine with it:"
    "those below must not mind": "[^NOT IF ASKS]*? must BE (CALM | FINE) any*",
}
_THINGS = frozenset(families.THINGS.split())
_LONGEST = 300
_HINT = expression(  # enough to pass over most lines
    r"\b(?:(?:counter|under|pre|co|re|un|dis)?(?:approv|agree|consent|accept|sign|bless|thumb|green|clear|authori|nod\b"
    r"|visa|mandat|permi|endors|ratif|concur|eyes|initial|paraph|on board|comfortabl|fine with|happy with|given|lgtm"
    r"|(?:ok|okay|yes|go|vote[sd]?)\b))|@"
    r"|[_.…]{2}.*(?:date|time|name|hour|stamp|paraph|autograph)|\)\W{0,3}_{2}",
    re.IGNORECASE,
)

_BESIDES = expression(r"\([^()]*\)")  # "Product has said yes (Slack thread linked)" is no way to reach Product


@cache
def _words() -> Vocabulary:
    return Vocabulary(
        {
            "GIVEN": families.CONSENTED,
            "INITIAL": "initials paraph paraphs",
            "HAND": families.HANDS,
            "SENDS": "post posts write writes leave leaves put puts send sends comment comments drop drops",
            "NOUN": families.LEAVE,
            "GIVES": families.ASSENTS_VERBS,
            "GIVE": "gives give given gave",
            "DONE": families.AGREED + families.WORKED,
            "CALM": "on_board in_agreement in_favour comfortable fine_with happy_with good_with okay_with ok_with",
            "FINE": "fine happy content",
            "NEED": families.NEEDS,
            "MUST": "must should shall has_to have_to needs_to need_to",
            "ANSWER": "answer react reply vote respond tick answers reacts replies votes responds ticks",
            "HAVE": "has have had",
            "BE": "is are be was were been",
            "NOT": "not no never without nobody n't cannot",
            "IF": "if when whether once after unless who how why",
            "BY": "by",
            "OF": "of from",
            "WITH": "with",
            "FOR": "for before to on in at as",
            "AND": "and or",
            "ART": "the a an our your their his her its one two both all each at_least",
            "DUTY": "in_charge on_duty on_shift",
            "HEAD": " ".join(capacities.HEADS).replace("-", "_").replace("(s)", ""),
            "DEPT": " ".join(capacities.DEPARTMENTS),
            "MOD": " ".join(capacities.MODIFIERS - {"of", "and", "the", "&", "/", "for"}),
        },
        _guess,
    )


def _guess(word: str) -> str:
    if families.agent(word):
        return "HEAD"
    return "CAP" if word[:1].isupper() else "WORD"


@cache
def _grammar(place: str) -> Grammar:
    kinds = _words().kinds | {"TICK", "ASKED", "END", "CAP", "WORD"}
    return Grammar(
        kinds, _PHRASES, {"line": _RULES, "beside": _BESIDE, "sentence": _IN_SENTENCES, "lead": _LEADS}[place]
    )


def of_line(raw: str, *, box: bool, signing: bool) -> Agreement | None:
    """Who is to agree by a line of its own; None where nobody is asked. `signing`: words above ask for it."""
    text = bare(raw)
    if len(text) > _LONGEST or not _HINT.search(text) or capacities.CONTACT.search(_BESIDES.sub("", text)):
        return None
    words = _words().tag(text)
    front = [Tagged(kind, 0, 0) for kind, said in (("TICK", box), ("ASKED", signing)) if said]
    found = _grammar("line").find([*front, *words, Tagged("END", len(text), len(text))])
    if found is None:
        return None
    if not found.parts:
        label = text.partition(":")[0]
        return Agreement(label.strip(" _."), 0, found.rule)
    return _agreement(text, found)


def expected(lead: str) -> bool:
    """Whether a sentence before a list says that those in it must agree."""
    text = bare(lead)
    return len(text) <= _LONGEST and _grammar("lead").find(_words().tag(text)) is not None


def beside(raw: str) -> list[Agreement]:
    """Who is to agree by a line that has a blank for each."""
    return list(_each("beside", bare(raw)))


def in_words(sentence: str) -> Iterator[Agreement]:
    """Who is to agree by a sentence, each time it is said."""
    return _each("sentence", sentence)


def _each(place: str, text: str) -> Iterator[Agreement]:
    words = _words().tag(text)
    grammar = _grammar(place)
    for rule in grammar.rules:
        for found in grammar.each(rule, words):
            if rule in _SAID and _MAYBE.search(text, 0, found.start):
                continue
            if (one := _agreement(text, found)) is not None:
                yield one


def _agreement(text: str, found: Found) -> Agreement | None:
    if "handle" in found.parts:
        start, end = found.parts["handle"]
        return Agreement(text[start:end], start, found.rule)
    if "name" in found.parts:
        start, end = found.parts["name"]
        return Agreement(text[start:end], start, found.rule)
    start, end = found.parts.get("who") or found.parts["inside"]
    who = re.sub(r"\s*\([^()]*\)\s*$", "", text[start:end])
    who = re.sub(r"^(?:the|our|your|an?)\s+", "", who, flags=re.IGNORECASE).strip(" ,.;:*")
    low = who.lower().split()
    if not low or low[-1] in _THINGS or capacities.VERB.search(who) or not capacities.is_person(who):
        return None
    if found.rule in _LOOSE and low[-1] in _MACHINES:
        return None
    if orders.imperative(who) and not capacities.is_role(who):
        return None
    return Agreement(who, start, found.rule)
