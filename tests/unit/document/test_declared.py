"""Names in capitals that the words call placeholders are asked for; variables and plain words in capitals are not."""

import pytest

from runbook_tui.document import declared, placeholders
from runbook_tui.document.reader import read

BLOCK = '```sh\nfleetctl move DEPOT --to "zone=RING" --report /tmp/DEPOT-moved.json\n```\n'


def asked(words):
    command = read(f"# Move\n\n{words}\n\n{BLOCK}".encode(), "move.md").commands[-1]
    return command.placeholders, command.why_not


@pytest.mark.parametrize(
    "words",
    [
        "Placeholders: `DEPOT` is the short name (as `basel`), `RING` the network it is on.",
        "Placeholders used below:\n\n- `DEPOT`: the short name\n- `RING`: the network",
        "## Placeholders\n\n| Name | Meaning |\n|---|---|\n| `DEPOT` | its short name |\n| `RING` | the network |\n\n## Work",
        "In the commands `DEPOT` and `RING` are to be replaced.",
        "```sh\nfleetctl hold --depot-name DEPOT --ring=RING\n```\n\nThen:",
        "where `DEPOT` is the depot's name and `RING` stands for the network:",
        "Move it, replacing DEPOT and RING:",
        "Fill in DEPOT, RING.",
        "Replace DEPOT with the short name. Substitute RING by its network.",
    ],
)
def test_names_that_the_words_call_placeholders(words):
    assert asked(words) == (("DEPOT", "RING"), "placeholder")


@pytest.mark.parametrize(
    "words",
    [
        "There are no placeholders: `DEPOT` is a real one, and `RING` too.",
        "`DEPOT` is the default, `RING` the alternative.",
        "```sh\nfleetctl hold --level RING --method DEPOT\n```\n\nThen:",
        "Replace DEPOT RING with the new one, replacing DEPOT boxes and RING cables.",
        "Placeholders: none.\n\n`DEPOT` and `RING` are written as they are.",
        "Placeholders: `DEPOT` and `RING` come from the shell, first `export DEPOT=basel RING=r2`.",
    ],
)
def test_names_in_capitals_that_are_none(words):
    (command,) = [one for one in read(f"# Move\n\n{words}\n\n{BLOCK}".encode(), "m.md").commands if "move" in one.text]
    assert command.placeholders == ()


def test_a_declared_name_stands_only_as_a_word_of_its_own():
    assert declared.read(["Placeholders: `RING`"]) == ("RING",)
    assert placeholders.texts("stop STRING", ("RING",)) == ()
    assert placeholders.texts("stop ring-RING.x", ("RING",)) == ("RING",)


@pytest.mark.parametrize(
    ("code", "blanks"),
    [
        ('bin/rails "jobs:pause[ACCOUNT_ID]"', ("ACCOUNT_ID",)),
        ("snap create before-CHGxxxx", ("CHGxxxx",)),
        ("scp dump you@backup-host:/srv/", ("you",)),
        ("echo ${rows[ROW_ID]}", ()),
        ("scp dump thankyou@backup-host:/srv/", ()),
        ("ssh mill1 sha256sum /srv/pkg/NAME/NAME-VERSION.tar.zst", ("NAME", "VERSION")),
        ("helm rollback mill REVISION -n mill --wait", ("REVISION",)),
        ("kubectl set image deploy/mill mill=reg.mill/mill:OLD_SHA", ("OLD_SHA",)),
        ("docker pull reg.mill/mill:VERSION", ("VERSION",)),
        ("ln -sfn /srv/mill/releases/OLDSHA /srv/mill/current", ("OLDSHA",)),
        ("millctl set URL=postgres://USER:PASSWORD@HOST:5432/mill", ("USER", "PASSWORD", "HOST")),
        ("ssh ops@HOST uptime", ("HOST",)),
        ("ssh HOST uptime", ("HOST",)),
        ("kubectl cordon NODE", ("NODE",)),
        ("git checkout TAG", ("TAG",)),
        ("ssh gpu-NN.mill.example", ("NN",)),
        ("ssh mill-0N sudo systemctl stop mill", ("N",)),
        ("wc -l batches/NN.txt", ("NN",)),
        ("tar xf mill-VERSION.tar.gz", ("VERSION",)),
        ("cat VERSION README.md /srv/mill/current/REVISION", ()),
        ("git add VERSION", ()),
        ("cat /srv/mill/REVISION", ()),
        ("kubectl get nodes -o custom-columns=NAME:.metadata.name,GPU:.status.allocatable", ()),
        ("curl -H PRIVATE-TOKEN:$TOKEN -H 'X-API-VERSION: 2' https://mill/", ()),
        ("git reset --hard HEAD", ()),
        ("psql -c 'SELECT NAME, VERSION FROM mills'", ()),
        ("echo $HOST ${NODE} $USER@$HOST", ()),
        ("export VERSION && make release", ()),
        ("for HOST in a b; do ssh $HOST uptime; done", ()),
        ("cp docs/RELEASE-NOTES.md /srv/www/DATE", ()),
        ("make USER=mill HOST=db-1", ()),
    ],
)
def test_more_forms_of_what_is_left_open(code, blanks):
    assert placeholders.texts(code) == blanks
