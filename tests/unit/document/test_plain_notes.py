"""Notes without fences: what was typed at a prompt or stands alone below a colon, and prose that looks like it."""

import pytest

from runbook_tui.document.reader import read


def typed(text):
    return [(command.line, command.text) for command in read(text.encode(), "notes.md").commands]


@pytest.mark.parametrize(
    "row",
    [
        "$ systemctl stop nginx",
        "# systemctl stop nginx".replace("#", "root@web1:~#"),
        "deploy@web1:/srv$ systemctl stop nginx",
        "[root@web1 ~]# systemctl stop nginx",
        "% systemctl stop nginx",
    ],
)
def test_a_line_at_a_prompt_in_a_paragraph_was_typed(row):
    assert typed(f"# Move\n\nFirst the old host:\n{row}\n") == [(4, "systemctl stop nginx")]
    assert typed(f"# Move\n\n{row}\n") == [(3, "systemctl stop nginx")]


def test_what_the_machine_answered_is_not_typed():
    text = "# Move\n\n$ lpstat -r\nscheduler is running\n$ df -h /var\n/dev/sda1  20G  11G\n"
    assert typed(text) == [(3, "lpstat -r"), (5, "df -h /var")]


@pytest.mark.parametrize(
    "row",
    [
        "$ 5 a month is what the old host costs",
        "$HOME is read from the environment",
        "$ is the prompt of a user",
        "% of hosts that are done",
        "git $ is not a prompt here",
        "$ make sure that nobody is logged in",
        "$ somebody with -v in the name",
    ],
)
def test_money_and_variables_are_no_prompt(row):
    assert typed(f"# Move\n\nSome words first.\n{row}\n") == []


@pytest.mark.parametrize(
    ("lead", "row"),
    [
        ("Copy the queue:", "rsync -aH old:/var/spool/cups/ new:/var/spool/cups/"),
        ("On the new host:", "systemctl enable --now cups"),
        ("Once the old one is empty:", "docker compose -f old.yml down"),
        ("Then look whether it answers:", "curl -fsS http://localhost:631/"),
    ],
)
def test_a_command_alone_below_a_colon_is_one(lead, row):
    assert typed(f"# Move\n\n{lead}\n\n{row}\n\nThat was it.\n") == [(5, row)]


@pytest.mark.parametrize(
    ("lead", "row"),
    [
        ("Never run this:", "docker rm -f old"),
        ("Do not use:", "docker rm -f old"),
        ("It printed:", "docker run -d nginx"),
        ("Output:", "docker run -d nginx"),
        ("The process is:", "nginx -g daemon"),
        ("We ran:", "docker rm -f old"),
        ("Usage:", "git commit -m message"),
        ("The options look like:", "docker run -d name"),
        ("Note:", "curl is needed with the -k flag for old hosts"),
        ("Remember:", "find the -name option in the manual"),
        ("Remember:", "git commit needs -m."),
        ("That was it.", "docker rm -f old"),
    ],
)
def test_what_only_looks_like_one_is_not_taken(lead, row):
    assert typed(f"# Move\n\n{lead}\n\n{row}\n\nThat was it.\n") == []


def test_what_has_no_fence_is_offered_and_not_run():
    text = b"# Move\n\nCopy the queue:\n\nrsync -aH old:/var/spool new:/var/\n\n$ systemctl stop nginx\n"
    assert [command.runnable for command in read(text, "notes.md").commands] == [False, False]


@pytest.mark.parametrize(
    "line",
    [
        "To kill: `kubectl -n shop scale deploy/search --replicas=0`",
        "Kill switch: `flagctl set search off`",
        "**Switch off:** `flagctl set search off`",
        "Stop it: `systemctl stop search`.",
        "Emergency stop: `bin/stop-search --all`",
        "Who is on it: `kubectl -n shop get pods`",
    ],
)
@pytest.mark.parametrize("heading", ["Deploy", "Abort criteria"])
def test_a_short_label_before_code_says_what_it_does(line, heading):
    above = "Abort if p99 is above 2 s for 5 minutes.\n\n" if heading != "Deploy" else ""
    found = read(f"# T\n\n## {heading}\n\n{above}{line}\n".encode(), "label.md")
    assert [command.text for command in found.commands if command.runnable] == [line.split("`")[1]]
    assert len(found.triggers) == bool(above)


def test_the_way_to_end_it_among_the_conditions_is_no_condition():
    text = "# T\n\n## Abort criteria\n\n- error rate above 3 %\n- Kill: `flagctl set search off`\n- p99 above 2 s\n"
    found = read(text.encode(), "label.md")
    assert [command.text for command in found.commands] == ["flagctl set search off"]
    assert [trigger.line for trigger in found.triggers] == [5, 7]


@pytest.mark.parametrize(
    "line",
    [
        "Metric: `http_requests_total`",
        "File: `/etc/search/search.yaml`",
        "Output: `searchctl 1.2.3 ready`",
        "Result: `systemctl is active`",
        "Expected: `kubectl rollout restarted`",
        "It prints: `kubectl -n shop get pods`",
        "Error seen: `kubectl get pods: connection refused`",
        "The log says: `systemctl restart search`",
        "Log line: `systemd restart of unit failed`",
        "Query: `sum(rate(http_requests_total[5m])) > 5`",
        "Title: `git push failed on main`",
    ],
)
@pytest.mark.parametrize("heading", ["Deploy", "Abort criteria"])
def test_a_label_of_what_is_seen_offers_nothing(line, heading):
    above = "Abort if p99 is above 2 s for 5 minutes.\n\n" if heading != "Deploy" else ""
    found = read(f"# T\n\n## {heading}\n\n{above}{line}\n".encode(), "label.md")
    assert not [command.text for command in found.commands if command.runnable]


def test_a_condition_with_code_stays_a_condition():
    text = (
        "# T\n\n## Abort criteria\n\n- `kubectl get pods` shows CrashLoopBackOff\n- Stop rate: `rate(stops[5m]) > 3`\n"
    )
    assert [trigger.line for trigger in read(text.encode(), "label.md").triggers] == [5, 6]


@pytest.mark.parametrize("words", ["replace `N` with the weight", "Substitute `N` by your number of the stage"])
def test_a_letter_that_is_to_be_replaced_is_asked(words):
    text = f"# T\n\nSet it ({words}):\n\n```sh\nkubectl scale deploy/api --replicas=N\n```\n"
    (command,) = read(text.encode(), "letter.md").commands
    assert command.placeholders == ("N",)
    assert not command.runnable


@pytest.mark.parametrize("typed", ["kubectl -n $NS get pods", "curl -N http://localhost/", "make NEW=1 all"])
def test_a_letter_inside_of_words_is_left_alone(typed):
    text = f"# T\n\nSet it (replace `N` with the weight):\n\n```sh\n{typed}\n```\n"
    (command,) = read(text.encode(), "letter.md").commands
    assert command.placeholders == ()
