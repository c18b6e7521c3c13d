"""Tools that only a document knows, and what is typed where no shell is."""

import pytest

from runbook_tui.document import house
from runbook_tui.document.reader import read


def said(text):
    return [(command.text, command.why_not) for command in read(text.encode(), "house.md").commands]


def test_what_is_typed_again_and_again_is_a_tool():
    text = "- [ ] Freeze: `depot lock --site a`\n- [ ] `depot sync a`\n- [ ] Thaw with `depot unlock a`\n"
    assert said(text) == [("depot lock --site a", None), ("depot sync a", None), ("depot unlock a", None)]


def test_a_name_that_ends_like_a_tool_is_one_at_once():
    assert said("- [ ] Drain: `gridctl drain east`\n") == [("gridctl drain east", None)]


def test_words_in_code_are_no_tool():
    assert house.tools(
        ["The `status field` is set and the `status page` says so.", "`error rate` and `error budget`"]
    ) == (frozenset())


def test_a_block_without_a_label_holds_what_is_typed():
    text = "```\nplanectl freeze --all\nplanectl list\n```\n"
    assert said(text) == [("planectl freeze --all", "unlabelled"), ("planectl list", "unlabelled")]


def test_a_converter_wrote_java_over_every_block():
    text = "```java\nplanectl freeze --all\nplanectl list\n```\n\n```java\nint planectl = 1;\n```\n"
    assert said(text) == [("planectl freeze --all", "unlabelled"), ("planectl list", "unlabelled")]


def test_what_is_typed_at_a_router_is_not_run_here():
    text = "| # | Action |\n|---|---|\n| 1 | On R1: `show ip route` |\n| 2 | On R1: `show version` |\n"
    assert [why for _, why in said(text)] == ["session", "session"]
    assert said("```\nswitch# reload in 5\n```\n") == [("reload in 5", "session")]


def test_a_loop_in_code_is_typed():
    assert said("- [ ] Thaw: `for x in a b; do depot unlock $x; done`\n") == [
        ("for x in a b; do depot unlock $x; done", None)
    ]


@pytest.mark.parametrize("version", ["release/24.XX", "v1.4.0-rcN", "3.1-rc.N"])
def test_a_version_with_letters_is_to_be_filled_in(version):
    assert said(f"```bash\ngit checkout {version}\n```\n") == [(f"git checkout {version}", "placeholder")]
