#!/bin/sh
# The supervisor: runs a job once, apart from whoever asked for it, and can be asked about it later.
#
#   sh supervisor.sh start    JOBS RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME   < payload
#   sh supervisor.sh terminal JOBS RUN JOB ENV TEXT TIMEOUT GRACE SHELL FROM CWD HOME PAYLOAD REPORT
#   sh supervisor.sh inspect  JOBS RUN JOB BOOT
#   sh supervisor.sh seal     JOBS RUN JOB
#   sh supervisor.sh cancel   JOBS RUN JOB
#   sh supervisor.sh forget   JOBS RUN
#   sh supervisor.sh boot
#
# POSIX sh (dash, bash, BusyBox), nothing installed. With RBT_SUDO=1 a line with a password comes before the payload: it
# goes to the job through a pipe, where `sudo -v` takes it before the command begins, and is never on the disk. The payload is ENV bytes of `export NAME='value'` lines, then TEXT
# bytes of command text; a payload cut short starts nothing. Answers are lines `key words`.
#
# A job's folder JOBS/RUN/JOB, or a file in its place that names another one beside it; creating the one or the other is
# the lock that makes starting idempotent:
#   text, env   what a shell is to run, and its values (emptied as soon as they are read)
#   out         stdout and stderr in the order written
#   sup, pid    supervisor and job: pid, start time, boot id, process group, "." (complete when the dot is there); of a
#               folder made ahead these, `stopped` and `rc` stand in the file in its place (job.sh)
#   from        the job whose shell state this one continues, and the seconds a stop waits between TERM and KILL
#   state, end  shell state left behind; `end` is written last, so `state` counts only with it
#   refused     why the command was not begun: the shell state or the folder to run in is not there (exit status 125)
#   cancel, timed_out, stopped   a stop was asked for, why, and how many processes were left after it
#   sealed      nothing was started and never will be: the lock was taken by `seal`
#   status      on a terminal: the exit status as the foreground shell saw it
#   rc          the result, written at once; without it, or while it is empty, the outcome is not known
#   rc.tmp      room for `stopped` and `rc`, whatever the disk says by then
#   told        over ssh: somebody streams the output, and tells the result (remote.sh)
#   notes       what fell back to something weaker here, and stderr of the supervisor itself
#
# The job has a session of its own and the supervisor another: a signal to the job's group leaves the supervisor to
# write `rc`. Read up to the last line before anything runs, so replacing this file does not disturb running jobs.

