"""Laws of every screen: it fits, it can be read in every theme, its footer tells the truth."""

import pytest
from textual.screen import ModalScreen

from runbook_tui.tui.bars import KeyBar

PLAN = """# Release 部署 של 🚀 the service

Read it **first**.

## Prepare 準備

- [ ] データベースをバックアップする — all of them, also the one that nobody remembers and that has a very long name
- [ ] تحقق من الخدمة

```bash
# Say it
seq 1 60; printf '\\033[31mred\\033[0m 你好\\n'
```

<!-- rbt: rollback="rm made" -->
```bash
# Make it
touch made
```

Ticket: ____________

## Sign-off

- [ ] **Operator**: ____________________ Date: __________

## Rollback criteria

Roll back immediately if:

- [ ] Error rate > 5% for 5 minutes

## Rollback

```bash
# Back
rm made
```
"""
WALK = {
    "walk": "",
    "output": "l",
    "watched": "w",
    "people": "p",
    "rollback": "R",
    "by_hand": "i",
    "help": "question_mark",
}
SIZES = [(80, 24), (160, 48), (240, 70)]
KEYS = {"esc": "escape", "/": "slash", "?": "question_mark", ",": "comma", "&": "ampersand", "<": "less_than_sign",
        ">": "greater_than_sign", "[": "left_square_bracket", "]": "right_square_bracket", "pgup": "pageup", "pgdn": "pagedown"}  # fmt: skip
LEAST = 3.0  # contrast of a glyph or a large letter against its ground (WCAG 2.2, 1.4.11)


def luminance(colour):
    parts = [one / 255 for one in colour]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def fits_and_reads(ana, size, where):
    strips = ana.app.screen._compositor.render_strips()
    assert len(strips) == size[1], where
    for strip in strips:
        assert strip.cell_length == size[0], f"{where}: {strip.text!r}"
        if where == "help":
            continue  # what lies behind it is dimmed
        for segment in strip:
            style = segment.style
            if not segment.text.strip() or style is None or style.color is None or style.bgcolor is None:
                continue
            if set(segment.text) & set("─│┃━▔▁▂▃▄▅▆▇█▊▎╭╮╰╯"):
                continue  # chrome may be quiet
            one, other = style.color.get_truecolor(), style.bgcolor.get_truecolor(foreground=False)
            assert contrast(one, other) >= LEAST, f"{where}: {segment.text!r} {one} on {other}"


@pytest.mark.parametrize(
    ("size", "theme"), [*((size, theme) for size in SIZES for theme in ("dark", "light")), (SIZES[0], "contrast")]
)
async def test_every_screen_fits_and_can_be_read(document, opened, monkeypatch, theme, size):
    monkeypatch.setenv("RBT_THEME", theme)
    path = document(PLAN)
    async with opened(size=size) as ana:
        await ana.reads("Release", "steps")
        fits_and_reads(ana, size, "library")
        await ana.press("comma")
        await ana.reads("Settings")
        fits_and_reads(ana, size, "settings")
    async with opened(path, size=size) as ana:
        await ana.reads("0/")
        for place, key in WALK.items():
            if key:
                await ana.press(key)
                await ana.pilot.pause(0.1)
            fits_and_reads(ana, size, place)
            if key:
                await ana.press("escape")
                await ana.pilot.pause(0.1)


def hints(ana):
    bars = ana.app.screen.query(KeyBar)
    return [hint for bar in bars for hint, *_ in bar._fitting()]


def picture(ana):
    return (ana.screen, len(ana.app.screen_stack), len(ana.app._notifications), ana.app.theme)


@pytest.mark.timeout(120)
async def test_every_key_of_every_footer_does_something(document, opened):
    path = document(PLAN)
    tried = 0
    async with opened(path, size=(200, 40)) as ana:
        await ana.reads("0/")
        for place, opening in WALK.items():
            if place in ("help", "by_hand"):
                continue
            if opening:
                await ana.press(opening)
                await ana.pilot.pause(0.1)
            for hint in hints(ana):
                key = KEYS.get(hint.key, hint.key)
                if hint.action in ("leave", "back", "help") or " " in hint.key:
                    continue
                depth = len(ana.app.screen_stack)
                before = picture(ana)
                await ana.press(key)
                await ana.until(lambda before=before: picture(ana) != before, f"{place}: {hint.key} {hint.label}", 5)
                tried += 1
                while len(ana.app.screen_stack) > depth or isinstance(ana.app.screen, ModalScreen):
                    await ana.pilot.pause(0.35)  # a question takes keys only when it was seen
                    await ana.press("escape")
                if len(ana.app.screen_stack) < depth:
                    await ana.press(opening)
                await ana.press("escape") if ana.app.focused and type(ana.app.focused).__name__ == "Input" else None
            if opening:
                for _ in range(3):
                    if len(ana.app.screen_stack) > 1:
                        await ana.press("escape")
                        await ana.pilot.pause(0.1)
    assert tried > 12
