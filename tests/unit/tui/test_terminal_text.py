"""Laws of what a program's bytes may do to the screen: colour it, and nothing else."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from runbook_tui.tui.terminal_text import plain, safe, segments

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
pieces = st.sampled_from(
    [
        b"\x1b[31m", b"\x1b[0m", b"\x1b[38;5;200m", b"\x1b[38;2;1;2;3m", b"\x1b[48:5:9m", b"\x1b[999999999m", b"\x1b[;;m",
        b"\x1b]0;title\x07", b"\x1b]52;c;aGk=\x1b\\", b"\x1b]8;;http://x\x07", b"\x1bP1$r\x1b\\", b"\x1b_apc\x1b\\",
        b"\x1b[2J", b"\x1b[H", b"\x1b[?1049h", b"\x1b[6n", b"\x1bc", b"\x1b(0", b"\x1b[", b"\x1b", b"\x9b31m",
        "\x9b31m".encode(), "\x9d0;t\x9c".encode(), "\u202e".encode(), "\u2066".encode(), "\u200f".encode(), b"\r", b"\b",
        b"\t", b"\x00", b"\x7f", b"\xff\xfe", "漢字".encode(), "e\u0301".encode(), "👩‍🚒".encode(), b"text",
    ]
)  # fmt: skip
streams = st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=20).map(b"".join))


@given(streams)
@example(b"\x1b]0;x")
@example("\x9b".encode())
@example(b"a\x1b[3\x1b[31m")
def test_no_bytes_bring_a_control_to_the_screen(data):
    text = "".join(segment.text for segment in segments(data.replace(b"\n", b"")))
    for char in text:
        assert unicodedata.category(char) not in ("Cc", "Cs"), f"U+{ord(char):04X}"
        assert char not in BIDI


@given(streams)
def test_no_control_segment_is_ever_made(data):
    assert all(segment.control is None for segment in segments(data.replace(b"\n", b"")))


@given(st.text())
def test_a_safe_text_is_one_line_without_controls(text):
    assert all(unicodedata.category(char) not in ("Cc", "Cs") and char not in BIDI for char in safe(text))


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text):
    assert plain(text.encode()) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"10 %\r20 %\r30 %", "30 %"),
        (b"done\r", "done"),
        (b"a\tb", "a       b"),
        ("漢\tb".encode(), "漢      b"),
        (b"\x1b[31mred\x1b[0m plain", "red plain"),
        (b"N\bNA\bAM\bME\bE", "NAME"),
        ("ad\u202emin".encode(), "ad‹RLO›min"),
        (b"\x1b]52;c;aGVsbG8=\x07after", "after"),
        (b"\x1b]0;never ends", ""),
        (b"nul\x00here", "nul␀here"),
        (b"\xff\xfe", "��"),
        ("\x85next".encode(), "‹85›next"),
        ("zero\u200bwidth".encode(), "zerowidth"),
    ],
)
def test_what_is_shown(data, text):
    assert plain(data) == text


def test_colours_are_kept_and_nothing_blinks_or_hides():
    red, rest = segments(b"\x1b[1;31mred\x1b[0m rest")
    assert red.style.bold
    assert red.style.color.number == 1
    assert rest.style is None
    (blinking,) = segments(b"\x1b[5;8mhere\x1b[0m")
    assert blinking.style is None
    (true,) = segments(b"\x1b[38;2;10;20;300mx")
    assert true.style.color.triplet == (10, 20, 255)
    (indexed,) = segments(b"\x1b[48;5;123mx")
    assert indexed.style.bgcolor.number == 123


def test_a_line_of_tabs_and_wide_letters_keeps_its_columns():
    text = plain("漢字\tend".encode())
    assert cell_len(text[: text.index("end")]) == 8
