"""What the words of a paragraph or an item announce for what is listed below them."""

from __future__ import annotations

import re

from runbook_tui.document import barriers, consent, forms, lists, markdown, triggers
from runbook_tui.document.draft import Place
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole

_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})


def paragraph(text: str, rows: list[str], place: Place) -> Polarity | None:
    """What a paragraph asks for when what is listed below it holds."""
    part = place.part
    home = place.polarity is not None or part.asked
    last = markdown.plain(rows[-1])
    if _HOW.match(last):
        return None
    if (joined := _JOINED.match(text)) is not None:  # what stands before the "and" must hold as well
        text = last = f"{joined['lead']}:"
    if (barred := barriers.over(text, heading=part.title, home=home)) is not None:
        return barred
    mood = triggers.announced(text, heading=part.title, home=home)
    if mood is None and len(rows) > 1:
        mood = triggers.announced(last, heading=part.title, home=home)
    if mood is None and part.role in _BACK and triggers.under_rollback(last):
        mood = triggers.mood(last)
    if mood is None and home and not consent.asks(text):  # "two people agree, not an emoji:"
        mood = triggers.answers(last)
    return mood


# "How (first put the readers back):" leads to what is done
_HOW = expression(
    r"^\W*how\b(?!\s+(?:many|much|often|long|bad|far|late)\b)(?![^:]*\b(?:if|when|should\s+we)\b)", re.IGNORECASE
)
# "Roll back if the last deploy is less than 6 h old and"
_JOINED = expression(
    r"^(?P<lead>(?:[^\n.:]{3,80}?\s)(?:if|when|once|as\s+soon\s+as))\s+[^.:\n]{4,120}?,?\s+and(?:\s+(?:also|either|additionally|moreover))?\W*$",
    re.IGNORECASE,
)


def onwards(words: str, part: Part, below: Block | None) -> bool:
    """Whether "We fail over if:" stands over boxes where failing over is the work, so that each must hold for it."""
    if _FAILS_OVER_IF.match(words) is None or below is None or not lists.boxed(below):
        return False
    above: Part | None = part
    while above is not None:
        if _FAILING_OVER.search(above.title):
            return True
        above = above.parent
    return False


_FAILING_OVER = expression(r"\bfail(?:ing)?[\s-]?over\b", re.IGNORECASE)
_FAILS_OVER_IF = expression(
    r"^\W*(?:(?:so\s+)?(?:we|you)\s+)?(?:only\s+)?fail[\s-]?over\s+(?:only\s+)?(?:if|when)\b[^.]{0,40}\W*$",
    re.IGNORECASE,
)


def stands_alone(text: str, after: Block | None) -> bool:
    """Whether a paragraph is a sentence of its own ("… stops the release.") and the list below goes on with work."""
    if after is None or after.kind != "list" or not text.rstrip().endswith((".", "!")):
        return False
    first = after.children[0] if after.children else after
    if lists.box_of(first) is not None and forms.verdict(lists.words(first)):
        return True  # who decides ticks "GO" or "NO-GO" below
    if after.ordered and first.info.isdigit() and int(first.info) > 1:
        return True  # it counts on from above
    texts = [
        forms.bare(item.children[0].raw)
        for item in after.children
        if item.children and item.children[0].kind == "paragraph" and lists.box_of(item) is None
    ]
    return bool(texts) and (len(after.children) == 1 or lists.is_work(after, texts))


def item(raw: str, place: Place) -> Polarity | None:
    """What an item announces for the list inside it."""
    text = markdown.plain(raw)
    polarity = barriers.over(text, heading=place.part.title)
    if polarity is None:
        polarity = triggers.announced(text)
    if polarity is None and place.part.role in _BACK and triggers.under_rollback(text):
        polarity = triggers.mood(text)
    return polarity
