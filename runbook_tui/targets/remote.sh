#!/bin/sh
# The far end of an ssh channel: reads one request, lets supervisor.sh beside it do the work, and streams a job's output.
#
#   here=FOLDER; set -- NONCE; . FOLDER/remote.sh < request        in a shell made for it
#   sh remote.sh NONCE terminal RUN JOB ORDER     on the pty of the channel, with an order kept by `deposit`
#
# A request is a line with the number of words, one line for each word, then the payload as it is. Before the first one
# NONCE and a line end go to stdout: what a login shell said before is not ours. Words:
#
#   go     RUN JOB TIMEOUT GRACE SHELL FROM CWD HOME ENV TEXT ONE      start it, and wait what is asked (see `go`)
#   run    RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME SUDO OFFSET   start it (or attach), then follow it
#   follow RUN JOB OFFSET
#   deposit RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME         keeps an order for `terminal`
#   report RUN JOB ORDER                                               what became of it
#   record RUN JOB                                                     adds the payload to the job's output
#   inspect RUN JOB BOOT | seal RUN JOB | cancel RUN JOB | forget RUN | boot | probe
#
# After a job that was over before anybody streamed its output, `go` can be asked for once more on the same channel, with
# `again NONCE` before the request: no session, login shell and script are started for it then.
#
# Following, stdout carries the job's output from byte OFFSET on and nothing else; what there is to say goes to stderr as
# lines `NONCE key words`, at the end the job's `rc` and a line with a dot. Without the dot the link was lost. The word
# `next` after it says that another request is taken; stdout ended with \036, NONCE and a line end then, or with `silent`
# nothing came on it.

