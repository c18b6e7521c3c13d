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
# A job's folder JOBS/RUN/JOB; creating it is the lock that makes starting idempotent:
#   text, env   what to run, and its values (emptied as soon as they are read)
#   out         stdout and stderr in the order written
#   sup, pid    supervisor and job: pid, start time, boot id, process group, "." (complete when the dot is there)
#   from        the job whose shell state this one continues
#   state, end  shell state left behind; `end` is written last, so `state` counts only with it
#   refused     why the command was not begun: the shell state or the folder to run in is not there (exit status 125)
#   cancel, timed_out, stopped   a stop was asked for, why, and how many processes were left after it
#   sealed      nothing was started and never will be: the lock was taken by `seal`
#   status      on a terminal: the exit status as the foreground shell saw it
#   rc          the result, moved into place whole; without it the outcome is not known
#   notes       what fell back to something weaker here, and stderr of the supervisor itself
#
# The job has a session of its own and the supervisor another: a signal to the job's group leaves the supervisor to
# write `rc`. Read up to the last line before anything runs, so replacing this file does not disturb running jobs.

set -u
here=${0%/*}
proc=${RBT_PROC:-/proc}

# --- small facts -------------------------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }

boot_id() {
    boot=
    if [ -r "$proc/sys/kernel/random/boot_id" ]; then
        read -r boot <"$proc/sys/kernel/random/boot_id"
    else
        boot=$(sysctl -n kern.boottime 2>/dev/null) || boot=unknown
    fi
}

# Hundredths of a second, for durations; never goes back where /proc is.
uptime_cs() {
    if [ -r "$proc/uptime" ]; then
        read -r cs _ <"$proc/uptime"
        cs=${cs%.*}${cs#*.}
        while :; do case $cs in 0?*) cs=${cs#0} ;; *) break ;; esac; done
    else
        cs=$(date +%s)00
    fi
}

# One process: st_state, st_group, st_start (proc(5): fields 3, 5 and 22 of stat; the name before may hold anything).
stat_of() {
    st_state='' st_group='' st_start=''
    if [ -r "$proc/uptime" ]; then
        { read -r st_line <"$proc/$1/stat"; } 2>/dev/null || return 1
        case $st_line in
            *") "*) ;;
            *) st_line=$(cat "$proc/$1/stat" 2>/dev/null) || return 1 ;;
        esac
        set -- ${st_line##*) }
        [ $# -ge 20 ] || return 1
        st_state=$1 st_group=$3
        shift 19
        st_start=$1
    else
        set -- $(ps -o stat= -o pgid= -o lstart= -p "$1" 2>/dev/null)
        [ $# -ge 3 ] || return 1
        st_state=$1 st_group=$2
        shift 2
        st_start=$*
    fi
}

# Is PID alive and the very process that started at START?
is_alive() {
    [ -n "$1" ] && stat_of "$1" || return 1
    case $st_state in Z* | X*) return 1 ;; esac
    [ -z "$2" ] || [ "$st_start" = "$2" ]
}

# Reads a pid file into p_pid p_start p_boot p_group; fails while it is not complete.
read_pid() {
    p_pid='' p_start='' p_boot='' p_group='' p_dot=''
    { { read -r p_pid && read -r p_start && read -r p_boot && read -r p_group && read -r p_dot; } <"$1"; } 2>/dev/null
    [ "$p_dot" = . ]
}

write_pid() {
    stat_of $$
    boot_id
    if [ "$2" = own ]; then group=$$; else group=-; fi
    # 1<> writes over what was reserved: a disk that is full by now does not matter.
    printf '%s\n%s\n%s\n%s\n.\n' "$$" "$st_start" "$boot" "$group" 1<>"$1"
}

# Room for a short file that must be writable later, whatever the disk says then.
reserve() { printf '%512s\n' '' >"$1"; }

short_sleep() { sleep 0.05 2>/dev/null || sleep 1; }

say() { if [ -n "${report:-}" ]; then printf '%s\n' "$*" >>"$report"; else printf '%s\n' "$*"; fi; }

# --- starting ----------------------------------------------------------------------------------------

# Sets `state` to the file that JOB left, or that what it continued left; fails with `why`.
find_state() { # RUNFOLDER JOB
    state='' why='' name=$2
    while [ -n "$name" ]; do
        before=$1/$name
        if [ ! -d "$before" ]; then
            why="the shell state is lost: nothing is left here of job $name"
            return 1
        fi
        if [ -s "$before/end" ]; then
            if [ ! -r "$before/state" ]; then
                why="the shell state is lost: job $name left it, and its file is gone"
                return 1
            fi
            state=$before/state
            return 0
        fi
        if [ ! -f "$before/rc" ]; then
            # Its supervisor too: a job that was just started has no pid yet.
            for alive in pid sup; do
                read_pid "$before/$alive"
                if is_alive "$p_pid" "$p_start"; then
                    why="job $name is still running: there is no shell state to continue from yet"
                    return 1
                fi
            done
        elif grep -q '^state 1' "$before/rc"; then
            why="the shell state is lost: job $name left it, and its file is gone"
            return 1
        fi
        # It left none (killed, exec'ed, never ran): what it started from still holds.
        name=
        { read -r name <"$before/from"; } 2>/dev/null
    done
}

order() { # the eleven words of start and terminal
    jobs=$1 run=$2 job=$3 env_bytes=$4 text_bytes=$5 timeout=$6 grace=$7 shell=$8
    shift 8
    from=$1 cwd=$2 home=$3
    dir=$jobs/$run/$job
}

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

prepare() {
    if [ -d "$dir" ]; then attached; fi
    if [ ! -d "$jobs/$run" ]; then
        mkdir -p -- "$jobs/$run" 2>/dev/null || [ -d "$jobs/$run" ] ||
            refuse "cannot make the folder $jobs/$run (not writable, or the disk is full)"
    fi
    find_state "$jobs/$run" "$from" || refuse "$why"
    case $shell in
        bash | sh) if have bash; then shell=bash; else shell=sh; fi ;;
        *) have "$shell" || refuse "there is no $shell here" ;;
    esac
    if [ -n "$state" ] && [ "$shell" != bash ]; then
        read -r kind <"$state"
        case $kind in *bash*) refuse "the shell state was left by bash and cannot be read by $shell" ;; esac
    fi
}

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
    if { reserve "$dir/sup" && reserve "$dir/pid" && reserve "$dir/rc.tmp" && reserve "$dir/stopped.tmp" &&
        : >"$dir/out" && : >"$dir/state" && : >"$dir/end" && : >"$dir/end.readonly" && : >"$dir/refused" && printf '%s\n' "$from" >"$dir/from" && printf '%s\n' "$grace" >"$dir/grace" &&
        date +%s >"$dir/started" && write_pid "$dir/sup" own && unpack; } 2>/dev/null; then
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

note_shell() {
    if [ "$wanted" = bash ] && [ "$shell" != bash ]; then
        echo "note: no bash here, run by $shell: functions and arrays are not carried on" >&2
    fi
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
            echo 'sudo did not take the password (nothing was run)' >"$dir/refused"
            exit 125
        fi
        exec 3<&-
    fi
    default_signals "$@"
    exec "$@"
}

# Whoever started us may have SIGINT or SIGQUIT ignored (nohup, `&`), and a shell cannot take that back by itself.
default_signals() {
    mask=
    [ ! -r "$proc/self/status" ] || while read -r key value; do
        if [ "$key" = SigIgn: ]; then mask=$value; fi
    done <"$proc/self/status"
    case $mask in
        *[2-7a-fA-F]) ;; # bits of signals 2 and 3
        *) return 0 ;;
    esac
    if env --default-signal=INT true 2>/dev/null; then
        exec env --default-signal=HUP,INT,QUIT,TERM "$@"
    elif have perl; then
        exec perl -e '$SIG{$_} = "DEFAULT" for qw(HUP INT QUIT TERM); exec @ARGV' "$@"
    fi
    echo "note: SIGINT is ignored in this job, as it was by whoever started the app" >>"$dir/notes"
}

# --- stopping ----------------------------------------------------------------------------------------

watch_over() {
    watch=
    [ -n "$timeout" ] || return 0
    # `$!` and not a variable: right even when TERM comes between the fork and an assignment.
    (
        trap 'kill "${!-}" 2>/dev/null; exit 0' TERM
        case $timeout in *.*) sleep 0.01 2>/dev/null || timeout=$((${timeout%.*} + 1)) ;; esac
        sleep "$timeout" &
        wait "$!"
        trap '' TERM
        : >"$dir/timed_out"
        stop_tree
    ) &
    watch=$!
}

# Pids of what is left of the job: its group, and whatever carries its mark (left the group by setsid).
members() {
    found='' strays='' group=''
    read_pid "$dir/pid" || return 0
    group=
    if [ "$p_group" != - ]; then
        group=$p_group
        # The leader's pid belongs to somebody else by now: then the group is not ours either.
        if stat_of "$p_pid" && [ "$st_start" != "$p_start" ]; then group=; fi
    fi
    if [ ! -r "$proc/uptime" ]; then
        [ -n "$group" ] || { if is_alive "$p_pid" "$p_start"; then found=" $p_pid"; fi; return 0; }
        found=$(ps -A -o pid= -o pgid= -o stat= | while read -r pid pgid stat; do
            case $stat in Z*) ;; *) [ "$pgid" != "$group" ] || printf ' %s' "$pid" ;; esac
        done)
        return 0
    fi
    for entry in "$proc"/[0-9]*; do
        pid=${entry##*/}
        stat_of "$pid" || continue
        case $st_state in Z* | X*) continue ;; esac
        if [ "$st_group" = "$group" ]; then
            found="$found $pid"
        elif [ "${1-}" = marked ] && [ "$st_start" -ge "${p_start:-0}" ] && [ "$pid" != $$ ] &&
            { tr '\0' '\n' <"$entry/environ"; } 2>/dev/null | LC_ALL=C grep -qxF "RBT_JOB=${dir##*/}"; then
            found="$found $pid" strays="$strays $pid"
        fi
    done
}

