"""A screen drawn from the front: what lies behind something else, or on lines that nobody has changed, costs nothing.

The library draws every widget that touches the rectangle around all changes, whole, from the front to the back; of
a key that moves a cursor, and of a flood that is followed, most of the time went there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip


class FromTheFront(Compositor):
    """Of a screen; the picture is the same."""

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        """By line and column, the piece that is seen there; pieces outside of what is asked for may be missing."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        lines = [y for y in crop.line_range if 0 <= y < len(cuts) and is_rendered_line(y)]
        left, right = crop.column_span
        missing = {
            y: sum(end > left and start < right for start, end in zip(cuts[y], cuts[y][1:], strict=False))
            for y in lines
        }
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if not seen or not crop.overlaps(seen):
                continue
            own = [y for y in lines if seen.y <= y < seen.bottom and missing[y]]
            if not own:
                continue
            first = own[0]
            strips = widget.render_lines(Region(seen.x - region.x, first - region.y, seen.width, own[-1] - first + 1))
            for y in own:
                there = [cut for cut in cuts[y] if seen.x <= cut <= seen.right]
                line = chops[y]
                pieces = strips[y - first].divide([cut - seen.x for cut in there[1:]])
                for start, end, piece in zip(there, there[1:], pieces, strict=False):
                    if line[start] is None:
                        line[start] = piece
                        missing[y] -= end > left and start < right
            lines = [y for y in lines if missing[y]]
            if not lines:
                break
        return chops  # type: ignore[return-value]  # what is missing is passed over, as the library says of its own


def draw_from_the_front(screen: Screen[Any]) -> None:
    """To be called when the screen is made."""
    screen._compositor = FromTheFront()  # noqa: SLF001 - the library has no other door to it
