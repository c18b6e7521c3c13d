"""Fences that carry files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.reader import read
from runbook_tui.document.transfers import Transfer, parsed

SHA = "a" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.txt -> /srv/a.txt", Transfer(source="a.txt", destination="/srv/a.txt")),
        ("a.txt → /srv/", Transfer(source="a.txt", destination="/srv/")),
        ("\"my file\" -> 'its place'", Transfer(source="my file", destination="its place")),
        (
            f"a -> b sha256={SHA.upper()} mode=0644",
            Transfer(source="a", destination="b", sha256=SHA, mode="0644"),
        ),
    ],
)
def test_a_line_names_one_file(text: str, expected: Transfer) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a b",
        "a -> ",
        "a -> b sha256=12",
        "a -> b mode=9",
        "a -> b colour=red",
        'a -> "b',
        "a -> b mode=644 mode=600",
    ],
)
def test_what_names_no_file_is_not_guessed(text: str) -> None:
    assert parsed(text) is None


@given(st.text(max_size=80))
def test_any_text_is_a_transfer_or_none(text: str) -> None:
    parsed(text)


def test_an_upload_fence_is_a_step_with_a_command_for_each_file() -> None:
    text = "# R\n\n## Go\n\nPut the release there:\n\n```upload\n# both\na.tar -> /srv/a.tar\n<cfg> -> /etc/app.conf\nnonsense\n```\n"
    book = read(text.encode(), "r.md", None)
    assert [(c.text, c.language, c.line, c.effect.value, c.why_not) for c in book.commands] == [
        ("a.tar -> /srv/a.tar", "upload", 9, "change", None),
        ("<cfg> -> /etc/app.conf", "upload", 10, "change", "placeholder"),
        ("nonsense", "upload", 11, "change", "not-a-transfer"),
    ]
    assert book.steps[0].title == "Put the release there"
