"""Text that is said again and again: painted when it is other text, laid out when it takes other room."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def put(widget: Static, content: Content) -> None:
    """Show the text. The same costs nothing, and one of the same height no layout of the screen."""
    before = widget.content
    if not isinstance(before, Content):
        widget.update(content)
        return
    if before.plain == content.plain and before.spans == content.spans:
        return
    width, rules = widget.content_size.width, widget.styles.get_rules()
    same = width > 0 and before.get_height(rules, width) == content.get_height(rules, width)
    widget.update(content, layout=not same)
