"""What is shown as a warning is not offered, whatever words the warning has; what is only like one is."""

import pytest

from runbook_tui.document import warned
from runbook_tui.document.reader import read


def commands(text):
    return [(one.text, one.why_not) for one in read(f"# R\n\n{text}\n".encode(), "r.md").commands]


@pytest.mark.parametrize(
    "lead",
    [
        "Things nobody should ever run on this broker:",
        "Things not to do, ever, on the ledger database:",
        "For the record, this is what NOT to type:",
        "Never this, it drops every open basket and support phones for a week:",
        "We have a script for it. Not like this:",
        "Strictly forbidden:",
        "Off limits in production:",
        "The following is forbidden on the primary:",
        "These must never be run by hand:",
        "Do not, under any circumstances, run:",
        "Resist the temptation to just run it by hand:",
        "No longer valid since the move to the new cluster:",
        "The old way, kept for reference:",
        "This is the one-liner that emptied the bucket in spring:",
    ],
)
def test_words_over_a_block_that_warn_of_it(lead):
    assert commands(f"{lead}\n\n```sh\nledgerctl wipe --all\n```") == [("ledgerctl wipe --all", "forbidden")]


@pytest.mark.parametrize(
    "lead",
    [
        "Compose tells you whether you broke the indentation:",
        "This must never be run before the dump is done:",
        "The old way still works if the script fails:",
        "Not this week, but when the disks have come:",
        "Nothing is forbidden here. Then:",
        "Things to do on the primary:",
    ],
)
def test_words_over_a_block_that_only_sound_like_a_warning(lead):
    assert commands(f"{lead}\n\n```sh\nledgerctl sync --all\n```") == [("ledgerctl sync --all", None)]


@pytest.mark.parametrize(
    "comment",
    [
        "NOT this",
        "not like this:",
        "never do this",
        "Wrong (locks the table):",
        "do not run this",
        "DO NOT run this, it makes the mirror diverge",
    ],
)
def test_a_comment_that_warns_of_what_stands_below_it(comment):
    assert warned.over("", "", comment)
    assert commands(f"```sh\n# {comment}\nledgerctl load --threads 64\n```") == [
        ("ledgerctl load --threads 64", "forbidden")
    ]


@pytest.mark.parametrize(
    "comment", ["note this: slow", "never mind the warnings", "wrong certificates are listed here"]
)
def test_a_comment_that_only_sounds_like_a_warning(comment):
    assert not warned.over("", "", comment)


@pytest.mark.parametrize("words", ["Do **not** run", "Please _never_ use", "do *not* try", "Don't ever type"])
def test_what_is_forbidden_in_a_sentence_is_none_to_run_however_it_is_stressed(words):
    assert commands(f'{words} `kubectl delete ns shop` to "clean up", as the wiki says.') == []


def test_what_follows_from_a_command_that_fails_is_not_asked_to_be_typed():
    assert commands("`nginx -t` not happy → copy the backup back.") == [("nginx -t", "mentioned")]
    assert commands("`nginx -t` → no errors.") == [("nginx -t", None)]
