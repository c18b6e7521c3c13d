"""A quick look finds what a look at every letter finds, the first time and later."""

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document import assent, signoffs, stems
from runbook_tui.document.stems import Stems, Words
from tests.unit.document.test_engine import CORPUS

PIECES = ("roll", "ack", "no ", "do it", "n't")


@given(st.lists(st.text(alphabet="rolackn'tdi \n.R", max_size=12), max_size=6))
def test_a_piece_is_found_wherever_it_stands(texts):
    looked = Stems(PIECES)
    for text in [*texts, *texts]:
        assert looked.found(text) == any(piece in text.lower() for piece in PIECES)


def test_an_expression_is_asked_of_each_word_once():
    asked = []
    looked = Words(lambda word: asked.append(word) or word == "stop", ["go on"])
    assert [looked.found(text) for text in ("All is well", "all STOP well", "stop", "is all", "Go on")] == [
        False,
        True,
        True,
        False,
        True,
    ]
    assert asked == ["all", "is", "well", "stop", "go", "on"]
    assert Stems(["a b"], r"\bgo\b").found("x-go!")
    assert not Stems(["a b"], r"\bgo\b").found("gone a-b")


def test_no_more_words_are_remembered_than_a_long_document_has(monkeypatch):
    monkeypatch.setattr(stems, "MOST", 3)
    looked = Stems(["x"])
    assert [looked.found(f"w{number} v{number}") for number in range(9)] == [False] * 9
    assert len(looked._without) < 6
    assert looked.found("w1 ax")
    assert not looked.found("w" * 99)
    assert looked.found("x" * 99)
    assert all(len(word) < 99 for word in looked._without | looked._with)


def test_a_box_that_says_nothing_of_an_assent_is_no_slot(monkeypatch):
    rows = {row.strip(" -*#>|[]") for path in CORPUS for row in path.read_text("utf-8", "replace").split("\n")}
    quiet = [text for text in sorted(rows) if not assent.spoken(text)]
    assert len(quiet) > 500
    monkeypatch.setattr(assent, "spoken", lambda raw: True)
    assert [text for text in quiet if signoffs.slot(text, box=True, signing=False) is not None] == []
