"""Commands between sentences, at root's prompt, of the house, and those that nobody is to type."""

import pytest

from runbook_tui.document.reader import read

RUN = None


def typed(text: str, heading: str = "## Mill") -> list[tuple[str, str | None]]:
    book = read(f"# Grinding\n\n{heading}\n\n{text}\n".encode(), "mill.md")
    return [(command.text, command.why_not) for command in book.commands]


def fence(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Is a job left over? `squeue -h -t R | wc -l`", RUN),
        ("Old jobs are a tradition here. `scancel --state=RUNNING`.", RUN),
        ("Stop the writers. `systemctl stop millwright` and then have the proxy pause.", RUN),
        ("On the box `systemctl stop millwright`.", "session"),
        ("First the proxy, then on both nodes `systemctl stop millwright`.", "session"),
        ("Make sure that `systemctl is-active millwright` says inactive.", RUN),
        ("Your colleague types `systemctl stop millwright`.", RUN),
        ("Old jobs are a tradition here. `scancel --state=RUNNING` asks nobody.", "mentioned"),
        ("Old jobs are left. `scancel --state=RUNNING` in the night job is enough.", "mentioned"),
    ],
)
def test_between_sentences(text: str, found: str | None) -> None:
    assert [why for _, why in typed(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "Some tools list more, e.g. `kubectl get pods`.",
        "There is a shortcut. `kubectl delete pod mill-0` skips the drain hook.",
        ":warning: `kubectl delete pod mill-0` is not what you want here.",
        "**Note:** `kubectl delete pod mill-0` is not what you want here.",
        "Equivalent to running `kubectl delete pod mill-0` first.",
    ],
)
def test_what_is_only_told_is_not_offered(text: str) -> None:
    assert all(why is not RUN for _, why in typed(text))


def test_what_is_typed_on_a_named_host_is_not_run_here() -> None:
    text = "On mill-db01 `dnf -y downgrade 'mill*'`, `rm -f /var/mill/lock` and `systemctl start mill`."
    book = read(f"# Grinding\n\n{text}\n".encode(), "mill.md")
    assert [(one.why_not, one.said_target) for one in book.commands] == [("session", "mill-db01")] * 3


def test_the_host_may_stand_behind() -> None:
    book = read(b"# Grinding\n\n- [ ] Wipe: `rm -rf /var/mill/*` on mill-3 (only there)\n", "mill.md")
    assert [(one.why_not, one.said_target) for one in book.commands] == [("session", "mill-3")]


@pytest.mark.parametrize("where", ["k8s", "rhel9", "every mill"])
def test_what_is_no_host(where: str) -> None:
    assert [why for _, why in typed(f"- [ ] Wipe: `rm -rf /var/mill/*` on {where}")] == [RUN]


def test_several_machines_have_no_one_name() -> None:
    book = read(b"# Grinding\n\n- [ ] Wipe: `rm -rf /var/mill/*` on 10 nodes\n", "mill.md")
    assert [(one.why_not, one.said_target) for one in book.commands] == [("session", None)]


def test_a_session_is_left_by_hand() -> None:
    assert typed("1. Start it\n2. Leave the session: `exit`", "## Steps") == [("exit", "session")]


def test_a_box_in_a_row_asks_for_its_command() -> None:
    rows = "| Check | Done |\n|---|---|\n| `kubectl version` reports the target | [ ] |"
    assert typed(rows) == [("kubectl version", RUN)]


def test_a_fact_in_a_table_is_no_order() -> None:
    assert typed("| Fact | Value |\n|---|---|\n| Method | `millctl restart --all` at night |") == [
        ("millctl restart --all", "mentioned")
    ]
    assert typed("| Step | Action |\n|---|---|\n| 1 | `millctl restart --all` at night |") == [
        ("millctl restart --all", RUN)
    ]


def test_root_types_tools_that_nobody_knows() -> None:
    block = fence("console", "# millgrp -g all 'touch /etc/nologin'", "# millctl list | head -3", "mill: a", "mill: b")
    assert typed(block) == [("millgrp -g all 'touch /etc/nologin'", RUN), ("millctl list | head -3", RUN)]


def test_answers_that_look_like_yaml_do_not_hide_what_root_typed() -> None:
    answers = ["milldbd: debug:  table has changed", "milldbd: adding a column", "milldbd: started"]
    assert typed(fence("console", "# systemctl stop milldbd", *answers)) == [("systemctl stop milldbd", RUN)]