set -u
here=${here:-${0%/*}}
nonce=$1
base=${here%/bin/*}
proc=${RBT_PROC:-/proc}

short_sleep() { sleep 0.05 2>/dev/null || sleep 1; }

tell() { printf '%s %s\n' "$nonce" "$*" >&2; }

tell_all() { # TEXT, each line as ours, in one write and without another process
    before=$IFS IFS='
'
    set -f
    told=
    for line in $1; do told="$told$nonce $line
"; done
    set +f
    IFS=$before
    printf '%s' "$told" >&2
}

tell_lines() { while IFS= read -r line || [ -n "$line" ]; do tell "$line"; done; }

# Where this run has its folders: a home that was full or read-only once must not hide them now.
jobs_of() {
    jobs=$base/jobs
    [ ! -d "$jobs/$1" ] || return 0
    name=runbook-tui-$(id -u)
    for place in "${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/runbook-tui" "/var/tmp/$name" "/tmp/$name"; do
        if [ -d "$place/jobs/$1" ] && [ -O "$place" ]; then
            jobs=$place/jobs
            return 0
        fi
    done
}

size_of() { # of $dir/out, without reading it
    size=0
    [ -s "$dir/out" ] || return 0
    set -- $(ls -ln -- "$dir/out" 2>/dev/null)
    [ $# -lt 5 ] || size=$5
}

# A piece of a growing file by POSIX means: whole blocks are skipped by seeking.
piece() { # FROM COUNT
    if [ "$1" = 0 ]; then
        head -c "$2" <"$dir/out" 2>/dev/null
        return
    fi
    dd if="$dir/out" bs=4096 skip="$(($1 / 4096))" 2>/dev/null | tail -c "+$(($1 % 4096 + 1))" | head -c "$2"
}

follow() { # RUN JOB OFFSET
    folder_of "$jobs/$1" "$2"
    dir=$folder record=$in_place at=$3 tries=0
    # Most commands are over before it pays to start a tail.
    until has_result "$dir" "$record" || [ "$tries" -ge 5 ]; do
        sleep 0.02 2>/dev/null || break
        tries=$((tries + 1))
    done
    stream
}

stream() { # from byte $at to the end, then the result
    sup=
    if read_process sup "$dir" "$record"; then sup=$p_pid; fi
    catch_up
    # What has ended meanwhile needs no tail, which would notice that late.
    if ! has_result "$dir" "$record" && [ -n "$sup" ] && [ -f "$dir/out" ] && kill -0 "$sup" 2>/dev/null &&
        tail --pid=$$ -c 0 /dev/null 2>/dev/null; then
        # It looks once more after the supervisor has gone, and `rc` was written before that.
        tail -c "+$((at + 1))" -s 0.1 -f --pid="$sup" "$dir/out" 2>/dev/null || return 1
    else
        while :; do
            ended=
            if has_result "$dir" "$record" || [ -z "$sup" ] || ! kill -0 "$sup" 2>/dev/null; then ended=yes; fi
            size_of
            if [ "$size" -gt "$at" ]; then
                piece "$at" "$((size - at))" || return 1
                at=$size
            elif [ -n "$ended" ]; then
                break
            else
                short_sleep
            fi
        done
    fi
    if has_result "$dir" "$record"; then
        show_result "$dir" "$record" | tell_lines
    else
        tell "phase unsettled"
        tell .
    fi
}

# What is there already and what comes meanwhile, in large pieces; where it ended is then in $at.
catch_up() {
    [ "$at" = 0 ] && [ -s "$dir/out" ] && [ -r "$proc/self/fdinfo/0" ] || return 0
    exec 6<"$dir/out"
    cat <&6
    read -r _ at <"$proc/self/fdinfo/6"
    exec 6<&-
}

home_of() { # CWD of the inventory, or nothing
    case $1 in
        '' | '~') home=${HOME:-/} ;;
        '~/'*) home=${HOME:-}/${1#??} ;;
        /*) home=$1 ;;
        *) home=${HOME:-}/$1 ;;
    esac
}

run() { # RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME SUDO OFFSET
    home_of "${10}"
    if ! reply=$(RBT_SUDO=${11} sh "$here/supervisor.sh" start "$jobs" "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$home"); then
        tell_all "$reply"
        tell .
        return 0
    fi
    tell_all "$reply"
    exec </dev/null
    follow "$1" "$2" "${12}"
}

# For what is sourced from beside us.
say() { tell "$*"; }
attached() {
    tell attached # its output is asked for anew
    exit 0
}
refuse() {
    tell "failed $*"
    tell .
    exit 0
}
members() {
    . "$here/stopping.sh"
    members "$@"
}

# The short way to the same, when nothing stands in it. sshd has made this process the leader of a session of its own:
# it becomes the supervisor, the job gets another session, and but for mkdir and the job itself nothing is started.
# ENV and TEXT are numbers of lines that follow. With ONE the text is one program and its words: it leaves no shell state,
# and where there is none yet and the program is one of the system's, no shell stands between. A result comes by itself.
# What a job prints meanwhile comes when the other end has said `look` (and there is something) or `stream`: a tail is
# not started for what is over at once. That it has started is told with the first of these words too, or before the
# output, or with the result: each thing told is a message of sshd and of the other end.
# Succeeds when the channel is free for another request.
go() { # RUN JOB TIMEOUT GRACE SHELL FROM CWD HOME ENV TEXT ONE
    read_lines "$9"
    env=$lines
    read_lines "${10}"
    text=$lines one=${11}
    home_of "$8"
    [ -n "$fit" ] || . "$here/job.sh"
    order "$jobs" "$1" "$2" "${#env}" "${#text}" "$3" "$4" "$5" "$6" "$7" "$home"
    if [ -z "$fit" ]; then
        boot_id
        fit=no
        if have setsid && stat_of $$ && [ "$st_session" = $$ ]; then
            fit=yes own_start=$st_start ignored=$st_ignored
        fi
    fi
    if [ -e "$dir" ] || [ -n "${RBT_SUDO:-}" ] || [ $fit = no ]; then
        printf '%s%s' "$env" "$text" | run "$1" "$2" "${#env}" "${#text}" "$3" "$4" "$5" "$6" "$7" "$8" '' 0
        return 1
    fi
    tmp='' wanted=$shell
    prepare
    if [ -n "$one" ] && [ -z "$state$env$cwd" ] && is_of_the_system ${text%%[ 	]*}; then one=alone; fi
    # From here on nothing depends on who asked: an answer nobody reads must not end us. The job gets the signals back.
    trap '' PIPE HUP
    taken='' furnished=''
    {
        if take; then
            taken=yes
            if furnish && { [ -z "$env" ] || printf '%s' "$env" >"$dir/env"; } &&
                { [ "$one" = alone ] || printf '%s' "$text" >"$dir/text"; }; then
                furnished=yes
            fi
        fi
    } 2>/dev/null # once for all of it
    if [ -z "$taken" ]; then
        trap - PIPE HUP
        printf '%s%s' "$env" "$text" | run "$1" "$2" "${#env}" "${#text}" "$3" "$4" "$5" "$6" "$7" "$8" '' 0
        return 1
    fi
    if [ -z "$furnished" ]; then
        rm -rf -- "$dir" "$jobs/$run/$job"
        refuse "cannot write to $dir (is the disk full?)"
    fi
    # What is started in the background has nothing to read, unless it is given what the other end says.
    [ -n "$ear" ] || { exec 3<&0 && ear=3; }
    listen <&3 3<&- &
    listener=$!
    watch=
    if [ "$one" != alone ] && [ "$wanted" = bash ] && [ "$shell" != bash ]; then note_shell 2>>"$dir/notes"; fi
    if [ -n "$timeout" ]; then
        . "$here/stopping.sh"
        watch_over
    fi
    uptime_cs && began=$cs
    (become_the_job)
    finish $?
    # Whether the clock told when that one started, as it then tells of the next ones.
    if [ -z "$timed" ]; then
        timed=no
        if read_process pid "$dir" "$record"; then case $p_start in *-*) timed=yes ;; esac; fi
    fi
    # It reads what the other end says: no longer once that may be a request. Who streams lets nobody end it, and tells.
    {
        kill "$listener"
        [ ! -e "$dir/told" ] && wait "$listener"
    } 2>/dev/null
    [ $? -gt 128 ] || return 1
    if [ -s "$dir/out" ]; then
        tell started # first: who waits for it takes no output, and of much output the rest waits for that
        cat -- "$dir/out"
        printf '\036%s\n' "$nonce"
        tell_all "$result
next"
    else
        tell_all "started
$result
silent
next"
    fi
    trap - PIPE HUP
}

# Takes a folder for the job, and with it the right to start it. mkdir takes a quarter of the time that a short command
# takes here, so those after the first one of a channel are made some at a time: then the right is a file in the folder's
# place, made by a shell with O_EXCL, which names the folder. What it says about that is for nobody.
take() {
    if [ "$ahead_of" != "$jobs/$run" ]; then
        ahead_of=$jobs/$run ahead=0 made=
    elif [ "$ahead" = 0 ]; then
        made=$jobs/$run/.ahead.$nonce
        set -- "$made.1" "$made.2" "$made.3" "$made.4" "$made.5" "$made.6" "$made.7" "$made.8"
        if LC_ALL=C mkdir -m 700 -- "$@" && write_pid "$made.sup" own; then ahead=8; fi
    fi
    if [ "$ahead" = 0 ] || [ ! -d "$made.$ahead" ]; then
        LC_ALL=C mkdir -m 700 -- "$dir"
        return
    fi
    full=
    set -C
    { printf '%s\n' "${made##*/}.$ahead" || full=yes; } >"$dir"
    set -- $?
    set +C
    [ "$1" = 0 ] || return
    if [ -n "$full" ]; then
        rm -f -- "$dir"
        return 1
    fi
    record=$dir dir=$made.$ahead
    ahead=$((ahead - 1))
}

