"""Documents written for other tools keep their meaning here, and say where their own tool would lose it."""

import pytest

from runbook_tui.document import annotation, info
from runbook_tui.document.reader import read
from runbook_tui.document.summary import summary


def book(text, sidecar=None):
    return read(text.encode(), "c.md", sidecar)


def codes(text, sidecar=None):
    return [finding.code for finding in book(text, sidecar).findings]


# each row: an info string, what Runme makes of it (peers.md §3.1, run there), what rbt makes of it
ROWS = [
    (
        'sh {"name":"x","cwd":"/tmp","promptEnv":"no","excludeFromRunAll":true,"terminalRows":20}',
        ("sh", {"name": "x", "cwd": "/tmp", "promptEnv": "no", "excludeFromRunAll": "true", "terminalRows": "20"}),
        ("sh", {"name": "x", "cwd": "/tmp", "promptEnv": "no", "excludeFromRunAll": True, "terminalRows": 20, "confirm": True}),
        False,
    ),
    (
        "sh { name=x cwd=/tmp interactive=false }",
        ("sh", {"name": "x", "cwd": "/tmp", "interactive": "false"}),
        ("sh", {"name": "x", "cwd": "/tmp", "interactive": "false"}),
        False,
    ),
    ('{"name":"n"}', ("", {"name": "n"}), ("", {"name": "n"}), False),
    ("bash {#id .class key=val}", ("bash", {"#id": "", ".class": "", "key": "val"}), ("bash", {"key": "val"}), False),
    ('bash title="x" {1,3-4}', ("bash", {"1,3-4": ""}), ("bash", {}), False),
    ("sh{name=foo}", ("sh{name=foo}", {"name": "foo"}), ("sh", {"name": "foo"}), True),
    ("sh {name = foo}", ("sh", {"name": "", "": "", "foo": ""}), ("sh", {"name": "foo"}), True),
    ('sh { name="my step" }', ("sh", {"name": '"my', 'step"': ""}), ("sh", {"name": "my step"}), True),
    ('sh { name: "test" }', ("sh", {"name:": "", '"test"': ""}), ("sh", {"name": "test"}), True),
    ('sh {"a":{"b":1},"name":"n"}', None, ("sh", {"a": {"b": 1}, "name": "n"}), True),
    ('sh {"name":"a}b"}', None, ("sh", {"name": "a}b"}), True),
    ("bash name=foo", ("bash", {}), ("bash", {"name": "foo"}), True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "theirs", "ours", "lost"), ROWS, ids=[row[0] for row in ROWS])
def test_runmes_info_strings(text, theirs, ours, lost):
    if theirs is not None:
        assert info.runme(text) == theirs
    assert annotation.info_string(text) == ours
    assert (info.lost(text) is not None) == lost
    assert ("RB152" in codes(f"# T\n\n```{text}\nls\n```\n")) == lost


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("sh {run=false}", "manual", True),
        ("bash norun", "manual", True),
        ("bash prompt", "manual", True),
        ('sh {"ignore":true}', "manual", True),
        ("sh {confirm}", "confirm", True),
        ('sh {"category":"db"}', "tag", "db"),
        ("sh {cwd=/srv}", "cwd", "/srv"),
    ],
)
def test_keys_of_others_in_our_words(text, key, value):
    assert annotation.info_string(text)[1][key] == value


def test_ignore_gives_way_to_transform():
    assert "manual" not in annotation.info_string('sh {"ignore":true,"transform":true}')[1]


def test_what_is_not_to_be_run_is_shown_with_the_reason():
    (command,) = book("# T\n\n```sh {run=false}\nls\n```\n").commands
    assert (command.runnable, command.why_not) == (False, "manual")


def test_another_interpreter_is_no_shell():
    assert book('# T\n\n```sh {"interpreter":"/usr/bin/python3"}\nls\n```\n').commands == ()
    assert book('# T\n\n```sh {"interpreter":"bash"}\nls\n```\n').commands


def test_the_front_matter_of_runme():
    text = "---\ncwd: /srv\nshell: bash\nskipPrompts: true\ntag: db\nrunme:\n  id: x\n---\n\n```sh\nls\n```\n"
    runbook = book(text)
    assert runbook.commands[0].cwd == "/srv"
    assert runbook.front_matter["runme"] == {"id": "x"}
    assert not runbook.findings