@pytest.mark.parametrize(
    "lines",
    [
        ("# restart the mills --all if they hang", "mill: ok"),
        ("# then wait", "mill: ok"),
        ("# see also /etc/mill for the rest", "mill: ok"),
    ],
)
def test_a_comment_in_a_console_is_a_comment(lines: tuple[str, ...]) -> None:
    assert all(why is not RUN for _, why in typed(fence("console", *lines)))


def test_a_block_of_nothing_but_roots_prompts() -> None:
    block = "By hand, as root:\n\n    # cp /etc/mill/a.bak /etc/mill/a\n    # systemctl reload mill\n"
    assert [why for _, why in typed(block)] == ["unlabelled", "unlabelled"]
    assert [why for _, why in typed(fence("bash", "# cp /etc/mill/a.bak /etc/mill/a"))] in ([], ["commented"])


@pytest.mark.parametrize(
    ("prompt", "text"),
    [("[ceph: root@adm01 /]#", "ceph -s"), ("[root@esx07:~]", "esxcli system version get")],
)
def test_other_prompts(prompt: str, text: str) -> None:
    assert typed(fence("", f"{prompt} {text}", "version: 3"))[0][0] == text


def test_an_alias_is_a_command() -> None:
    text = "We have `alias kk='kubectl -n mill'`.\n\nOne mill is missing. `kk describe pod mill-0`. Wait."
    assert ("kk describe pod mill-0", RUN) in typed(text)
    assert typed("One mill is missing. `kk describe pod mill-0`. Wait.") == []


def test_a_loop_on_one_line_without_a_label() -> None:
    loop = "for n in a b c; do curl -sk https://mill-$n.example.com/health; done"
    assert typed(fence("", loop)) == [(loop, "unlabelled")]
    assert typed(fence("", "for the first time; do not stop; done soon")) == []


def test_the_second_line_of_a_tool_of_the_house() -> None:
    assert typed(fence("sh", "millctl route reset", "millctl route show")) == [
        ("millctl route reset", RUN),
        ("millctl route show", RUN),
    ]


def test_statements_are_for_the_console_they_are_typed_at() -> None:
    block = fence("console", "$ psql -h mill pool", "pool=# PAUSE grain;", "pool=# SHOW POOLS;", "pool=# \\q")
    assert [why for _, why in typed(block)][1:] == ["other-shell"] * 3


def test_a_version_to_fill_in() -> None:
    assert typed(fence("sh", "export TARGET=<1.xx>")) == [("export TARGET=<1.xx>", "placeholder")]


@pytest.mark.parametrize(
    ("heading", "lead"),
    [
        ("## How NOT to do it", "People copy this from the old wiki:"),
        ("## Mill", "**Don't ever do this** (somebody did):"),
        ("## Mill", "Things people will tell you to do, and which you will not do:"),
        ("## Mill", "Never run these:"),
        ("## Mill", "Wrong, and seen in the wild:"),
        ("## Mill", "Don't:"),
    ],
)
@pytest.mark.parametrize("language", ["bash", ""])
def test_what_is_forbidden_is_not_offered(heading: str, lead: str, language: str) -> None:
    found = typed(f"{lead}\n\n{fence(language, 'kubectl -n mill delete pod mill-0')}", heading)
    assert found == [("kubectl -n mill delete pod mill-0", "forbidden")]


@pytest.mark.parametrize(
    "lead",
    [
        "Do not run this on the primary:",
        "Do it like this, never by hand:",
        "Never run two mills at once. Stop one:",
        "Don't forget the last one:",
        "Bad mills are stopped with:",
    ],
)
def test_what_is_forbidden_elsewhere_is_offered(lead: str) -> None:
    assert [why for _, why in typed(f"{lead}\n\n{fence('bash', 'kubectl -n mill delete pod mill-0')}")] == [RUN]


def test_a_remark_beside_a_command_forbids_it() -> None:
    assert typed(fence("bash", "kubectl get pods", "kubectl delete ns mill   # NO")) == [
        ("kubectl get pods", RUN),
        ("kubectl delete ns mill   # NO", "forbidden"),
    ]
    assert typed(fence("bash", "kubectl get pods   # no restarts expected")) == [
        ("kubectl get pods   # no restarts expected", RUN)
    ]


@pytest.mark.parametrize(
    "words", ["Flags go after `kubectl mill`, not before.", "1. The namespace comes right behind `kubectl get`."]
)
def test_how_a_command_is_written_runs_nothing(words: str) -> None:
    assert [why for _, why in typed(words) if why == RUN] == []
