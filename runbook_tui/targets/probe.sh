#!/bin/sh
# Looks whether this host is fit for jobs, changing nothing that stays.
#
#   sh probe.sh [BECOME]
#
# POSIX sh (dash, bash, BusyBox). Answers are lines `key words`, the last one a dot; what cannot be found out is not said.
#
#   now      seconds since 1970, with a fraction where `date` can
#   boot     boot id           system    kernel and its release
#   account  who we are        shell     the login shell
#   home     the home folder   writable  yes | no, tried
#   free     KiB free where jobs are kept, then that folder
#   free_home  KiB free in the home folder
#   missing  programs that jobs cannot do without
#   setsid, tail_pid, mkfifo   yes | no
#   sudo     free | password | refused WHY | missing, when BECOME is given and is somebody else; who may not become it is
#            asked for a password first all the same
#   ends     yes: the host ends what a user left running when he logs out (KillUserProcesses)

set -u
export LC_ALL=C
proc=${RBT_PROC:-/proc}

have() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\n' "$*"; }

yes_or_no() { # KEY COMMAND…
    key=$1
    shift
    if "$@" >/dev/null 2>&1; then say "$key yes"; else say "$key no"; fi
}

clock() {
    have date || return 0
    now=$(date +%s.%N 2>/dev/null) || now=
    case $now in
        *[!0-9.]* | *. | '') now=$(date +%s 2>/dev/null) ;;
    esac
    case $now in '' | *[!0-9.]*) ;; *) say "now $now" ;; esac
}

boot() {
    if [ -r "$proc/sys/kernel/random/boot_id" ]; then
        read -r id <"$proc/sys/kernel/random/boot_id" && say "boot $id"
    elif id=$(sysctl -n kern.boottime 2>/dev/null); then
        say "boot $id"
    fi
}

account() {
    name=$(id -un 2>/dev/null) || name=$(id -u 2>/dev/null) || return 0
    say "account $name"
}

# Whether a file can be made and written to: the rights alone do not tell of a full or read-only disk.
can_write() { # FOLDER
    trial=$1/.rbt-probe.$$
    [ ! -e "$trial" ] && { printf '%512s\n' '' >"$trial"; } 2>/dev/null
    wrote=$?
    rm -f -- "$trial" 2>/dev/null
    [ "$wrote" = 0 ]
}

# The last line of `df -Pk`: with a long device name too the fourth field from the left is what is free.
free_in() { # FOLDER
    free=
    set -f
    set -- $(df -Pk -- "$1" 2>/dev/null | tail -n 1)
    set +f
    [ $# -lt 4 ] || free=$4
    case $free in '' | *[!0-9]*) free= ;; esac
}

disk() {
    home=${HOME:-}
    if [ -n "$home" ]; then
        say "home $home"
        yes_or_no writable can_write "$home"
        free_in "$home"
        [ -z "$free" ] || say "free_home $free"
    fi
    uid=$(id -u 2>/dev/null) || uid=
    for place in "${XDG_STATE_HOME:-$home/.local/state}/runbook-tui" "/var/tmp/runbook-tui-$uid" "/tmp/runbook-tui-$uid"; do
        folder=$place
        # As far as it is there: what is missing of it will be made.
        while [ ! -d "$folder" ] && [ "$folder" != "${folder%/*}" ]; do folder=${folder%/*}; done
        folder=${folder:-/}
        if [ -w "$folder" ] && { [ "$folder" != "$place" ] || [ -O "$place" ]; } && can_write "$folder"; then
            free_in "$folder"
            [ -z "$free" ] || say "free $free $place"
            return 0
        fi
    done
    say "free 0 -"
}

tools() {
    missing=
    for tool in cat chmod date dd head id ls mkdir mv rm sleep tail tr wc; do
        have "$tool" || missing="$missing $tool"
    done
    [ -z "$missing" ] || say "missing$missing"
    yes_or_no setsid have_session
    yes_or_no tail_pid tail --pid=$$ -c 0 /dev/null
    yes_or_no mkfifo have mkfifo
}

have_session() { have setsid || have perl; }

become() { # ACCOUNT
    [ -n "$1" ] && [ "$1" != "${name:-}" ] || return 0
    if ! have sudo; then
        say "sudo missing"
        return 0
    fi
    # -k: a password given a moment ago does not count, the next command may come later. It is asked for nothing.
    why=$(sudo -k -n -u "$1" true 2>&1 </dev/null)
    if [ $? = 0 ]; then
        say "sudo free"
        return 0
    fi
    case $why in
        *"password is required"* | *"a terminal is required"* | *"you must have a tty"*) say "sudo password" ;;
        *) say "sudo refused $(printf '%s' "$why" | tr '\n\r\t' '   ' | head -c 200)" ;;
    esac
}

logout() {
    ends=no
    for file in /usr/lib/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf; do
        [ -r "$file" ] || continue
        while read -r line || [ -n "$line" ]; do
            case $line in
                KillUserProcesses=[yY1tT]*) ends=yes ;;
                KillUserProcesses=*) ends=no ;;
            esac
        done <"$file"
    done
    [ ! -e "/var/lib/systemd/linger/${name:-}" ] || [ -z "${name:-}" ] || ends=no
    say "ends $ends"
}

name=
clock
boot
account
system=$(uname -sr 2>/dev/null) && say "system $system"
say "shell ${SHELL:-}"
disk
tools
become "${1:-}"
logout
say .