# TERM, grace, KILL, and a look at what is left; `stopped` holds the number.
stop_tree() {
    read -r grace <"$dir/grace"
    uptime_cs
    until=$((cs + ${grace%.*} * 100))
    case $grace in *.*) until=$((until + 100)) ;; esac
    # A job that was only just made has no pid yet.
    tries=0
    until read_pid "$dir/pid" || [ -f "$dir/rc" ] || [ "$tries" -ge 40 ]; do short_sleep; tries=$((tries + 1)); done
    members marked
    # Each gets one TERM: some programs take a second one for "now".
    for signal in TERM CONT; do
        if [ -n "$group" ]; then kill -"$signal" "-$group" 2>/dev/null; else strays=$found; fi
        for pid in $strays; do kill -"$signal" "$pid" 2>/dev/null; done
    done
    while :; do
        members marked
        [ -n "$found" ] || break
        uptime_cs
        [ "$cs" -lt "$until" ] || break
        short_sleep
    done
    tries=0
    while [ -n "$found" ] && [ "$tries" -lt 20 ]; do
        [ -z "$group" ] || kill -KILL "-$group" 2>/dev/null
        for pid in $found; do kill -KILL "$pid" 2>/dev/null; done
        short_sleep
        members marked
        tries=$((tries + 1))
    done
    set -- $found
    { printf '%s\n.\n' $# 1<>"$dir/stopped.tmp" && mv -f -- "$dir/stopped.tmp" "$dir/stopped"; } 2>/dev/null
}

