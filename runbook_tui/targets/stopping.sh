# Sourced by supervisor.sh, and by remote.sh when it is needed: how a job's processes are found and ended.

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
    read_process pid "$dir" "$record" || return 0
    group=
    if [ "$p_group" != - ]; then
        group=$p_group
        # The leader's pid belongs to somebody else by now: then the group is not ours either.
        if stat_of "$p_pid" && ! started_at "$p_start"; then group=; fi
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
        elif [ "$pid" = "$p_pid" ] && started_at "$p_start"; then
            found="$found $pid" strays="$strays $pid" # on its way to a group of its own
        elif [ "${1-}" = marked ] && [ "$st_start" -ge "${p_start%-*}" ] && [ "$pid" != $$ ] &&
            { tr '\0' '\n' <"$entry/environ"; } 2>/dev/null | LC_ALL=C grep -qxF "RBT_JOB=$job"; then
            found="$found $pid" strays="$strays $pid"
        fi
    done
}

# TERM, grace, KILL, and a look at what is left; `stopped` holds the number.
stop_tree() {
    read_grace
    uptime_cs
    until=$((cs + ${grace%.*} * 100))
    case $grace in *.*) until=$((until + 100)) ;; esac
    # A job that was only just made has no pid yet.
    tries=0
    until read_process pid "$dir" "$record" || has_result "$dir" "$record" || [ "$tries" -ge 40 ]; do
        short_sleep
        tries=$((tries + 1))
    done
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
    if [ -n "$record" ]; then
        printf 'stopped %s\n' $# >>"$record"
    else
        printf '%s\n.\n' $# 1<>"$dir/rc.tmp" && mv -f -- "$dir/rc.tmp" "$dir/stopped"
    fi 2>/dev/null
}
