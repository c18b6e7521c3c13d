"""The smallest Textual app: the floor for the time to a first frame."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("first frame painted")


if __name__ == "__main__":
    Minimal().run()