XC = """# P

## Tasks

### build

Builds it.
Requires: test
Env: A=1, B=2
**Directory:** ./src
Interactive: true

```sh
make

make install
```

### test
### lint

```
make lint
```

~~~sh
make more
~~~
"""


def test_tasks_of_xc():
    runbook = book(XC)
    make = runbook.commands[0]
    assert (make.cwd, make.env, make.behaviour) == ("./src", {"A": "1", "B": "2"}, "interactive")
    build = next(section for section in runbook.sections if section.title == "build")
    assert build.annotations["requires"] == "test"
    lost = [(finding.line, finding.message.split(":")[0]) for finding in runbook.findings if finding.code == "RB153"]
    assert [line for line, _ in lost] == [13, 19, 26, 26]
    assert len({what for _, what in lost}) == 4


def test_a_tasks_heading_alone_is_not_xc():
    assert "RB153" not in codes("# P\n\n## Tasks\n\n### one\n\n```sh\nls\n\nls\n```\n")


def test_commands_of_mask():
    text = '# M\n\n## deploy (image) [tag]\n\n**OPTIONS**\n* force\n  * flags: -f\n\n```bash {"name": "x"}\nmake $image\n```\n'
    runbook = book(text)
    section = next(section for section in runbook.sections if section.title.startswith("deploy"))
    assert section.annotations == {"arguments": ["image", "tag"], "options": ["force"]}
    assert [finding.code for finding in runbook.findings] == ["RB154", "RB154"]
    assert [command.text for command in runbook.commands] == ["make $image"]


DEV = """# D

```step name="move" rollback="back" timeout="30s"
confirm: production
timeout: 2m
---
kubectl apply -f x.yaml
```

```rollback name="back"
kubectl rollout undo deploy/x
```

```check name="seen"
kubectl get pods
cat <<EOF
---
EOF
```

```wait duration="60s"
```
"""


def test_blocks_of_runbook_dev():
    runbook = book(DEV)
    move, back, seen = runbook.commands[:3]
    assert (move.text, move.line, move.timeout, move.confirm) == ("kubectl apply -f x.yaml", 7, 120, True)
    assert move.undo == back.text == "kubectl rollout undo deploy/x"
    assert back.rollback
    assert seen.text == "kubectl get pods"
    assert [(f.code, f.line) for f in runbook.findings if f.code == "RB155"] == [("RB155", 17), ("RB155", 21)]


def test_expected_output_of_the_innovation_engine():
    runbook = book("# I\n\n```bash\naz group list\n```\n\n<!-- expected_similarity=0.8 -->\n\n```\nls -l\n```\n")
    (command,) = runbook.commands
    assert (command.expect, command.annotations["similarity"]) == ("ls -l", "0.8")


def test_a_sidecar_speaks_by_title_and_says_what_it_missed():
    text = "# T\n\n## Go\n\n```bash\n# 1. Ship it\nmake ship\n```\n"
    beside = {
        "target": "web-1", "colour": 1, "sections": {"go": {"cwd": "/srv"}}, "steps": {"ship IT": {"timeout": "5m"}, "gone": {}},
        "commands": {"make  ship": {"confirm": True, "hue": 2}}, "rbt": {"shade": 3},
    }  # fmt: skip
    runbook = book(text, beside)
    (command,) = runbook.commands
    assert (command.target, command.cwd, command.timeout, command.confirm) == ("web-1", "/srv", 300, True)
    assert [f.code for f in runbook.findings] == ["RB111", "RB111", "RB111", "RB113"]
    assert codes(text, {"steps": ["x"]}) == ["RB113"]


def test_a_comment_may_span_lines_and_quote():
    text = "# T\n\n<!-- rbt: timeout=5m\n     rollback=\"kubectl rollout undo deployment/api\"\n     env='A=1' -->\n```bash\nkubectl apply -f x\n```\n"
    (command,) = book(text).commands
    assert (command.timeout, command.undo, command.env) == (300, "kubectl rollout undo deployment/api", {"A": "1"})


def test_later_places_win():
    text = '---\ntimeout: 1s\ncwd: /a\ntarget: t\n---\n\n# T\n\n<!-- rbt: timeout=2s cwd=/b -->\n```bash {"timeout": "3s"}\nls\n```\n'
    (command,) = book(text).commands
    assert (command.timeout, command.cwd, command.target) == (3, "/b", "t")
    (command,) = book(text, {"commands": {"ls": {"timeout": "4s"}}}).commands
    assert command.timeout == 4


def test_summary_takes_it_all():
    assert summary(book(XC + DEV))
