"""The rules asked by first character make of any text what the parser makes of it by asking all of them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from mdit_py_plugins.front_matter import front_matter_plugin

from runbook_tui.document import dispatch, markdown

PLAIN = markdown.plain_parser().use(front_matter_plugin)
SWIFT = dispatch.by_first_character(markdown.plain_parser().use(front_matter_plugin))
PIECES = st.sampled_from(
    ["- ", "* ", "+ ", "1. ", "2) ", "> ", "    ", "  ", "\t", "# ", "## x", "```", "~~~", "---", "===", "***", "- - -",
     "| a | b |", "|---|---|", "--|--", ":-:", "<div>", "</div>", "<!-- c -->", "[a]: /x", "[a]", "[ ] box", "[a\\]: b",
     ":::note", ":::", "!!! note", "??? tip", "!", "words", "a | b", "=", "-", "_", "\\", "é", " ", "&amp;", "-x", "--- x"]
)  # fmt: skip
ROWS = st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=14)


def tokens(parser, text):
    return [token.as_dict() for token in parser.parse(text, {})]


@given(ROWS)
def test_the_same_blocks_come_out(rows):
    text = "\n".join(rows)
    assert tokens(SWIFT, text) == tokens(PLAIN, text)


def test_the_same_blocks_come_out_of_whole_documents():
    for path in Path(__file__).parent.glob("*/*.md"):
        text = path.read_text("utf-8", "replace")
        assert tokens(SWIFT, text) == tokens(PLAIN, text), path.name