# Waits for another request; what was said to a listener that had gone by then is no part of it.
again() {
    while IFS= read -r line; do
        case $line in
            "again "*)
                nonce=${line#again }
                [ -f "$here/remote.sh" ] # or they would have to be put there anew
                return
                ;;
        esac
    done
    return 1
}

become_the_job() {
    trap - PIPE HUP
    export RBT_JOB="$job" RBT_RUN="$run"
    if [ "$timed" = yes ]; then
        who_am_i && uptime_cs || exit 125
        st_start=$((began - 1))-$((cs + 1))
    else
        read -r st_line <"$proc/self/stat" && take_stat || exit 125
        self=${st_line%% *}
        uptime_cs
        [ "$began" -gt "$st_start" ] || [ "$st_start" -gt "$cs" ] || st_start=$((began - 1))-$((cs + 1))
    fi
    if [ -n "$record" ]; then
        printf 'pid %s\n%s %s %s .\n' "$self" "$st_start" "$boot" "$self" >>"$record"
    else
        printf '%s\n%s\n%s\n%s\n.\n' "$self" "$st_start" "$boot" "$self" 1<>"$dir/pid"
    fi || exit 125
    exec </dev/null >>"$dir/out" 2>&1 3<&-
    if [ "$one" = alone ] && cd -- "$home" 2>/dev/null; then
        export PWD
        set -f
        set -- setsid $text
        [ "$((ignored & 6))" = 0 ] || default_signals "$@"
        exec "$@"
    fi
    case $shell in
        bash) set -- bash --norc --noprofile -c '. "$1"' bash "$here/shell-bash.sh" ;;
        *) set -- "$shell" -c '. "$1"' "$shell" "$here/shell-posix.sh" ;;
    esac
    set -- setsid "$@" "$dir" "$state" "$cwd" "$home"
    [ "$shell" != bash ] || set -- "$@" "$one"
    [ "$((ignored & 6))" = 0 ] || default_signals "$@" # of SIGINT and SIGQUIT
    exec "$@"
}

