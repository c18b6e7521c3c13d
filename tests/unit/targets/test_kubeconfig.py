"""Which cluster, as whom."""

import json
import sys

import pytest
import yaml

from runbook_tui.targets.kubernetes.faults import NoCluster
from runbook_tui.targets.kubernetes.kubeconfig import access, merged, paths

PLUGIN = """\
import json, os, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
open(os.environ["CALLS"], "a").write("x")
assert sys.stdin.read() == "", "it got the terminal"
assert info["spec"]["interactive"] is False
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential",
                  "status": {"token": "from-the-plugin", "expirationTimestamp": os.environ["UNTIL"]}}))
"""


def config(path, name, user, **cluster):
    path.write_text(
        yaml.safe_dump(
            {
                "current-context": name,
                "clusters": [{"name": "c", "cluster": {"server": f"https://{name}", **cluster}}],
                "users": [{"name": name, "user": user}],
                "contexts": [{"name": name, "context": {"cluster": "c", "user": name, "namespace": f"ns-{name}"}}],
            }
        )
    )
    return path


async def test_several_files_are_one_and_the_first_of_a_name_counts(tmp_path) -> None:
    one = config(tmp_path / "one", "a", {"token": "t"}, **{"certificate-authority": "ca.crt"})
    two = config(tmp_path / "two", "b", {"token": "u"})
    environ = {"KUBECONFIG": f"{one}:{tmp_path / 'missing'}:{two}"}
    how = await access(environ)
    assert (how.context, how.server, how.namespace) == ("a", "https://a", "ns-a")
    assert how.config["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "ca.crt")
    other = await access(environ, context="b")
    assert other.server == "https://a"  # both call their cluster "c"
    assert [str(path) for path in paths({"HOME": "/home/ana"})] == ["/home/ana/.kube/config"]


async def test_a_plugin_is_asked_without_the_terminal_and_kept_until_it_expires(tmp_path, monkeypatch) -> None:
    script = tmp_path / "plugin.py"
    script.write_text(PLUGIN)
    call = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)]}
    path = config(tmp_path / "config", "a", {"exec": call})
    calls = tmp_path / "calls"
    environ = {"KUBECONFIG": str(path), "CALLS": str(calls), "UNTIL": "2099-01-01T00:00:00Z"}
    for _ in range(3):
        how = await access(environ)
    assert how.config["users"][0]["user"] == {"token": "from-the-plugin"}
    assert how.expires is not None
    assert calls.read_text() == "x"
    late = {**environ, "UNTIL": "2020-01-01T00:00:00Z"}
    call["args"].append("other")
    config(tmp_path / "config", "a", {"exec": call})
    await access(late)
    await access(late)
    assert calls.read_text() == "xxx"


@pytest.mark.parametrize(
    ("command", "why"),
    [("/no/such/plugin", "cannot be run"), (sys.executable, "gave no credentials")],
)
async def test_a_plugin_that_fails_is_one_sentence(tmp_path, command, why) -> None:
    call = {"apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": ["-c", "print('no')"]}
    path = config(tmp_path / "config", "a", {"exec": call})
    with pytest.raises(NoCluster, match=why) as error:
        await access({"KUBECONFIG": str(path)})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["{", "[1, 2]", json.dumps({"clusters": None}), "\x00"])
def test_a_broken_file_is_one_sentence_or_nothing(tmp_path, content) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    said = ""
    try:
        merged([path])
    except NoCluster as error:
        said = str(error)
    assert "\n" not in said
