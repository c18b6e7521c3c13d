"""What stands in code and nobody types here: settings of a service, and words to be sent to others."""

import pytest

from runbook_tui.document.reader import read

SETTINGS = (
    "NODE_ENV=production\nDATABASE_URL=postgresql://user:password@host/shop\nREDIS_URL=redis://host:6379\nPORT=8080"
)
LATER = "\n## Backup\n\n```bash\npg_dump $DATABASE_URL -Fc -f before.dump\n```\n"
LOOKED_AT = [
    "Verify the following variables are set in production:",
    "Check that these environment variables exist on the platform:",
    "The service reads these variables:",
    "Make sure the settings of the app are right:",
    "These must be configured in the dashboard before the release:",
    "Required environment variables:",
    "The container expects the following configuration:",
    "Confirm the secrets in the vault:",
    "Compare with the values in Heroku:",
    "The following environment variables should be present in the task definition:",
]
LOOKED_AT += [
    "These secrets live in Vault:",
    "Add the following to the task definition:",
    "Put these into the settings of the app in Heroku:",
    "Our values come from the parameter store:",
    "Enter them in the dashboard of the provider:",
    "Store in GitHub secrets:",
]
TYPED = [
    "Set these variables in your shell, the commands below use them:",
    "Make sure that the following variables are set in your terminal before you run the commands:",
    "First set:",
    "Define the variables for the steps below:",
    "",
]


def offered(text):
    return [command.text for command in read(text.encode(), "typed.md").commands if command.runnable]


@pytest.mark.parametrize("lead", LOOKED_AT)
def test_settings_that_are_looked_at_are_not_typed_though_one_is_used_later(lead):
    assert offered(f"# T\n\n## Settings\n\n{lead}\n\n```bash\n{SETTINGS}\n```\n{LATER}") == [
        "pg_dump $DATABASE_URL -Fc -f before.dump"
    ]


@pytest.mark.parametrize("heading", ["Environment Variables", "3. Required variables", "🔐 Env vars", "App settings"])
def test_a_heading_says_so_too(heading):
    assert len(offered(f"# T\n\n## {heading}\n\n```bash\n{SETTINGS}\n```\n{LATER}")) == 1


@pytest.mark.parametrize("lead", TYPED)
def test_variables_for_the_commands_below_are_typed(lead):
    text = f"# T\n\n## Prepare\n\n{lead}\n\n```bash\nHOST=db-1\nSTAMP=2026-01-01\n```\n\n```bash\nssh $HOST true $STAMP\n```\n"
    assert offered(text) == ["HOST=db-1", "STAMP=2026-01-01", "ssh $HOST true $STAMP"]


def test_what_all_is_used_below_a_heading_of_variables_is_typed():
    text = "# T\n\n## Environment variables\n\n```bash\nHOST=db-1\nSTAMP=2026\n```\n\n```bash\nssh $HOST true $STAMP\n```\n"
    assert len(offered(text)) == 3


LETTERS = [
    "- [ ] Announce: mailing list, Mastodon\n\n  > Subject: [ANN] shop 2.0\n  >\n  > Upgrade with `pip install -U shop`.\n",
    "Post this in #general:\n\n> We are live. Clear your cache with `rm -rf ~/.cache/shop`.\n",
    "Send the customers this mail:\n\n> Dear customers,\n>\n> please run `pip install -U shop` today.\n",
    "> Hi all,\n>\n> the cluster is back. Log in again: `kubectl oidc-login get-token`\n",
    "Template of the notice:\n\n> Maintenance is over, restart your client with `systemctl restart shop-agent`.\n",
    "1. Tell the users:\n\n   > Please type `sudo shop-client refresh`\n",
    "Reply to the ticket with:\n\n> Fixed. Run `apt-get update` to get it.\n",
    "- Inform support:\n\n  > Subject: window closed\n  > Users may need `docker compose pull`.\n",
    "Send this to the testers:\n\n> Hello testers,\n>\n> ```bash\n> pip install -U shop\n> ```\n",
    "Wording for the status page:\n\n> Use `curl -sI https://shop.example.org` to see whether you are on the new version.\n",
]
LETTERS += [
    '- [ ] Post in #ops: "Rolling back with `helm rollback api`"\n',
    'Reply with "fixed by `systemctl restart api`".\n',
    "1. Write in the ticket: “we ran `kubectl rollout undo deploy/api` at 10:00”\n",
    "Tell the users:\n\n- close the client\n- run `shop-client refresh --all`\n",
]
ADVICE = [
    'Say "go" in the channel, then run `kubectl get pods`.\n',
    "- [ ] Post the start in #ops and run `kubectl get pods`\n",
    "Inform the team, then:\n\n- run `kubectl get pods`\n",
    "> **Note:** run `systemctl restart api` first.\n",
    "Then:\n\n> Run `kubectl get pods` and wait.\n",
    "Before you send anything, look at the queue.\n\n> Run `kubectl get pods` and wait.\n",
]


@pytest.mark.parametrize("text", LETTERS)
def test_a_letter_is_sent_and_not_typed(text):
    assert read(f"# T\n\n## After\n\n{text}".encode(), "letter.md").commands == ()


@pytest.mark.parametrize("text", ADVICE)
def test_a_quote_of_advice_is_read(text):
    assert len(offered(f"# T\n\n## Deploy\n\n{text}")) == 1


