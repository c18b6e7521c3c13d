"""One shell per run: what a command leaves is there for the next, whatever it did on its way out."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_tui.run.ports import TargetError
from runbook_tui.targets.order import quoted

from .conftest import Bench, sweep, tools


async def both(bench, first, second):
    """Run one command and then another; what the second one wrote."""
    await bench.then(first)
    result, out = await bench.then(second)
    assert result.exit == 0, (result, out)
    return out


async def test_the_first_command_starts_at_home_with_nothing_set(bench):
    _, out = await bench.then('pwd; echo $# "$0"')
    assert out == f"{bench.home}\n0 bash\n"


async def test_folder_variables_and_functions_are_carried(bench):
    out = await both(
        bench,
        "mkdir -p sub && cd sub; A=1; export B='two words'; f() { echo f $A $1; }",
        "pwd; sh -c 'echo $A-$B'; f x; cd - >/dev/null; pwd",
    )
    assert out == f"{bench.home}/sub\n-two words\nf 1 x\n{bench.home}\n"


async def test_arrays_and_attributes_are_carried(bench):
    out = await both(
        bench,
        "a=(1 '' 'b c'); declare -A m=([k v]='w x' [y]=z); declare -i n=4; declare -n ref=n; e=()",
        'n=n+1; echo ${#a[@]} "${a[2]}" "${m[k v]}" $n $ref ${#e[@]}; declare -p e',
    )
    assert out == "3 b c w x 5 5 0\ndeclare -a e=()\n"


@pytest.mark.parametrize(
    "ending",
    [
        "exit 3",
        "false",
        "set -e; false; X=never",
        "set -u; echo $nope; X=never",
        "trap 'echo mine' EXIT",
        "trap 'echo mine' EXIT; exit 4",
        "trap 'echo mine $?' 0 INT; set -e; false",
        "trap 'exit 9' EXIT",
        "trap - EXIT",
        "trap '' EXIT",
        "trap EXIT",
        "(trap 'echo inner' EXIT; X=inner)",
        "set -euo pipefail; IFS=,; set -f; shopt -s nocasematch failglob; exit 2",
        "set -o posix; exit 2",
        "exec >/dev/null 2>&1",
        "exec 0<&- 1>&- 2>&-",
        "set -C; set -a",
        "set -x; exit 1",
        "kill -TERM $$",
        "return 8",
        "printf() { :; }; echo() { :; }; cd() { :; }; unset() { :; }; umask() { :; }; declare() { :; }",
        "alias echo=false; shopt -s expand_aliases; alias builtin=false",
        "LC_ALL=C; LANG=xx",
        "unset HOME PATH",
        "umask 777; exit 1",
        "set -E; trap 'echo err' ERR; false",
        "BASH_ENV=/nope; POSIXLY_CORRECT=1",
        "if then",
    ],
)
async def test_the_state_is_kept_however_the_command_ends(bench, ending):
    result, _ = await bench.then(f"X='kept  it'\n{ending}")
    assert result.shell_state, result
    result, out = await bench.then('command printf "%s" "$X"')
    assert (result.exit, out) == (0, "kept  it")


async def test_an_exit_trap_of_the_commands_own_runs(bench):
    result, out = await bench.then("trap 'echo bye $?' EXIT; exit 4")
    assert (result.exit, out) == (4, "bye 4\n")
    result, out = await bench.then("trap 'exit 9' EXIT; exit 4")
    assert result.exit == 9
    _, out = await bench.then("echo next")
    assert out == "next\n"


async def test_traps_in_subshells_and_of_other_signals_work(bench):
    _, out = await bench.then(
        "(trap 'echo sub' EXIT); trap 'echo usr' USR1; kill -USR1 $$; trap 'echo err' ERR; false; trap -p USR1"
    )
    assert out == "sub\nusr\nerr\ntrap -- 'echo usr' SIGUSR1\n"


async def test_a_readonly_variable_can_be_set_again_when_the_command_is_repeated(bench):
    assert await both(bench, "readonly X=1; readonly -a Y=(1 2)", "readonly X=1; echo $X ${Y[1]}") == "1 2\n"


async def test_a_bash_without_some_of_its_builtins_carries_the_same(bench):
    first = "enable -n compgen mapfile; readonly X=1; readonly -a Y=(1 2); Z='a\n=\nb'; W=3; export V=4"
    await bench.then(first)
    await bench.then("enable -n compgen; unset W")
    assert (await bench.then('X=5; echo $X ${Y[1]} "$Z" ${W-no} $V'))[1] == "5 2 a\n=\nb no 4\n"


async def test_functions_with_everything_in_them(bench):
    first = "f() {\ncat <<'A'\n$x `y` \"z\nA\ncat <<B | tr a-z A-Z\nin $1\nB\n}\nshopt -s extglob\ng() { case $1 in +([0-9])) echo n;; *) echo s;; esac; }; h() { echo h $1; }; export -f h"
    assert await both(bench, first, "f me; g 12; g x; bash -c 'h 7'") == '$x `y` "z\nIN ME\nn\ns\nh 7\n'


async def test_functions_removed_and_variables_unset_stay_away(bench):
    await bench.then("f() { :; }; A=1; export TZ=UTC")
    await bench.then("unset -f f; unset A TZ LANG")
    _result, out = await bench.then("type f; echo ${A-no} ${TZ-no} ${LANG-no}")
    assert out.endswith("no no no\n")
    assert "not found" in out


async def test_options_are_carried(bench):
    await bench.then("set -euo pipefail; shopt -s nullglob")
    result, out = await bench.then("echo *.nothing; false | true; echo no")
    assert (result.exit, out) == (1, "\n")
    await bench.then("set +eu; set +o pipefail; shopt -u nullglob")
    assert await both(bench, ":", "false | true; echo *.nothing $nope") == "*.nothing\n"


async def test_umask_aliases_and_ifs_are_carried(bench):
    await bench.then("umask 027; shopt -s expand_aliases; alias hi='echo hello'; IFS=:")
    assert await both(bench, ":", "umask; hi; v=a:b; set -- $v; echo $#") == "0027\nhello\n2\n"


async def test_what_belongs_to_the_job_is_not_carried(bench):
    await bench.then("echo $RBT_V_A", env={"RBT_V_A": "one"})
    _, out = await bench.then('echo "${RBT_V_A-none} $RBT_JOB $RBT_RUN ${__rbt_from:+ours}"')
    assert out == f"none {bench.j(2)} r1 ours\n"
    assert b"RBT_V_A" not in (bench.job_folder(bench.j(1)) / "state").read_bytes()


async def test_values_win_over_what_was_carried(bench):
    await bench.then("export NAME=old")
    _, out = await bench.then("echo $NAME", env={"NAME": "new"})
    assert out == "new\n"


async def test_a_virtual_environment_stays_active(bench):
    (bench.home / ".venv" / "bin").mkdir(parents=True)
    (bench.home / ".venv" / "bin" / "activate").write_text(
        'deactivate () { PATH="$_OLD_PATH"; export PATH; unset VIRTUAL_ENV; unset -f deactivate; }\n'
        'VIRTUAL_ENV="$PWD/.venv"; export VIRTUAL_ENV\n_OLD_PATH="$PATH"\nPATH="$VIRTUAL_ENV/bin:$PATH"; export PATH\nhash -r\n'
    )
    tool = bench.home / ".venv" / "bin" / "mytool"
    tool.write_text("#!/bin/sh\necho tool\n")
    tool.chmod(0o755)
    assert (
        await both(bench, "source .venv/bin/activate", "mytool; deactivate; echo ${VIRTUAL_ENV-off}") == "tool\noff\n"
    )
    result, _ = await bench.then("mytool")
    assert result.exit == 127


# --- folders ---


async def test_a_folder_removed_since_is_an_error_and_nothing_runs(bench):
    await bench.then("mkdir gone; cd gone; rmdir ../gone")
    result, out = await bench.then("touch /tmp/never-$RBT_JOB; echo ran")
    assert result.exit == 125
    assert f"no such folder: {bench.home}/gone (nothing was run)" in out
    assert "no such folder" in result.detail
    assert not result.shell_state
    result, out = await bench.then("pwd; cd ..", cwd=str(bench.folder))
    assert out == f"{bench.folder}\n"


async def test_a_folder_asked_for_holds_for_one_command(bench):
    (bench.home / "a" / "b").mkdir(parents=True)
    await bench.then("cd a")
    for _ in range(2):
        _, out = await bench.then("pwd", cwd="b")
        assert out == f"{bench.home}/a/b\n"
    assert await both(bench, ":", "pwd") == f"{bench.home}/a\n"
    await bench.then("cd /", cwd="b")
    assert await both(bench, ":", "pwd") == "/\n"


async def test_a_folder_asked_for_that_is_missing_runs_nothing(bench):
    result, out = await bench.then("echo ran", cwd="no/such")
    assert (result.exit, out) == (125, f"runbook: no such folder: {bench.home}/no/such (nothing was run)\n")


async def test_a_tilde_means_home(bench):
    _, out = await bench.then("pwd", cwd="~", env={"HOME": str(bench.folder)})
    assert out == f"{bench.folder}\n"


# --- lost state ---


async def test_a_state_file_that_is_gone_is_an_error_in_plain_words(bench):
    await bench.then("X=1")
    (bench.job_folder(bench.last) / "state").unlink()
    with pytest.raises(TargetError, match=r"[Ss]hell state is lost.*Nothing was run"):
        await bench.start("echo ran", state_from=bench.last)


async def test_a_state_nobody_knows_is_an_error(bench):
    with pytest.raises(TargetError, match=r"[Ss]hell state is lost"):
        await bench.start("echo ran", state_from="never")


async def test_a_state_cut_short_runs_nothing(bench):
    await bench.then("X=1")
    place = bench.job_folder(bench.last) / "state"
    place.write_bytes(place.read_bytes()[:-40])
    result, out = await bench.run("echo ran", state_from=bench.last)
    assert result.exit == 125
    assert "could not be brought back (nothing was run)" in out
    assert "echo ran" not in out


@pytest.mark.parametrize("ending", ["exec true", "kill -KILL $$", "exec sh -c 'exit 3'"])
async def test_a_command_that_left_no_state_continues_from_the_one_before(bench, ending):
    await bench.then("X=before")
    result, _ = await bench.run(f"X=after; {ending}", state_from=bench.last)
    assert not result.shell_state
    assert "no shell state" in result.detail
    killed = bench.j(2)
    _, out = await bench.run("echo $X", state_from=killed)
    assert out == "before\n"


async def test_a_state_is_not_taken_from_a_job_that_runs(bench):
    job = await bench.start("sleep 30")
    with pytest.raises(TargetError, match="still running"):
        await bench.start("true", state_from=job.id)
    await job.cancel()


# --- a plain sh ---


@pytest.fixture(params=["dash", "busybox"])
def plain(request, tmp_path, environ):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    bench = Bench(tmp_path, {**environ, "PATH": tools(tmp_path / "bin", request.param, without=("bash",))})
    yield bench
    sweep(tmp_path)


async def test_a_plain_sh_carries_folder_and_variables_and_says_what_it_does_not(plain):
    first = "mkdir -p s; cd s; A='it''s\n PWD=\"x\" \\ $y'; export B=two; umask 027; f() { :; }; set -u; exit 3"
    result, _ = await plain.then(first)
    assert (result.exit, result.shell_state) == (3, True)
    assert "functions" in result.detail
    result, out = await plain.then("pwd; printf '%s|' \"$A\"; sh -c 'echo ${A-none} $B'; umask; f; echo $nope; echo no")
    assert out.startswith(f'{plain.home}/s\nits\n PWD="x" \\ $y|none two\n0027\n')
    assert result.exit != 0
    assert "nope" in out
    assert not out.endswith("no\n")


@pytest.mark.parametrize(
    "text", ["false", "X=1; (exit 7)", "cat /no/such/file", "f() { return 3; }; f", "true; exit 4"]
)
async def test_a_plain_sh_tells_how_the_last_command_ended(plain, text):
    result, _ = await plain.then(text)
    assert result.exit not in (0, None)
    assert result.shell_state
    assert (await plain.then("true"))[0].exit == 0


async def test_a_plain_sh_keeps_the_state_after_failures(plain):
    await plain.then("X=1; set -e; false; X=2")
    _, out = await plain.then("set +e; echo $X ${RBT_V_A}", env={"RBT_V_A": "v"})
    assert out == "1 v\n"
    _, out = await plain.then("echo ${RBT_V_A-none}")
    assert out == "none\n"


async def test_a_plain_sh_refuses_a_missing_folder(plain):
    result, out = await plain.then("echo ran", cwd="no")
    assert (result.exit, out) == (125, f"runbook: no such folder: {plain.home}/no (nothing was run)\n")


# --- laws ---

anything = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
raw = st.binary(max_size=30).filter(lambda b: b"\0" not in b)
LAW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LAW
@given(values=st.lists(anything | raw.map(lambda b: b.decode("utf-8", "surrogateescape")), min_size=1, max_size=8))
async def test_any_value_survives(bench, values):
    raws = [value.encode("utf-8", "surrogateescape") for value in values]
    bench.last = None
    await bench.then(
        "".join(f'V{n}="$E{n}"; A[{n}]="$E{n}"; unset E{n}; ' for n in range(len(raws))),
        env={f"E{n}": v for n, v in enumerate(values)},
    )
    await bench.then(":")
    _, out = await bench.then("".join(f'printf \'%s\\1%s\\1\' "$V{n}" "${{A[{n}]}}"; ' for n in range(len(raws))))
    assert out.encode("utf-8", "surrogateescape") == b"".join(raw + b"\1" + raw + b"\1" for raw in raws)


@LAW
@given(name=st.binary(min_size=1, max_size=20).filter(lambda b: not {0, 47} & set(b) and b not in (b".", b"..")))
async def test_any_folder_name_survives(bench, name):
    bench.last = None
    await bench.then((b"mkdir -p -- %b && cd -- %b" % ((quoted(b"./" + name),) * 2)).decode("utf-8", "surrogateescape"))
    _, out = await bench.then("printf '%s' \"$PWD\"")
    assert out.encode("utf-8", "surrogateescape") == os.fsencode(bench.home) + b"/" + name
    result, out = await bench.then("printf '%s' \"$PWD\"", cwd=os.fsdecode(b"../" + name))
    assert result.exit == 0
    assert subprocess.run(["test", "-d", out.encode("utf-8", "surrogateescape")], check=False).returncode == 0
