"""Commands that a sentence asks for in passing, and tools that nobody else knows."""

import pytest

from runbook_tui.document.reader import read


def said(text):
    return [(c.text, c.why_not) for c in read(("# Plan\n\n## Work\n\n" + text).encode(), "plan.md").commands]


ASKED = [
    "Then point the mill to the new bin (`consulctl kv put mill/bin 7`) and open the gates.",
    "If it comes up twice, stop it at once (`consulctl kv put mill/bin 7`) and wait.",
    "Leave it for an hour with a real load job (`consulctl kv put mill/bin 7`).",
    "Millers, with your own key (`consulctl kv put mill/bin 7`):",
    "Don't forget to give it back: `consulctl kv put mill/bin 7`",
    "First find the reason with `consulctl kv put mill/bin 7`.",
    "If it is clean, try once `consulctl kv put mill/bin 7`.",
    "More than one: STOP, `consulctl kv put mill/bin 7` and call Ida.",
    "`consulctl kv put mill/bin 7` has to be your tag.",
    "A stop is the belt, `consulctl kv put mill/bin 7` on the box shows you.",
    "Then load the old bins, the owner looks on, e.g. `consulctl kv put mill/bin 7`.",
]
NOT_ASKED = [
    "The bin is kept (`consulctl kv put mill/bin 7`) and the gates stay open.",
    "The millers are with their own key (`consulctl kv put mill/bin 7`) since May.",
    "Never point the mill to it (`consulctl kv put mill/bin 7`) by hand.",
    "Don't do it with `consulctl kv put mill/bin 7`.",
    "It was done with a tool, e.g. `consulctl kv put mill/bin 7`.",
    "`consulctl kv put mill/bin 7` was what we typed.",
    "The command `consulctl kv put mill/bin 7` was used to find it.",
]
TYPED_ONCE = "```bash\nconsulctl kv list\nconsulctl kv get mill/bin\n```\n\n## Later\n\n"


@pytest.mark.parametrize("sentence", ASKED)
def test_a_sentence_asks_for_it(sentence):
    found = dict(said(TYPED_ONCE + sentence + "\n"))
    assert found["consulctl kv put mill/bin 7"] in {None, "session"}


@pytest.mark.parametrize("sentence", NOT_ASKED)
def test_a_sentence_does_not(sentence):
    assert dict(said(TYPED_ONCE + sentence + "\n")).get("consulctl kv put mill/bin 7", "mentioned") == "mentioned"


@pytest.mark.parametrize(
    "box",
    [
        "`kubectl get nodes -o wide` was clean in the small mill",
        "last night's `kubectl get nodes -o wide` succeeded",
        "nobody has `kubectl get nodes -o wide` open",
    ],
)
def test_what_a_box_tells_of_the_past_is_not_run_again(box):
    assert said(f"- [ ] {box}\n") == [("kubectl get nodes -o wide", "mentioned")]


@pytest.mark.parametrize("box", ["`kubectl get nodes -o wide` shows three", "Let's look: `kubectl get nodes -o wide`"])
def test_what_a_box_asks_for_now_is(box):
    assert said(f"- [ ] {box}\n") == [("kubectl get nodes -o wide", None)]


def test_what_a_question_refuses_is_not():
    assert said("`kubectl delete pod mill-0`? No.\n") in ([], [("kubectl delete pod mill-0", "mentioned")])


@pytest.mark.parametrize(
    "text",
    ["Open the request with `hack/open.sh`.", "- [ ] Sync the recipes: `hack/open.sh`", "Now run `hack/open.sh`."],
)
def test_a_script_by_its_path_is_run(text):
    assert said(text + "\n") == [("hack/open.sh", None)]


@pytest.mark.parametrize(
    "text", ["The work is done by `hack/open.sh`.", "- [ ] Edit the script: `hack/open.sh`", "See `hack/open.sh`."]
)
def test_a_script_that_is_only_named_is_not(text):
    assert said(text + "\n") == []


def test_tools_typed_in_indented_code_are_those_of_the_house():
    text = "From your laptop:\n\n    millsynth run --suite smoke\n    millsynth report --last\n"
    assert said(text) == [("millsynth run --suite smoke", "unlabelled"), ("millsynth report --last", "unlabelled")]


def test_indented_prose_is_none():
    assert said("As it was told:\n\n    the miller went to the river\n    the miller came back --so they say\n") == []


def test_what_leaves_a_shell_stays_among_commands():
    assert [text for text, _ in said("```\ncp /a /b\nexit\n```\n")] == ["cp /a /b", "exit"]
    assert said("```\nexit\n```\n") == []


def test_a_sentence_goes_on_where_the_last_block_was():
    text = "```console\n$ ssh mill2\nmill2:~# dmesg -T | tail\n```\n\nIf it is clean, run `systemctl restart mill`.\n"
    assert said(text)[-1] == ("systemctl restart mill", "session")
    back = text.replace("If it is clean, run", "On your laptop run")
    assert said(back)[-1] == ("systemctl restart mill", None)
    left = text.replace("| tail\n", "| tail\nmill2:~# exit\n")
    assert said(left)[-1] == ("systemctl restart mill", None)


def test_numbered_by_hand_and_back_on_ones_own_machine():
    text = (
        "4.1 Stop it.\n\n    $ ssh mill2\n    mill2:~# systemctl stop mill\n\n4.2 From your own laptop, look at it.\n\n"
        "    curl -s http://mill2/health\n"
    )
    assert said(text)[-1] == ("curl -s http://mill2/health", "unlabelled")
