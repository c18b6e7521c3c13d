# Sourced by supervisor.sh and remote.sh: what is known of jobs and processes, how a job begins, and how its result is written.
# They bring `say`, `refuse` and `attached` of their own. Read to the end before anything runs, as they are:
# replacing this file does not disturb running jobs.

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

# One process: st_state, st_group, st_session, st_start and the signals it ignores, st_ignored (proc(5): fields 3, 5, 6, 22
# and 33 of stat; the name before may hold anything).
stat_of() {
    st_state='' st_group='' st_session='' st_start='' st_ignored=''
    if [ -r "$proc/uptime" ]; then
        { read -r st_line <"$proc/$1/stat"; } 2>/dev/null || return 1
        case $st_line in
            *") "*) ;;
            *) st_line=$(cat "$proc/$1/stat" 2>/dev/null) || return 1 ;;
        esac
        take_stat
    else
        set -- $(ps -o stat= -o pgid= -o lstart= -p "$1" 2>/dev/null)
        [ $# -ge 3 ] || return 1
        st_state=$1 st_group=$2
        shift 2
        st_start=$*
    fi
}

take_stat() { # from st_line
    set -- ${st_line##*) }
    [ $# -ge 31 ] || return 1
    st_state=$1 st_group=$3 st_session=$4
    shift 19
    st_start=$1
    shift 11
    st_ignored=$1
}

# Is PID alive and the very process that started at START?
is_alive() {
    [ -n "$1" ] && stat_of "$1" || return 1
    case $st_state in Z* | X*) return 1 ;; esac
    [ -z "$2" ] || started_at "$2"
}

# Is that when the process of the last stat_of started? START may be two moments between which it was.
started_at() {
    case $1 in
        [0-9]*-[0-9]*) [ "$st_start" -ge "${1%-*}" ] && [ "$st_start" -le "${1#*-}" ] ;;
        *) [ "$st_start" = "$1" ] ;;
    esac
}

# Reads a pid file into p_pid p_start p_boot p_group; fails while it is not complete.
read_pid() {
    p_pid='' p_start='' p_boot='' p_group='' p_dot=''
    { { read -r p_pid && read -r p_start && read -r p_boot && read -r p_group && read -r p_dot; } <"$1"; } 2>/dev/null
    [ "$p_dot" = . ]
}

# What is known of a job whose folder was made ahead (remote.sh) is appended to the file in its place, its record: the
# folder's name; `pid` and the job's pid, a line with its start, boot id, group and "."; `stopped`; the result. What is
# the same for all jobs of a channel, their supervisor, is in one file for all of them.
read_process() { # sup|pid FOLDER RECORD
    if [ -z "$3" ]; then
        read_pid "$2/$1"
    elif [ "$1" = sup ]; then
        read_pid "${2%.*}.sup"
    else
        p_pid='' p_start='' p_boot='' p_group='' p_dot=''
        { { read -r _ && read -r _ p_pid && read -r p_start p_boot p_group p_dot; } <"$3"; } 2>/dev/null
        [ "$p_dot" = . ]
    fi
}

has_result() { # FOLDER RECORD
    [ ! -s "$1/rc" ] || return 0
    [ -n "$2" ] || return 1
    while read -r known _; do
        [ "$known" != . ] || return 0
    done <"$2"
    return 1
} 2>/dev/null

show_result() { # FOLDER RECORD
    if [ -s "$1/rc" ]; then cat -- "$1/rc"; else sed -n '/^exit /,$p' <"$2"; fi
}

# Sets `left`, how many processes a stop has left; fails when none has ended.
read_stopped() {
    left=
    if [ -z "$record" ]; then
        read -r left <"$dir/stopped"
    else
        while read -r known left; do
            [ "$known" != stopped ] || return 0
        done <"$record"
        return 1
    fi
} 2>/dev/null

