"""What is typed although the words around it sound otherwise: below a result that was told, on paths of a project,
by programs nobody knows, in text that hangs below a box."""

import pytest

from runbook_tui.document.reader import read


def commands(text):
    return [(one.text, one.why_not) for one in read(f"# R\n\n{text}\n".encode(), "r.md").commands]


@pytest.mark.parametrize(
    "lead",
    [
        "Returns a ticket number. Follow it:",
        "All rings go back when the results are wrong, no matter how many customers see it.",
        "The output is long. Look at the last page:",
    ],
)
def test_a_block_below_words_that_only_mention_a_result_is_typed(lead):
    block = "```sh\nkubectl get events -A --field-selector reason=Failed\nringctl overlay build\n```"
    assert [why for _, why in commands(f"{lead}\n\n{block}")] == [None, None]


@pytest.mark.parametrize("lead", ["Returns three pods.", "You should see:", "The result is this:"])
def test_a_block_below_words_that_announce_a_result_is_none(lead):
    assert [why for _, why in commands(f"{lead}\n\n```sh\nring-a 3/3 ok\nring-b 3/3 ok\n```")] == ["output"]


def test_programs_of_a_project_are_known_by_their_path():
    rows = "cd /srv/mill/current\nbin/console grain:migrate --all core\nvendor/bin/haul rollback stage=prod\nbin/console cache:clear"
    assert [text for text, _ in commands(f"```\n{rows}\n```")] == rows.split("\n")
    assert commands("Then `bin/console cache:clear`.") == [("bin/console cache:clear", None)]
    assert commands("Nobody touches `bin/console` is what the wiki says.") == []
    assert commands("```\nbin/console is what you want to read about\n```") == []


def test_a_program_with_options_below_a_command_is_another_one():
    rows = "./make-list.py --depot basel > list.xml\nxmlgauge --quiet --schema list.xsd list.xml"
    assert [text for text, _ in commands(f"```\n{rows}\n```")] == rows.split("\n")
    answer = "./make-list.py --depot basel\nwrote list.xml with 3 rows"
    assert [text for text, _ in commands(f"```\n{answer}\n```")] == ["./make-list.py --depot basel"]


def test_all_of_a_block_that_is_typed_on_another_machine_is_typed_there():
    rows = "stopmill r3\ncp -rp /mill/bin /mill/bin.sav\nGRINDX -xvf /install/MILL.SAR -R /mill/bin\nstartmill r3"
    assert commands(f"on all 5 instances, millop:\n\n```\n{rows}\n```") == [
        (row, "session") for row in rows.split("\n")
    ]
    assert commands("Names of the jobs:\n\n```\nstopmill r3\nstartmill r3\n```") == []


def test_prompts_of_other_shells():
    rows = "mill01:~> ssh mill02\nmill02:millop 1> millctl -nr 01 -function GetList\nmill02:millop 2> millctl -nr 01 -function GetQueue"
    assert [text for text, _ in commands(f"```\n{rows}\n```")] == [row.split("> ")[1] for row in rows.split("\n")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(`millctl` is ours. If you don't have it: `brew install mill/tap/millctl`)", "brew install mill/tap/millctl"),
        ("Post in the channel with the output of `docker compose ps` and your file.", "docker compose ps"),
        ("- [ ] Messages of the meantime are exported with `docker exec mill export`", "docker exec mill export"),
        ("The roll-out is to be halted, `kubectl rollout pause deploy/mill`.", "kubectl rollout pause deploy/mill"),
        ("6.1 `./steer.py --from A --to B --now`", "./steer.py --from A --to B --now"),
    ],
)
def test_more_ways_to_ask_for_a_command_in_passing(text, code):
    assert (code, None) in commands(text)


@pytest.mark.parametrize(
    "text",
    [
        "We don't restart it with `systemctl restart mill`.",
        "The output of `docker compose ps` is long.",
        "The list was exported with `docker exec mill export`.",
    ],
)
def test_what_is_only_told_is_not_asked_for(text):
    assert (None) not in [why for _, why in commands(text)]


def test_text_that_hangs_below_a_box_is_read_as_text():
    text = (
        "[ ] 4.1 Put the night run on hold\n\n    On the master (`ssh ops@sched1`), type:\n\n"
        '        nightman "hold RUN#1.@"\n        nightman "show RUN#1.@"\n\n'
        '[ ] 4.2 After both have signed, on sched1: `nightman "release RUN#1.@"`\n'
    )
    assert commands(text) == [
        ("ssh ops@sched1", None),
        ('nightman "hold RUN#1.@"', "session"),
        ('nightman "show RUN#1.@"', "session"),
        ('nightman "release RUN#1.@"', "session"),
    ]
    assert commands("[ ] 4.1 Hold it\n\n    kubectl scale deploy/mill --replicas=0\n") == [
        ("kubectl scale deploy/mill --replicas=0", "unlabelled")
    ]


def test_a_condition_names_the_command_to_look_with():
    text = "Don't fail over when\n\n- the second site is more than 60 s behind (`./lag.sh b`)\n- there is a storm\n"
    assert commands(text) == [("./lag.sh b", None)]


def test_a_later_clause_puts_it_on_other_machines():
    text = "Restore: attach the clone, then on every instance the old kernel back and `systemctl start mill`."
    assert commands(text) == [("systemctl start mill", "session")]
