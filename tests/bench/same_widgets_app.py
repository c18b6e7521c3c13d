"""The widgets of the walk as Textual brings them, with a line of text in each: the floor for the walk's first frame."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Footer, Log, OptionList, Static


class SameWidgets(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", "leave"), Binding("question_mark", "help", "help")]
    CSS = "Static { height: auto; } OptionList, Vertical { width: 1fr; } Log, VerticalScroll { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Static("title")
        yield Static("map")
        yield Static("banner")
        with Horizontal():
            yield OptionList("a step")
            with Vertical():
                with VerticalScroll():
                    yield Static("head")
                    yield Static("body")
                yield Static("rollout")
                yield Log()
                with VerticalScroll():
                    yield Static("hosts")
        yield Static("devices")
        yield Static("first frame painted")
        yield Footer()


if __name__ == "__main__":
    SameWidgets().run()
