"""`make screenshots`: the pictures of the README, made by walking the quickstart in the real app.

Each picture is an SVG as the app draws it and a PNG of it. The PNG wants resvg-py and a monospace font;
without them the SVG stands alone and it is said so.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp

HERE = Path(__file__).parent.parent
PICTURES = HERE / "screenshots"
RBT = Path(sys.executable).parent / "rbt"
FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono")


@asynccontextmanager
async def app(size: tuple[int, int], **opening: str) -> AsyncIterator[Pilot[None]]:
    desk = LocalDesk()
    screen = RunbookApp(desk, **opening)
    async with screen.run_test(size=size) as pilot:
        yield pilot


async def until(pilot: Pilot[None], there: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not there():
            await pilot.pause(0.05)
    await pilot.pause(0.3)


def text_of(pilot: Pilot[None]) -> str:
    screen = pilot.app.screen
    lines = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


async def seen(pilot: Pilot[None], text: str) -> None:
    await until(pilot, lambda: text in text_of(pilot))


def keep(pilot: Pilot[None], name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    svg = pilot.app.export_screenshot(title="rbt")
    (PICTURES / f"{name}.svg").write_text(svg)
    try:
        import resvg_py
    except ImportError:
        print(f"{name}.svg (no PNG: resvg-py is not installed)")
        return
    font = next((name for name in FONTS), "monospace")
    plain = svg.replace("Fira Code", font)
    (PICTURES / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=plain, monospace_family=font, zoom=1.5)))
    print(f"{name}.svg, {name}.png")


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.25)


async def quickstart() -> None:
    """Walk the quickstart by its keys, with a picture at each turn."""
    async with app((140, 40), open_path="runbooks/quickstart.md") as pilot:
        await seen(pilot, "Start the lab")
        await press(pilot, "enter")
        await seen(pilot, "run it on")
        keep(pilot, "confirm")


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        os.environ["RBT_STATE"] = state
        os.chdir(HERE)
        try:
            asyncio.run(quickstart())
        finally:
            subprocess.run([RBT, "lab", "down"], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
