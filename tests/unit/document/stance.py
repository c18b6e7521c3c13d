"""What a document in a few rows asks for, as the tests of its words compare it."""

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Polarity


def triggers(*rows):
    """The line and polarity of each; what is to be thought about counts as a reason to go back."""
    runbook = read("\n".join([*rows, ""]).encode(), "rows.md")
    return {(one.line, "dont" if one.polarity is Polarity.DONT else "do") for one in runbook.triggers}


def polarities(text):
    """What each condition of a section asks for, in their order."""
    return [str(one.polarity) for one in read(f"# Market\n\n{text}\n".encode(), "m.md").triggers]