TERMINALS = {
    "prompts in a quote": ("> $ kubectl get pods\n> $ kubectl get nodes\n", ["kubectl get pods", "kubectl get nodes"]),
    "a prompt and what came out": ("> $ date\n> Mon Jan 5\n> $ uptime\n", ["date", "uptime"]),
    "words, then prompts": ("> Restart it:\n>\n> $ systemctl restart api\n", ["systemctl restart api"]),
    "words right above": ("> Restart it:\n> $ systemctl restart api\n", ["systemctl restart api"]),
    "a prompt with user and host": ("> ana@web-1:~$ git pull\n", ["git pull"]),
    "a line that goes on": (
        "> $ kubectl scale deploy/api \\\n>   --replicas=3\n",
        ["kubectl scale deploy/api \\\n  --replicas=3"],
    ),
    "in an item": ("1. Look\n\n   > $ kubectl get pods\n", ["kubectl get pods"]),
    "pre": ("<pre>\n$ kubectl get pods\nNAME  READY\n$ date\n</pre>\n", ["kubectl get pods", "date"]),
    "pre and code": ("<pre><code>$ systemctl restart api\n</code></pre>\n", ["systemctl restart api"]),
    "pre with a class": ('<pre class="terminal">\n$ date\n</pre>\n', ["date"]),
    "one line of pre": ("<pre>$ uptime</pre>\n", ["uptime"]),
    "entities": ("<pre>\n$ cat a &amp;&amp; cat b &gt; c\n</pre>\n", ["cat a && cat b > c"]),
    "bold in pre": ("<pre>\n$ <b>uptime</b>\n 10:11 up\n</pre>\n", ["uptime"]),
    "pre in an item": ("1. Look\n\n   <pre>\n   $ uptime\n   </pre>\n", ["uptime"]),
}


@pytest.mark.parametrize("name", TERMINALS)
def test_a_terminal_pasted_into_a_quote_or_into_html(name):
    text, typed = TERMINALS[name]
    runbook = read(f"# T\n\n## Deploy\n\n{text}".encode(), "pasted.md")
    assert [command.text for command in runbook.commands] == typed
    for command in runbook.commands:
        first = command.text.split("\n")[0].split()[0]
        assert first in runbook.lines[command.line - 1]


PASTED_WORDS = [
    "> Prices start at $ 5 a month.\n",
    "> $5 a month\n",
    "<pre>\nNAME   READY\napi-0  1/1\n</pre>\n",
    "<pre>\nkey: value\nother: value\n</pre>\n",
    "> It costs\n> $ 20 for each of them\n",
]


@pytest.mark.parametrize("text", PASTED_WORDS)
def test_no_prompt_no_terminal(text):
    assert read(f"# T\n\n## Deploy\n\n{text}".encode(), "pasted.md").commands == ()


STATES = [
    "The standby is our fallback, it must be at the same position before you stop it.",
    "You should be on the bastion. The list should be short.",
    "Both must be healthy, this can be seen in the dashboard.",
]


@pytest.mark.parametrize("lead", STATES)
def test_commands_below_a_sentence_of_how_things_should_be_are_typed(lead):
    text = f"# T\n\n## Stop\n\n{lead}\n\n```bash\nssh db-2 'sudo systemctl stop postgresql'\nsudo systemctl stop postgresql\n```\n"
    assert len(offered(text)) == 2


@pytest.mark.parametrize("lead", ["You should see:", "The file must look like this:", "It should be:"])
def test_what_should_come_out_is_not_typed(lead):
    assert offered(f"# T\n\n## Look\n\n{lead}\n\n```bash\nsudo systemctl stop postgresql\n```\n") == []


def test_a_command_kept_in_a_variable_is_known_later():
    text = (
        "# T\n\n## Go\n\n```bash\nexport PGB=\"psql -h pgb\"\n$PGB -c 'PAUSE orders;'\n```\n\n"
        "- [ ] `$PGB -c 'SHOW POOLS;'` shows `cl_active = 0`\n- [ ] `$OTHER` is set\n- [ ] `$PGB` is set\n"
    )
    assert [command.text for command in read(text.encode(), "variable.md").commands][2:] == ["$PGB -c 'SHOW POOLS;'"]


@pytest.mark.parametrize(
    "item",
    [
        'Deprecations that were due are removed (`grep -rn "versionremoved" src/`)',
        "No open pull requests are left (`gh pr list --state open`)",
        "The queue was drained (`rabbitmqctl list_queues name messages`)",
    ],
)
def test_a_box_may_say_in_brackets_how_to_see_it(item):
    assert len(offered(f"# T\n\n## Go\n\n- [ ] {item}\n")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Going back: `helm rollback portal -n claims --wait`, then leave the page on.",
        "The way back: `helm rollback portal -n claims --wait`.",
        "To roll back, run `helm rollback portal -n claims --wait`.",
        "How to go back: `helm rollback portal -n claims --wait`",
        "Rolling back takes a minute: `helm rollback portal -n claims --wait`",
    ],
)
def test_the_way_back_may_stand_below_its_conditions(words):
    text = f"# T\n\n### Abort criteria\n\nAbort the launch when ANY of these is true:\n\n1. Error rate > 3%\n2. Data wrong\n\n{words}\n"
    found = read(text.encode(), "back.md")
    assert [command.text for command in found.commands] == ["helm rollback portal -n claims --wait"]
    assert len(found.triggers) == 2