# Sets `self`, which is not $$ in a subshell. The link names it in a few bytes; a line of stat has three hundred, and a shell
# takes a system call for each.
who_am_i() {
    set -- "$PWD" "${OLDPWD-}"
    cd -P "$proc/self" || return 1
    self=${PWD##*/}
    cd -- "$1" 2>/dev/null || cd /
    if [ -n "$2" ]; then OLDPWD=$2; else unset OLDPWD; fi
}

# Whether a shell would start that program out of one of these folders. What others put into PATH may be a script that
# does not name its shell, which only a shell can start; and what bash is told to read first may change everything.
is_of_the_system() { # NAME
    [ -z "${BASH_ENV-}" ] || return 1
    before=$IFS IFS=: place=
    set -f
    for place in $PATH; do
        case $place in /*) ;; *) place= && break ;; esac
        if [ -f "$place/$1" ] && [ -x "$place/$1" ]; then break; fi
        place=
    done
    set +f
    IFS=$before
    case $place in /bin | /sbin | /usr/bin | /usr/sbin) ;; *) return 1 ;; esac
}

# Reads what the other end says while the job runs, until somebody is to stream its output: then that is for us to do to
# the end, the result with it. What the job has ended meanwhile is sent to its end without a tail, so nobody waits long.
listen() {
    trap - PIPE HUP
    silent=yes
    while IFS= read -r word; do
        [ -z "$silent" ] || tell started
        silent=
        [ "$word" = stream ] || [ -s "$dir/out" ] || continue
        trap '' TERM
        { : >"$dir/told"; } 2>/dev/null || break
        at=0
        stream
        exit 0
    done
    exit 143 # it has told nothing
}

read_lines() { # COUNT; all but the last end with a line end
    lines=
    set -- "$1" ''
    while [ "$1" -gt 0 ]; do
        IFS= read -r line || exit 1 # a payload cut short starts nothing
        lines=$lines$2$line
        set -- "$(($1 - 1))" '
'
    done
}

deposit() { # RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME
    order=$jobs/$1/.new.$2.tty$$
    if (umask 077 && mkdir -p -- "$jobs/$1" && cat >"$order.payload" && printf '%s\n' "$@" >"$order") 2>/dev/null; then
        echo "order $$"
    else
        echo "failed cannot write to $jobs/$1 (not writable, or the disk is full)"
    fi
}

terminal() { # RUN JOB ORDER
    order=$jobs/$1/.new.$2.tty$3
    set --
    while IFS= read -r word; do set -- "$@" "$word"; done <"$order"
    [ $# = 10 ] || exit 1
    home_of "${10}"
    exec sh "$here/supervisor.sh" terminal "$jobs" "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$home" \
        "$order.payload" "$order.report"
}

report() { # RUN JOB ORDER
    order=$jobs/$1/.new.$2.tty$3
    cat -- "$order.report" 2>/dev/null
    rm -f -- "$order" "$order.payload" "$order.report"
    echo .
}

record() { # RUN JOB
    folder_of "$jobs/$1" "$2"
    if { cat >>"$folder/out"; } 2>/dev/null; then echo recorded; else echo "failed cannot write to $folder"; fi
}

export LANG="${LANG:-C.UTF-8}"
if [ $# -gt 1 ]; then
    shift
    jobs_of "$2"
    "$@"
    exit 0
fi

fit='' timed='' ahead_of='' ear=''
leads=yes # a job of `go` has a group of its own
printf '%s\n' "$nonce"
while :; do
    IFS= read -r count || exit 1
    case $count in '' | *[!0-9]*) exit 1 ;; esac
    set --
    # A request cut short does nothing.
    while [ "$count" -gt 0 ]; do
        IFS= read -r word || exit 1
        set -- "$@" "$word"
        count=$((count - 1))
    done
    verb=$1
    shift
    case $verb in
        boot) exec sh "$here/supervisor.sh" boot ;;
        probe) exec sh "$here/probe.sh" "$@" ;;
    esac
    jobs_of "$1"
    case $verb in
        go) go "$@" && again && continue ;;
        run | follow | deposit | report | record)
            . "$here/job.sh"
            "$verb" "$@"
            ;;
        inspect | seal | cancel | forget) exec sh "$here/supervisor.sh" "$verb" "$jobs" "$@" ;;
        *) echo "failed no such verb: $verb" ;;
    esac
    exit 0
done