# Writes the result; the first one stands.
finish() {
    code=$1
    uptime_cs
    took=$((cs - began))
    if [ -n "$watch" ]; then
        if [ ! -f "$dir/timed_out" ]; then kill -TERM "$watch" 2>/dev/null; fi
        wait "$watch" 2>/dev/null
    fi
    if [ -f "$dir/cancel" ]; then
        tries=0
        read -r grace <"$dir/grace"
        until [ -f "$dir/stopped" ] || [ "$tries" -ge "$(((${grace%.*} + 5) * 20))" ]; do
            short_sleep
            tries=$((tries + 1))
        done
    fi
    write_rc "$code" "$took"
}

write_rc() { # CODE HUNDREDTHS
    signal='' detail='' timed_out=0 cancelled=0 left=0 kept=0 ended=''
    [ ! -f "$dir/timed_out" ] || timed_out=1
    [ ! -f "$dir/cancel" ] || cancelled=1
    { read -r ended <"$dir/end"; } 2>/dev/null
    if [ -n "$ended" ]; then
        kept=1
    else
        { read -r detail <"$dir/refused"; } 2>/dev/null ||
            detail='it left no shell state; the next command continues from the state before it'
    fi
    if [ "$1" != - ] && [ "$1" -gt 128 ]; then
        signal=$(kill -l "$1" 2>/dev/null) || signal=
        case $signal in *[!A-Z0-9+-]* | [0-9]*) signal= ;; esac
        if [ "$ended" = done ] && [ -n "$signal" ]; then
            detail="status $1: its last command was probably ended by SIG$signal"
            signal=
        fi
    fi
    if [ -f "$dir/stopped" ]; then
        read -r left <"$dir/stopped"
    elif read_pid "$dir/pid" && [ "$p_group" != - ] && kill -0 "-$p_group" 2>/dev/null; then
        members
        set -- "$1" "$2" $found
        left=$(($# - 2))
    fi
    fraction=0$(($2 % 100))
    [ ! -s "$dir/notes" ] || while read -r note; do
        case $note in "note: "*) detail="${detail:+$detail; }${note#note: }" ;; esac
    done <"$dir/notes"
    {
        echo "exit $1"
        echo "signal $signal"
        echo "timed_out $timed_out"
        echo "cancelled $cancelled"
        echo "leftover $left"
        echo "state $kept"
        echo "seconds $(($2 / 100)).${fraction#"${fraction%??}"}"
        echo "detail $detail"
        echo "."
    } 1<>"$dir/rc.tmp" && mv -f -- "$dir/rc.tmp" "$dir/rc"
}

