"""While a document is read no cycles are searched, and afterwards as before."""

import gc

import pytest

from runbook_tui.document import reader
from runbook_tui.document.errors import Unreadable


@pytest.fixture
def searched():
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


def test_cycles_are_searched_again_after_a_document_and_after_one_that_is_none(searched, monkeypatch):
    gc.enable()
    seen = []
    whole = reader._read
    monkeypatch.setattr(reader, "_read", lambda *args: (seen.append(gc.isenabled()), whole(*args))[1])
    reader.read(b"# Title\n\n- [ ] Do it\n", "a.md")
    with pytest.raises(Unreadable):
        reader.read(b"\x00", "a.md")
    assert seen == [False, False]
    assert gc.isenabled()


def test_who_searches_none_goes_on_so(searched):
    gc.disable()
    reader.read(b"# Title\n", "a.md")
    assert not gc.isenabled()


def test_a_reading_leaves_no_cycles_behind(searched):
    text = (
        "# Title\n" + "\n## Part\n\nSome *words* with `code`.\n\n- [ ] Do it\n\n```bash\nkubectl get pods\n```\n" * 20
    )
    reader.read(text.encode(), "a.md")
    gc.collect()
    reader.read(text.encode(), "a.md")
    assert gc.collect() < 200
