"""Progress that a program drew with carriage returns, drawn as a bar. Pure."""

from __future__ import annotations

from runbook_tui.document.patterns import expression

WIDTH = 24  # cells of the bar
FULL, EMPTY = "█", "░"

_PERCENT = expression(r"(?<![\d.,])(\d{1,3}(?:\.\d+)?)\s?%")
_COUNT = expression(r"(?<![\w./-])(\d{1,12}(?:\.\d+)?)\s?(?:/|of)\s?(\d{1,12}(?:\.\d+)?)(?![\w./-])")
_DRAWN = expression(r"[\[(|▕<]?[█▉▊▋▌▍▎▏▐▓▒░■□▪▫#=>*.━─╸╺╾⣿⣀_\- ]{4,}[\])|▏>]?")
_INK = expression(r"[█▉▊▋▌▍▎▏▐▓▒░■□▪▫#=━╸╺⣿]|[\[|(][>*.\- ]{4,}[\]|)]|[*.\-]{4}")


def as_bar(text: str) -> str | None:
    """The line with one bar of ours instead of what was drawn; None when it tells no share of a whole."""
    share, where = _share(text)
    if share is None or where is None:
        return None
    before, after = text[: where[0]], text[where[1] :]
    said = "  ".join(part for part in (_without_drawing(before), _without_drawing(after)) if part)
    filled = round(share * WIDTH)
    bar = FULL * filled + EMPTY * (WIDTH - filled)
    return f"{bar} {share * 100:3.0f} %  {said}".rstrip()


def _share(text: str) -> tuple[float | None, tuple[int, int] | None]:
    if (found := _PERCENT.search(text)) is not None and float(found.group(1)) <= 100:
        return float(found.group(1)) / 100, found.span()
    if (found := _COUNT.search(text)) is not None and 0 <= float(found.group(1)) <= float(found.group(2)) > 0:
        return float(found.group(1)) / float(found.group(2)), (found.end(), found.end())
    return None, None


def _without_drawing(text: str) -> str:
    """What is said beside the program's own bar."""
    text = _DRAWN.sub(lambda drawn: " " if _INK.search(drawn.group()) else drawn.group(), text)
    return " ".join(text.strip(" |,").split())
