"""Every screen as it looks, in three sizes and two themes: letters and their colours, kept beside this file.

A screen that looks otherwise fails with the lines that differ. When that is meant:
`.venv/bin/pytest tests/e2e/test_looks.py --snapshot-update`, and read the difference before it is kept.
"""

import difflib
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from textual.screen import Screen

from runbook_tui.tui import theme
from tests.e2e.scenes import SCENES, SHOWN_BY, settled, studio

__all__ = ["studio"]
KEPT = Path(__file__).parent / "looks"
SIZES = [(80, 24), (120, 40), (240, 70)]
RENEW = "when it is meant: .venv/bin/pytest tests/e2e/test_looks.py --snapshot-update"
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def cells(rows):
    """Text and style of each row: letters, and for each letter what its colours are."""
    for row in rows:
        yield "".join(text for text, _ in row), [of(style) for text, style in row for _ in text]


@cache
def of(style):
    if style is None:
        return "plain"
    words = [f"{side.get_truecolor(foreground=number == 0).hex if side else 'none'}"
             for number, side in enumerate((style.color, style.bgcolor))]  # fmt: skip
    flags = [name for name in ("bold", "dim", "italic", "underline", "strike", "reverse") if getattr(style, name)]
    return " ".join([f"{words[0]} on {words[1]}", *flags])


def told(dark, light):
    """A picture as it is kept: the letters, then the colours in runs, then what each colour is in both themes."""
    pens, out = {}, [f"│{text.rstrip()}" for text, _ in dark]
    assert [text for text, _ in dark] == [text for text, _ in light], "another theme has other letters"
    for (_, one), (_, other) in zip(dark, light, strict=True):
        row = [pens.setdefault(pair, ALPHABET[len(pens)]) for pair in zip(one, other, strict=True)]
        out.append(" ".join(f"{pen}{len(list(run))}" for pen, run in groupby(row)))
    return "\n".join([*out, *(f"{pen} = {one}  |  {other}" for (one, other), pen in pens.items()), ""])


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.timeout(120)
async def test_it_looks_as_it_did(studio, scene, request):
    renew = request.config.getoption("update_snapshots", default=False)
    async with SCENES[scene](studio) as ana:
        assert type(ana.app.screen).__name__ == SHOWN_BY[scene]
        for size in SIZES:
            await ana.pilot.resize_terminal(*size)
            shots = []
            for one in (theme.DARK, theme.LIGHT):
                ana.app.theme = one.name
                shots.append(list(cells(await settled(ana))))
            found = told(*shots)
            path = KEPT / f"{scene}-{size[0]}x{size[1]}.txt"
            if renew:
                KEPT.mkdir(exist_ok=True)
                path.write_text(found)
            kept = path.read_text() if path.exists() else ""
            lines = difflib.unified_diff(kept.split("\n"), found.split("\n"), "as it was", "as it is", lineterm="", n=1)
            assert found == kept, f"{path.name} looks otherwise ({RENEW}):\n" + "\n".join(lines)


BASES = {"LeftOnce", "Seen", "Question", "PreflightScreen"}  # of which nothing is shown but what is made of them


def every(kind):
    for one in kind.__subclasses__():
        yield from (one, *every(one))


def test_there_is_a_picture_of_every_screen(studio):
    ours = {one.__name__ for one in every(Screen) if one.__module__.startswith("runbook_tui.tui.")}
    assert ours - BASES == set(SHOWN_BY.values())
    assert set(SHOWN_BY) == set(SCENES)
