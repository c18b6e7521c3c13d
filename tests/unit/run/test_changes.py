"""How an edited document differs from the one a run follows."""

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.reader import read
from runbook_tui.run.changes import MOST, compare, told

TEXT = "# T\n\n- [ ] One\n- [ ] Two\n\n```bash\n# Apply\ntouch a\n```\n"


def difference(before, after):
    return compare(read(before.encode(), "t.md"), read(after.encode(), "t.md"))


def test_what_was_edited_is_shown_with_its_line_and_its_neighbours():
    assert difference(TEXT, TEXT.replace("Two", "Three")).text == (
        ("@", "line 3"),
        (" ", "- [ ] One"),
        ("-", "- [ ] Two"),
        ("+", "- [ ] Three"),
        (" ", ""),
    )


def test_edits_far_from_each_other_are_shown_apart():
    text = TEXT + "\nText.\n" * 9
    found = difference(text, text.replace("One", "First") + "\nEnd.\n").text
    assert [line for sign, line in found if sign == "@"] == ["line 2", "line 27"]


def test_the_same_text_differs_in_nothing():
    assert told(["a", "b"], ["a", "b"]) == ()


def test_a_long_difference_is_told_up_to_its_most():
    found = told([], [f"line {number}" for number in range(MOST + 40)])
    assert len(found) == MOST + 1
    assert found[-1] == ("@", "41 more lines")


def test_texts_that_have_nothing_in_common_cost_no_long_look():
    before, after = ([f"{name} {number}" for number in range(20_000)] for name in "ab")
    assert told(before, after) == (("@", "lines 1 to 20000 are otherwise"),)


lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


@given(lines, lines)
def test_what_is_taken_out_and_put_in_makes_the_one_from_the_other(before, after):
    """Both from the same difference: what is neither told as gone nor as new stands in both."""
    found = told(before, after)
    gone, new = ([text for sign, text in found if sign == wanted] for wanted in "-+")
    left, kept = list(before), list(after)
    for text in gone:
        left.remove(text)
    for text in new:
        kept.remove(text)
    assert sorted(left) == sorted(kept)
    assert bool(found) == (before != after)