set -u
here=${0%/*}
proc=${RBT_PROC:-/proc}

. "$here/job.sh"
. "$here/stopping.sh"

say() { if [ -n "${report:-}" ]; then printf '%s\n' "$*" >>"$report"; else printf '%s\n' "$*"; fi; }

refuse() {
    say "failed $*"
    [ -z "${tmp:-}" ] || rm -f -- "$tmp"
    exit 1
}

attached() {
    if [ -f "$dir/sealed" ]; then refuse "this job was given up before it started, and will not start any more"; fi
    say attached
    exit 0
}

# --- starting ----------------------------------------------------------------------------------------

start() {
    user_umask=$(umask)
    umask 077
    order "$@"
    prepare
    tmp=$jobs/$run/.new.$job.$$
    take_password
    # The shell's own words about a failed redirection would come before ours.
    { cat >"$tmp"; } 2>/dev/null || refuse "cannot write to $jobs/$run (not writable, or the disk is full)"
    [ "$(($(wc -c <"$tmp")))" = "$((env_bytes + text_bytes))" ] || refuse "the order did not arrive whole"
    set -- "$0" _supervise "$@" "$tmp" "$state" "$shell" "$user_umask"
    # No `&` where it can be helped: it would leave SIGINT and SIGQUIT ignored in the job (POSIX 2.11).
    # setsid forks by itself when its caller leads a group.
    if have setsid; then
        if stat_of $$ && [ "$st_group" = $$ ]; then exec setsid sh "$@"; fi
        # BusyBox has no -f.
        if ! setsid -f sh "$@" </dev/null 2>/dev/null; then setsid sh "$@" </dev/null & fi
    elif have perl; then
        exec perl -MPOSIX=setsid -e 'my $p = fork; exit($p ? 0 : 1) if !defined $p || $p; setsid(); exec @ARGV' sh "$@"
    else
        (trap '' HUP; exec sh "$@") </dev/null &
    fi
}

# A line of stdin becomes what descriptor 3 of the job will read.
take_password() {
    [ -n "${RBT_SUDO:-}" ] || return 0
    IFS= read -r secret || refuse "the order did not arrive whole"
    if ! mkfifo "$tmp.fifo" 2>/dev/null; then refuse "cannot make a pipe in $jobs/$run (mkfifo)"; fi
    printf '%s\n' "$secret" >"$tmp.fifo" &
    exec 3<"$tmp.fifo"
    rm -f -- "$tmp.fifo"
    secret=
}

# Makes the job folder, or finds that somebody else has. From here on nothing depends on the starter.
take() {
    if ! mkdir -- "$dir" 2>/dev/null; then
        rm -f -- "$tmp"
        if [ -d "$dir" ]; then attached; fi
        refuse "cannot make the folder $dir (not writable, or the disk is full)"
    fi
    if { furnish && unpack; } 2>/dev/null; then
        return
    fi
    rm -rf -- "$dir"
    refuse "cannot write to $dir (is the disk full?)"
}

unpack() {
    if [ "$env_bytes" -gt 0 ]; then
        dd if="$tmp" of="$dir/env" bs="$env_bytes" count=1 2>/dev/null &&
            tail -c "+$((env_bytes + 1))" <"$tmp" >"$dir/text" &&
            [ "$(($(wc -c <"$dir/text")))" = "$text_bytes" ] && rm -f -- "$tmp"
    else
        mv -- "$tmp" "$dir/text"
    fi
}

supervise() {
    umask 077
    order "$@"
    shift 11
    tmp=$1 state=$2 wanted=$shell shell=$3 user_umask=$4 report=
    take
    # Whoever asked may be dead by now: an answer nobody reads must not end us. The job gets SIGPIPE back.
    trap '' PIPE
    say started 2>/dev/null
    trap - PIPE
    exec </dev/null >/dev/null 2>>"$dir/notes"
    note_shell
    set -- sh "$0" _job background "$dir" "$job" "$run" "$state" "$cwd" "$home" "$user_umask" "$shell"
    watch_over
    uptime_cs && began=$cs
    if have setsid; then
        setsid "$@"
    elif have perl; then
        perl -MPOSIX=setsid -e 'setsid(); exec @ARGV' "$@"
    else
        echo "note: no setsid and no perl here: the job has no process group of its own, a stop finds its processes by mark" >&2
        "$@"
    fi
    finish $?
}

# The same on a terminal: this process leads the terminal's session, the job is its foreground group.
# By bash where there is one: dash and BusyBox end when the terminal is taken away under them, and the result with them.
terminal() {
    if [ -z "${BASH_VERSION-}" ] && have bash; then exec bash "$0" terminal "$@"; fi
    user_umask=$(umask)
    umask 077
    order "$@"
    shift 11
    tmp=$1 report=$2
    wanted=$shell
    trap : HUP INT QUIT TERM
    prepare
    take
    say started
    note_shell 2>>"$dir/notes"
    set -- sh "$0" _job terminal "$dir" "$job" "$run" "$state" "$cwd" "$home" "$user_umask" "$shell"
    watch_over 2>>"$dir/notes"
    uptime_cs && began=$cs
    # In a shell of its own: bash ends itself when its foreground job was ended by ctrl+c.
    "${BASH:-sh}" "$0" _foreground "$dir" "$@"
    rc=$?
    exec 2>>"$dir/notes"
    while read_pid "$dir/pid" && is_alive "$p_pid" "$p_start"; do short_sleep; done
    { read -r rc <"$dir/status"; } 2>/dev/null || [ "$rc" -gt 128 ] || rc=-
    finish "$rc"
}

foreground() {
    dir=$1
    shift
    trap : HUP
    set -m # bash does this through stderr, which so stays the terminal's
    "$@"
    rc=$?
    while read_pid "$dir/pid" && is_alive "$p_pid" "$p_start"; do
        case $st_state in
            T*) fg >/dev/null; rc=$? ;; # ctrl+z: there is no prompt to come back to
            *) short_sleep ;;
        esac
    done
    echo "$rc" >"$dir/status"
}

# Becomes the job. Its pid is on disk before the first byte of the command is read.
job() {
    mode=$1 dir=$2 RBT_JOB=$3 RBT_RUN=$4 state=$5 cwd=$6 home=$7 user_umask=$8 shell=$9
    own=no
    if stat_of $$ && [ "$st_group" = $$ ]; then own=own; fi
    write_pid "$dir/pid" "$own" || exit 125
    umask "$user_umask"
    export RBT_JOB RBT_RUN
    if [ "$mode" = background ]; then
        exec </dev/null >>"$dir/out" 2>&1
    else
        exec 2>&1
    fi
    case $shell in
        bash) set -- bash --norc --noprofile -c '. "$1"' bash "$here/shell-bash.sh" "$dir" "$state" "$cwd" "$home" ;;
        *) set -- "$shell" -c '. "$1"' "$shell" "$here/shell-posix.sh" "$dir" "$state" "$cwd" "$home" ;;
    esac
    sudo=${RBT_SUDO:-}
    unset RBT_SUDO
    if [ -n "$sudo" ]; then
        # Without a terminal sudo remembers by the process that calls it: by this one, which becomes the job's shell.
        if ! sudo -S -p '' -v <&3 >/dev/null 2>&1; then
            echo 'runbook: sudo did not take the password (nothing was run)'
            umask 077
            echo 'sudo did not take the password (nothing was run)' >"$dir/refused"
            exit 125
        fi
        exec 3<&-
    fi
    default_signals "$@"
    exec "$@"
}

cancel() { # JOBS RUN JOB
    umask 077
    of_job "$@"
    [ -d "$dir" ] || refuse "there is no job $3 here"
    if ! has_result "$dir" "$record" && [ ! -f "$dir/sealed" ]; then
        : >"$dir/cancel"
        stop_tree
        tries=0
        until has_result "$dir" "$record" || [ "$tries" -ge 100 ]; do
            if [ "$((tries % 10))" = 9 ] &&
                ! { read_process sup "$dir" "$record" && is_alive "$p_pid" "$p_start"; }; then
                has_result "$dir" "$record" || write_rc - 0 # the supervisor is gone: stopped, exit status not known
                break
            fi
            short_sleep
            tries=$((tries + 1))
        done
    fi
    show
}

# --- asking ------------------------------------------------------------------------------------------

of_job() { # JOBS RUN JOB
    job=$3
    folder_of "$1/$2" "$3"
    dir=$folder record=$in_place
}

show() {
    ended=
    if has_result "$dir" "$record"; then ended=yes && say phase exited; fi
    started=
    { read -r started <"$dir/started"; } 2>/dev/null || started=$(date -r "$dir/sup" +%s 2>/dev/null)
    [ -n "${boot:-}" ] || boot_id
    if [ -n "$record" ] && read_process pid "$dir" "$record" && [ "$p_boot" = "$boot" ]; then
        uptime_cs
        started=$(($(date +%s) - (cs - ${p_start%-*}) / 100))
    fi
    say "started $started"
    say "bytes $(($(wc -c <"$dir/out" 2>/dev/null || echo 0)))"
    [ -z "$ended" ] || show_result "$dir" "$record"
}

seal() { # JOBS RUN JOB
    umask 077
    if [ ! -d "$1/$2" ]; then mkdir -p -- "$1/$2" 2>/dev/null; fi
    if mkdir -- "$1/$2/$3" 2>/dev/null; then
        { : >"$1/$2/$3/sealed"; } 2>/dev/null || refuse "cannot write to $1/$2/$3 (is the disk full?)"
    elif [ ! -e "$1/$2/$3" ]; then
        refuse "cannot make the folder $1/$2/$3 (not writable, or the disk is full)"
    fi
    inspect "$1" "$2" "$3" ""
}

inspect() { # JOBS RUN JOB BOOT
    boot_id
    of_job "$@"
    if [ -f "$dir/sealed" ]; then
        say phase absent
        say "detail it never started, and will not start any more"
        return 0
    fi
    if [ ! -e "$dir" ]; then
        if [ -n "$4" ] && [ "$4" != "$boot" ]; then
            say phase vanished
            say "detail the machine was restarted since and nothing is left of the job; it may have run"
        else
            say phase absent
            say "detail it never started"
        fi
        return 0
    fi
    tries=0
    until has_result "$dir" "$record"; do
        [ -d "$dir" ] || of_job "$@"
        sup=no
        if read_process sup "$dir" "$record" && [ "$p_boot" = "$boot" ] && is_alive "$p_pid" "$p_start"; then sup=yes; fi
        if read_process pid "$dir" "$record"; then
            if [ "$p_boot" != "$boot" ]; then
                say phase vanished
                say "detail the machine was restarted while it ran"
                break
            fi
            if is_alive "$p_pid" "$p_start"; then
                say phase running
                [ $sup = yes ] || say "detail its supervisor is gone: its exit status will not be known"
                break
            fi
        fi
        # Between two moments: being started, or ended and its result being written.
        tries=$((tries + 1))
        if [ "$tries" -gt 20 ] || { [ $sup = no ] && [ "$tries" -gt 6 ]; }; then
            if [ $sup = yes ]; then
                say phase running
                say "detail its shell has ended, its result is being written"
            elif read_process pid "$dir" "$record"; then
                say phase vanished
                members
                set -- $found
                say "detail it was running, and ended without leaving an exit status; $# of its processes still run"
            elif read_process sup "$dir" "$record" && [ "$p_boot" != "$boot" ]; then
                say phase vanished
                say "detail the machine was restarted when it was about to start"
            else
                say phase vanished
                say "detail it was about to start when its supervisor was ended; the command has not begun"
            fi
            break
        fi
        short_sleep
    done
    show
}

forget() { # JOBS RUN
    [ -d "$1/$2" ] || return 0
    if [ -h "$1/$2" ] || [ -h "$1" ]; then
        say "failed $1/$2 is a symbolic link: left alone"
        return 0
    fi
    jobs=$1 run=$2 wanted=' '
    for entry in "$jobs/$run"/* "$jobs/$run"/.new.* "$jobs/$run"/.ahead.*; do
        if [ -h "$entry" ]; then
            rm -f -- "$entry"
            continue
        fi
        [ -e "$entry" ] || continue
        # Those made ahead come last: what a job that goes on is kept in stays, and its supervisor's name.
        case $entry in "$jobs/$run"/.ahead.*)
            case $wanted in *" ${entry##*/} "*) ;; *) rm -rf -- "$entry" ;; esac
            continue
            ;;
        esac
        folder_of "$jobs/$run" "${entry##*/}"
        if ! has_result "$folder" "$in_place" && {
            { read_process pid "$folder" "$in_place" && is_alive "$p_pid" "$p_start"; } ||
                { read_process sup "$folder" "$in_place" && is_alive "$p_pid" "$p_start"; }
        }; then
            case ${entry##*/} in .*) ;; *) say "kept ${entry##*/}" ;; esac
            wanted="$wanted${folder##*/} "
            case $in_place in ?*) wanted="$wanted${ahead_name%.*}.sup " ;; esac
        else
            rm -rf -- "$entry"
        fi
    done
    rmdir -- "$jobs/$run" 2>/dev/null || :
}

main() {
    verb=$1
    shift
    case $verb in
        start | terminal | inspect | seal | cancel | forget) "$verb" "$@" ;;
        _supervise) supervise "$@" ;;
        _foreground) foreground "$@" ;;
        _job) job "$@" ;;
        boot) boot_id; say "boot $boot" ;;
        *) echo "failed no such verb: $verb"; exit 2 ;;
    esac
}

main "$@"; exit $?