read_group() { # of the job; fails where it has none of its own
    if [ -n "${leads:-}" ]; then # it is the pid, which stands first: a shell takes a system call for each byte
        if [ -z "$record" ]; then read -r p_group; else read -r _ && read -r _ p_group; fi <"${record:-$dir/pid}"
        [ -n "$p_group" ]
    else
        read_pid "$dir/pid" && [ "$p_group" != - ]
    fi
}

write_pid() {
    [ -n "${own_start:-}" ] || { stat_of $$ && own_start=$st_start; }
    [ -n "${boot:-}" ] || boot_id
    if [ "$2" = own ]; then group=$$; else group=-; fi
    # 1<> writes over what was reserved: a disk that is full by now does not matter.
    printf '%s\n%s\n%s\n%s\n.\n' "$$" "${own_start:-}" "$boot" "$group" 1<>"$1"
}

# Room for a short file that must be writable later, whatever the disk says then.
reserve() { printf '%512s\n' '' >"$1"; }

short_sleep() { sleep 0.05 2>/dev/null || sleep 1; }

# --- starting ----------------------------------------------------------------------------------------

# Sets `state` to the file that JOB left, or that what it continued left; fails with `why`.
find_state() { # RUNFOLDER JOB
    state='' why='' name=$2
    while [ -n "$name" ]; do
        folder_of "$1" "$name"
        before=$folder before_known=$in_place
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
        if ! has_result "$before" "$before_known"; then
            # Its supervisor too: a job that was just started has no pid yet.
            for alive in pid sup; do
                read_process $alive "$before" "$before_known"
                if is_alive "$p_pid" "$p_start"; then
                    why="job $name is still running: there is no shell state to continue from yet"
                    return 1
                fi
            done
        elif show_result "$before" "$before_known" | grep -q '^state 1'; then
            why="the shell state is lost: job $name left it, and its file is gone"
            return 1
        fi
        # It left none (killed, exec'ed, never ran): what it started from still holds.
        name=
        { read -r name <"$before/from"; } 2>/dev/null
    done
}

# Sets `folder` to that of a job. Where a file stands in its place, that names a folder which was made ahead (remote.sh);
# while it is empty there is none yet, and `folder` is the file. `in_place` is the file where it is the job's record.
folder_of() { # RUNFOLDER JOB
    folder=$1/$2 ahead_name='' in_place=
    [ -f "$folder" ] || return 0
    { read -r ahead_name <"$folder"; } 2>/dev/null
    case $ahead_name in
        *[!A-Za-z0-9.]*) ;;
        .ahead.*)
            folder=$1/$ahead_name
            [ -f "$folder/sup" ] || in_place=$1/$2 # older ones keep in the folder what is known of them
            ;;
    esac
}

order() { # the eleven words of start and terminal
    jobs=$1 run=$2 job=$3 env_bytes=$4 text_bytes=$5 timeout=$6 grace=$7 shell=$8
    shift 8
    from=$1 cwd=$2 home=$3
    folder_of "$jobs/$run" "$job"
    dir=$folder record=$in_place
}

prepare() {
    if [ -e "$dir" ]; then attached; fi
    if [ ! -d "$jobs/$run" ]; then
        (umask 077 && mkdir -p -- "$jobs/$run") 2>/dev/null || [ -d "$jobs/$run" ] ||
            refuse "cannot make the folder $jobs/$run (not writable, or the disk is full)"
    fi
    find_state "$jobs/$run" "$from" || refuse "$why"
    case $shell in
        bash | sh)
            [ -n "${bash_here:-}" ] || { have bash && bash_here=bash; } || bash_here=sh
            shell=$bash_here
            ;;
        *) have "$shell" || refuse "there is no $shell here" ;;
    esac
    if [ -n "$state" ] && [ "$shell" != bash ]; then
        read -r kind <"$state"
        case $kind in *bash*) refuse "the shell state was left by bash and cannot be read by $shell" ;; esac
    fi
}