cancel() { # JOBS RUN JOB
    umask 077
    dir=$1/$2/$3
    [ -d "$dir" ] || refuse "there is no job $3 here"
    if [ ! -f "$dir/rc" ] && [ ! -f "$dir/sealed" ]; then
        : >"$dir/cancel"
        stop_tree
        tries=0
        until [ -f "$dir/rc" ] || [ "$tries" -ge 100 ]; do
            if [ "$((tries % 10))" = 9 ] && ! { read_pid "$dir/sup" && is_alive "$p_pid" "$p_start"; }; then
                [ -f "$dir/rc" ] || write_rc - 0 # the supervisor is gone: stopped, exit status not known
                break
            fi
            short_sleep
            tries=$((tries + 1))
        done
    fi
    show
}

# --- asking ------------------------------------------------------------------------------------------

show() {
    if [ -f "$dir/rc" ]; then say phase exited; fi
    started=
    { read -r started <"$dir/started"; } 2>/dev/null
    say "started $started"
    say "bytes $(($(wc -c <"$dir/out" 2>/dev/null || echo 0)))"
    [ ! -f "$dir/rc" ] || cat -- "$dir/rc"
}

seal() { # JOBS RUN JOB
    umask 077
    if [ ! -d "$1/$2" ]; then mkdir -p -- "$1/$2" 2>/dev/null; fi
    if mkdir -- "$1/$2/$3" 2>/dev/null; then
        { : >"$1/$2/$3/sealed"; } 2>/dev/null || refuse "cannot write to $1/$2/$3 (is the disk full?)"
    elif [ ! -d "$1/$2/$3" ]; then
        refuse "cannot make the folder $1/$2/$3 (not writable, or the disk is full)"
    fi
    inspect "$1" "$2" "$3" ""
}

inspect() { # JOBS RUN JOB BOOT
    boot_id
    dir=$1/$2/$3
    if [ -f "$dir/sealed" ]; then
        say phase absent
        say "detail it never started, and will not start any more"
        return 0
    fi
    if [ ! -d "$dir" ]; then
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
    while [ ! -f "$dir/rc" ]; do
        sup=no
        if read_pid "$dir/sup" && [ "$p_boot" = "$boot" ] && is_alive "$p_pid" "$p_start"; then sup=yes; fi
        if read_pid "$dir/pid"; then
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
            elif read_pid "$dir/pid"; then
                say phase vanished
                members
                set -- $found
                say "detail it was running, and ended without leaving an exit status; $# of its processes still run"
            elif read_pid "$dir/sup" && [ "$p_boot" != "$boot" ]; then
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
    jobs=$1 run=$2
    for dir in "$jobs/$run"/* "$jobs/$run"/.new.*; do
        if [ -h "$dir" ] || [ -f "$dir" ]; then
            rm -f -- "$dir"
        elif [ -d "$dir" ]; then
            if [ ! -f "$dir/rc" ] && { { read_pid "$dir/pid" && is_alive "$p_pid" "$p_start"; } ||
                { read_pid "$dir/sup" && is_alive "$p_pid" "$p_start"; }; }; then
                say "kept ${dir##*/}"
            else
                rm -rf -- "$dir"
            fi
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
