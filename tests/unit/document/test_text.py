"""Bytes become lines that can be shown, or a clear refusal."""

import pytest

from runbook_tui.document.errors import Unreadable
from runbook_tui.document.text import decode, visible

# an emoji heading written as UTF-8 and read once as something else
AS_CP1252 = "## ✅ Checks ≥ 15 %".encode().decode("cp1252", "replace")


def codes(text):
    return {finding.code for finding in text.findings}


def test_plain_utf8_is_taken_as_it_is():
    text = decode("# Café\n\nDone ✅\n".encode(), "a.md")
    assert text.lines == ["# Café", "", "Done ✅"]
    assert not text.repaired
    assert text.findings == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_once(end):
    assert decode(end.join(["one", "", "three"]).encode(), "a.md").lines == ["one", "", "three"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_text(encoding):
    assert decode("# Ünïcode".encode(encoding), "a.md").lines == ["# Ünïcode"]


def test_windows_1252_is_read_and_said():
    text = decode(b"# R\xe9sum\xe9 \x96 plan\nplain\n", "a.md")
    assert text.lines == ["# Résumé – plan", "plain"]
    assert "RB102" in codes(text)


def test_one_foreign_line_does_not_spoil_the_others():
    text = decode("straße ✓\n".encode() + b"caf\xe9\n", "a.md")
    assert text.lines == ["straße ✓", "café"]


def test_mojibake_of_windows_is_repaired_line_by_line():
    text = decode("## âœ… Checks\n\n- [ ] budget (Â±15%)\n".encode(), "a.md")
    assert text.lines == ["## ✅ Checks", "", "- [ ] budget (±15%)"]
    assert text.repaired
    assert "RB101" in codes(text)


def test_mojibake_of_the_mac_is_repaired_too():
    text = decode("## \uf8ffüöÄ Overview\n‚îú‚îÄ‚îÄ Balancer\n## ‚ö° Speed\n".encode(), "a.md")
    assert text.lines == ["## 🚀 Overview", "├── Balancer", "## ⚡ Speed"]
    assert text.repaired


def test_an_emoji_that_lost_a_byte_is_shown_as_lost_not_guessed():
    text = decode("## ðŸ” Monitoring\n## ðŸ—ï¸ Configuration\n".encode(), "a.md")
    assert [line.isascii() or "\ufffd" in line for line in text.lines] == [True, True]
    assert all("Monitoring" in line or "Configuration" in line for line in text.lines)
    assert "RB105" in codes(text)


def test_foreign_languages_are_not_repaired():
    line = "déjà vu, größer, żółć, 検証, проверка"
    text = decode(line.encode(), "a.md")
    assert text.lines == [line]
    assert not text.repaired


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        ("\ufeff \u00a0\n".encode(), "blanks"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "binary"),
        (bytes(range(1, 32)) * 20, "binary"),
        (bytes(range(128, 256)) * 20, "not text"),
        (b"a" * (16 * 1024 * 1024 + 1), "16 MB"),
    ],
)
def test_what_is_no_document_is_refused_with_one_sentence(data, says):
    with pytest.raises(Unreadable) as refusal:
        decode(data, "night.md")
    message = str(refusal.value)
    assert "night.md" in message
    assert says in message
    assert "\n" not in message


def test_control_characters_are_seen():
    text = decode("title \x1b[31mred\x07\nback\u202eward\n".encode(), "a.md")
    assert text.lines == ["title ␛[31mred␇", "back⟨U+202E⟩ward"]
    assert text.hidden == {1: "\x1b\x07", 2: "\u202e"}
    assert "RB103" in codes(text)


def test_invisible_characters_go_but_are_remembered():
    text = decode("ls\u200b -l\n".encode(), "a.md")
    assert text.lines == ["ls -l"]
    assert text.hidden == {1: "\u200b"}


def test_tabs_and_joined_emoji_stay():
    assert visible("a\tb 👩\u200d🚒") == "a\tb 👩\u200d🚒"