# The files of a job, as few as can be: on some disks a new file takes longer than anything else here.
# A record needs no room kept for it: it stays within the block that its first line has taken.
furnish() {
    { [ -n "$record" ] || { reserve "$dir/pid" && reserve "$dir/rc.tmp" && write_pid "$dir/sup" own; }; } &&
        : >"$dir/out" &&
        { [ "${one:-}" = alone ] || : >"$dir/state" >"$dir/end" >"$dir/names.end"; } &&
        { [ "$from,$grace" = ,5 ] || printf '%s\n%s\n' "$from" "$grace" >"$dir/from"; } &&
        { [ -r "$proc/uptime" ] || date +%s >"$dir/started"; }
}

read_grace() { # of a job of an older version, too; what is not written is 5
    grace=
    { read -r _ && read -r grace; } <"$dir/from"
    [ -n "$grace" ] || read -r grace <"$dir/grace" || grace=5
} 2>/dev/null

note_shell() {
    if [ "$wanted" = bash ] && [ "$shell" != bash ]; then
        echo "note: no bash here, run by $shell: functions and arrays are not carried on" >&2
    fi
}

# --- the job's own process -----------------------------------------------------------------------------

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

# --- the result --------------------------------------------------------------------------------------

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
        read_grace
        until read_stopped || [ "$tries" -ge "$(((${grace%.*} + 5) * 20))" ]; do
            short_sleep
            tries=$((tries + 1))
        done
    fi
    write_rc "$code" "$took"
}

write_rc() { # CODE HUNDREDTHS
    # Where no file is to be expected it is asked for first: the shell says more about it than it costs to read one.
    signal='' detail='' timed_out=0 cancelled=0 left=0 kept=0 ended=''
    [ ! -f "$dir/timed_out" ] || timed_out=1
    [ ! -f "$dir/cancel" ] || cancelled=1
    [ ! -s "$dir/end" ] || { read -r ended <"$dir/end"; } 2>/dev/null
    if [ -n "$ended" ]; then
        kept=1
    elif [ ! -f "$dir/refused" ] || ! { read -r detail <"$dir/refused"; } 2>/dev/null; then
        if [ -z "${one:-}" ]; then
            detail='it left no shell state; the next command continues from the state before it'
        elif [ "$timed_out$cancelled" = 00 ]; then
            ended=done
        fi
    fi
    if [ "$1" != - ] && [ "$1" -gt 128 ]; then
        signal=$(kill -l "$1" 2>/dev/null) || signal=
        case $signal in *[!A-Z0-9+-]* | [0-9]*) signal= ;; esac
        if [ "$ended" = done ] && [ -n "$signal" ]; then
            detail="status $1: its last command was probably ended by SIG$signal"
            signal=
        fi
    fi
    if [ "$timed_out$cancelled" != 00 ] && read_stopped; then
        :
    elif { read_group && kill -0 "-$p_group"; } 2>/dev/null; then
        members
        set -- "$1" "$2" $found
        left=$(($# - 2))
    fi
    fraction=0$(($2 % 100))
    [ ! -s "$dir/notes" ] || while read -r note; do
        case $note in "note: "*) detail="${detail:+$detail; }${note#note: }" ;; esac
    done <"$dir/notes"
    # What a record takes without more room on the disk.
    if [ -n "$record" ] && [ "${#detail}" -gt 500 ]; then detail=$(printf '%.500s' "$detail"); fi
    result="exit $1
signal $signal
timed_out $timed_out
cancelled $cancelled
leftover $left
state $kept
seconds $(($2 / 100)).${fraction#"${fraction%??}"}
detail $detail
."
    # One write, and so whole; where there is no room for it, into what was reserved, which a stop has made its own.
    if [ -n "$record" ] && printf '%s\n' "$result" >>"$record"; then
        :
    elif ! { printf '%s\n' "$result" >"$dir/rc"; } 2>/dev/null; then
        reserved=$dir/rc.tmp
        [ -f "$reserved" ] || reserved=$dir/stopped
        printf '%s\n' "$result" 1<>"$reserved" && mv -f -- "$reserved" "$dir/rc"
    fi
}
