"""Pieces of the corpora put together anew, and bash as a second opinion on everything that is offered to run."""

import itertools
from pathlib import Path

import pytest

from runbook_tui.document.reader import read
from tests.bench import recombine

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*Path(__file__).parent.glob("*/*.md"), *(ROOT / "runbooks").glob("*.md")])


def test_documents_made_of_pieces_of_others_are_read():
    made = recombine.documents([path.read_text("utf-8", "replace") for path in DOCUMENTS])
    wrong = [(number, recombine.broken(text)) for number, text in enumerate(itertools.islice(made, 30))]
    assert [(number, said) for number, said in wrong if said] == []


@pytest.mark.skipif(recombine.BASH is None, reason="bash is not installed")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_bash_accepts_what_is_offered_to_run(path):
    commands = [command.text for command in read(path.read_bytes(), path.name).commands if command.runnable]
    assert [(text, said) for text in commands if (said := recombine.refused(text))] == []


@pytest.mark.skipif(recombine.BASH is None, reason="bash is not installed")
@pytest.mark.parametrize("text", ["if true; then ls", "echo 'a", "cat <<EOF\na\n EOF", "ls | | wc", "done", "a (b)"])
def test_bash_has_an_opinion(text):
    assert recombine.refused(text)
    assert not any(command.runnable for command in read(f"```bash\n{text}\n```\n".encode(), "x.md").commands)
