"""Three quiet themes with one accent colour each, and the same colours for widgets that draw their own lines."""

from __future__ import annotations

import os
from collections.abc import Mapping

from rich.style import Style
from textual.app import App
from textual.theme import Theme


def _scrollbar(bar: str, ground: str) -> dict[str, str]:
    grounds = ("background", "background-hover", "background-active", "corner-color")
    return {"scrollbar": bar, "scrollbar-hover": bar, "scrollbar-active": bar} | {
        f"scrollbar-{name}": ground for name in grounds
    }


DARK = Theme(
    name="rbt-dark",
    primary="#6cb6ff",
    accent="#6cb6ff",
    success="#83c28a",
    warning="#e3b56a",
    error="#f2797b",
    foreground="#d5dae1",
    background="#12151a",
    surface="#12151a",
    panel="#1c2129",
    dark=True,
    variables={
        "quiet": "#8b949e",
        "cursor-row": "#233047",
        "cursor-row-far": "#1c232e",
        "rule": "#39414d",
        **_scrollbar("#39414d", "#12151a"),
    },
)
LIGHT = Theme(
    name="rbt-light",
    primary="#0b5cad",
    accent="#0b5cad",
    success="#22702b",
    warning="#855300",
    error="#b3261e",
    foreground="#20252b",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#eeeeea",
    dark=False,
    variables={
        "quiet": "#5a636d",
        "cursor-row": "#cfe1f7",
        "cursor-row-far": "#e6ebf0",
        "rule": "#c4c8cc",
        **_scrollbar("#c4c8cc", "#fbfbf8"),
    },
)


CONTRAST = Theme(
    name="rbt-contrast",
    primary="#66d9ff",
    accent="#66d9ff",
    success="#5fff87",
    warning="#ffd75f",
    error="#ff8787",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    variables={
        "quiet": "#d0d0d0",
        "cursor-row": "#00457a",
        "cursor-row-far": "#303030",
        "rule": "#9e9e9e",
        **_scrollbar("#ffffff", "#303030"),
    },
)
EVERY = (DARK, LIGHT, CONTRAST)
NAMES = ("dark", "light", "contrast")


def preferred(chosen: str = "auto") -> str:
    """The theme asked for by RBT_THEME, else the chosen one, else what the terminal says of its ground (COLORFGBG)."""
    for asked in (os.environ.get("RBT_THEME", ""), chosen):
        if asked in NAMES:
            return f"rbt-{asked}"
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name


MOST_GROUNDS = 100  # that are remembered


class Pens:
    """Rich styles by the names the rows use: success, warning, error, accent, quiet, strong."""

    def __init__(self, variables: dict[str, str]) -> None:
        colours = {name: variables[name] for name in ("success", "warning", "error", "accent", "quiet", "rule")}
        self._styles = {name: Style(color=colour) for name, colour in colours.items()}
        self._styles |= {
            "": Style.null(),
            "strong": Style(bold=True),
            "cursor": Style(bgcolor=variables["cursor-row"]),
            "cursor-far": Style(bgcolor=variables["cursor-row-far"]),
        }

        self._on: dict[Style, _Grounded] = {}

    def __getitem__(self, name: str) -> Style:
        if name in self._styles:
            return self._styles[name]
        style = Style.combine([self._styles[part] for part in name.split()])  # "strong accent"
        self._styles[name] = style
        return style

    def on(self, ground: Style) -> Mapping[str, Style]:
        """The same pens as they look on that ground."""
        found = self._on.get(ground)
        if found is None:
            if len(self._on) > MOST_GROUNDS:
                self._on.clear()
            found = self._on[ground] = _Grounded(self, ground)
        return found


class _Grounded(dict[str, Style]):
    """Worked out once for each pen: adding styles up for every piece of every line takes longer than drawing it."""

    def __init__(self, pens: Pens, ground: Style) -> None:
        super().__init__()
        self._pens = pens
        self._ground = ground

    def __missing__(self, name: str) -> Style:
        style = self[name] = self._ground + self._pens[name]
        return style


_BY_THEME: dict[str, Pens] = {}


def pens(app: App[object]) -> Pens:
    """The pens of the app's present theme."""
    if app.theme not in _BY_THEME:
        _BY_THEME[app.theme] = Pens(app.theme_variables)
    return _BY_THEME[app.theme]
