"""What is left open in a command is found; what only looks so is not."""

import pytest

from runbook_tui.document import placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kubectl get <pod name> -n <ns>", ("<pod name>", "<ns>")),
        ("helm upgrade {{ release }} .", ("{{ release }}",)),
        ("image:${{ github.ref_name }}", ("${{ github.ref_name }}",)),
        ("curl https://x/{tenant_id}/health", ("{tenant_id}",)),
        ("ssh [HOST] [old-username]", ("[HOST]", "[old-username]")),
        ("ping your-host.example api.yourdomain.com", ("your-host.example", "yourdomain.com")),
        ("cat /path/to/file.txt", ("/path/to/file.txt",)),
        ("git tag v1.X.Y X.Y.Z i-XXXX", ("X.Y", "X.Y.Z", "XXXX")),
        ("pg_restore YYYY-MM-DD.dump", ("YYYY-MM-DD",)),
        ("export TOKEN=CHANGEME", ("CHANGEME",)),
        ("deploy ____", ("____",)),
        ("kubectl apply -f ...", ("...",)),
        ("a <x> b <x>", ("<x>",)),
    ],
)
def test_found_as_written_each_once(text, found):
    assert placeholders.texts(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "docker ps --format '{{.Names}}'",
        "docker inspect -f '{{json .State}}' x",
        "curl -w %{http_code} https://x",
        "seq {1..100}; cp a.{txt,bak}",
        "awk '{print}' file; jq '{name}' x",
        "echo ${HOME} ${X:?needed} $(ls)",
        "sort <in >out; cat <<EOF >x",
        "git show HEAD@{upstream} stash@{0}",
        "ls [a-z]* [[:digit:]] ${list[0]}",
        "go test ./...",
        "mktemp /tmp/x.XXXXXX",
        "echo $YOUR_TOKEN ${YOUR_NAME}",
        "python -c 'import __main__'",
        "diff <(ls a) <(ls b)",
    ],
)
def test_look_alikes_are_left_alone(text):
    assert placeholders.texts(text) == ()


def test_neutralised_text_keeps_its_shape():
    text = "kubectl get <pod>\nls {{ dir }}"
    plain = placeholders.neutralised(text)
    assert len(plain) == len(text)
    assert plain.count("\n") == 1
    assert "<" not in plain


def test_counted_over_the_document_with_their_first_line():
    (only,) = placeholders.count([(3, "ls\ncat <file>"), (9, "rm <file>")])
    assert (only.text, only.kind, only.count, only.first_line) == ("<file>", "angle", 2, 4)
