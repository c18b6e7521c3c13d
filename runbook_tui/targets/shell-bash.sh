# Sourced by the bash of a job: brings the shell state back, runs the command text, leaves the state for the next job.
# $2 job folder, $3 state to continue from, $4 folder asked for, $5 folder a run starts in, $6 whether the text is one
# program and its words: then that takes the place of the shell, which would have nothing new to leave.
#
# Carried: the current folder, variables with their attributes (readonly ones come back writable, so that a command can
# be run again), functions, aliases, umask, and the options listed below. Not carried: traps, xtrace, open files.
# A folder asked for ($4) holds for one command; only a `cd` in the command itself moves the ones after it.
# Files of our own are there already and empty, so `1<>` and not `>`: what was made empty goes to the disk at once on ext4.
# The state is written by the EXIT trap, so also after `exit 3`, after `set -e` and in `set -u` shells.

__rbt_dir=$2 __rbt_from=$3 __rbt_want=$4 __rbt_home=$5 __rbt_one=${6-}
__rbt_cwd='' __rbt_oldpwd='' __rbt_names='' __rbt_set='' __rbt_shopt='' __rbt_start='' __rbt_done='' __rbt_whole=''
__rbt_base='' __rbt_ifs='' __rbt_sock=${SSH_AUTH_SOCK-}
set --

__rbt_refuse() {
    builtin printf 'runbook: %s (nothing was run)\n' "$1"
    builtin umask 077
    builtin printf '%s (nothing was run)\n' "$1" >|"$__rbt_dir/refused"
    exit 125
}

# Sets __rbt_now to the names of all that is carried, __rbt_ro to all that is readonly, each name between blanks.
# Left out are names that belong to bash itself, to the terminal of the moment, or to us. $1 is for the name of a file.
__rbt_look() {
    __rbt_now=' ' __rbt_ro=' '
    local IFS=$' \t\n' __rbt_list=() __rbt_n __rbt_past='' __rbt_all=() __rbt_own="@(__rbt_*|BASH*|RBT_JOB|RBT_RUN|RBT_V*|\
FUNCNAME|DIRSTACK|GROUPS|EUID|UID|PPID|SHELLOPTS|RANDOM|SRANDOM|SECONDS|LINENO|PIPESTATUS|EPOCHSECONDS|EPOCHREALTIME|\
HISTCMD|COMP_*|_|IFS|PWD|OLDPWD|SHLVL|OPTIND|OPTERR|OPTARG|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|TERM|COLUMNS|LINES|\
SSH_TTY|LC_ALL)"
    builtin shopt -s extglob
    # The last line is there when all before it is: the disk may be full. A bash may be too old or made without these.
    if ! {
        {
            builtin compgen -v -X "$__rbt_own"
            builtin printf '=\n' && builtin readonly -p && builtin printf '.\n'
        } 1<>"$__rbt_dir/names.$1" && builtin mapfile -t __rbt_list <"$__rbt_dir/names.$1" &&
            [[ ${__rbt_list[0]} != = && ${__rbt_list[${#__rbt_list[@]} - 1]} == . ]]
    } 2>/dev/null; then
        __rbt_all=(
            "${!a@}" "${!b@}" "${!c@}" "${!d@}" "${!e@}" "${!f@}" "${!g@}" "${!h@}" "${!i@}" "${!j@}" "${!k@}"
            "${!l@}" "${!m@}" "${!n@}" "${!o@}" "${!p@}" "${!q@}" "${!r@}" "${!s@}" "${!t@}" "${!u@}" "${!v@}"
            "${!w@}" "${!x@}" "${!y@}" "${!z@}" "${!A@}" "${!B@}" "${!C@}" "${!D@}" "${!E@}" "${!F@}" "${!G@}"
            "${!H@}" "${!I@}" "${!J@}" "${!K@}" "${!L@}" "${!M@}" "${!N@}" "${!O@}" "${!P@}" "${!Q@}" "${!R@}"
            "${!S@}" "${!T@}" "${!U@}" "${!V@}" "${!W@}" "${!X@}" "${!Y@}" "${!Z@}" "${!_@}"
        )
        __rbt_list=()
        for __rbt_n in "${__rbt_all[@]}"; do [[ $__rbt_n == $__rbt_own ]] || __rbt_list+=("$__rbt_n"); done
        __rbt_list+=(=)
        builtin readonly -p >|"$__rbt_dir/names.$1"
        while builtin read -r __rbt_n; do __rbt_list+=("$__rbt_n"); done <"$__rbt_dir/names.$1"
    fi
    for __rbt_n in "${__rbt_list[@]}"; do
        if [[ -n $__rbt_past ]]; then
            __rbt_n=${__rbt_n#declare -* }
            __rbt_ro+="${__rbt_n%%=*} "
        elif [[ $__rbt_n == = ]]; then
            __rbt_past=yes
        else
            __rbt_now+="$__rbt_n "
        fi
    done
}

# No process is started in here, and nothing depends on the options, IFS or functions the command left behind.
__rbt_save() {
    __rbt_status=$?
    if [[ $BASH_SUBSHELL != 0 || -z $__rbt_dir ]]; then builtin return "$__rbt_status"; fi
    __rbt_on=$- __rbt_opts=:$SHELLOPTS: __rbt_shopts=:$BASHOPTS:
    builtin set +euxfaET
    builtin shopt -u nocasematch failglob nullglob
    __rbt_ifs='' __rbt_locale=''
    if [[ -n ${IFS+set} && $IFS != $' \t\n' ]]; then builtin printf -v __rbt_ifs 'IFS=%q' "$IFS"; fi
    if [[ -n ${LC_ALL+set} ]]; then __rbt_locale=$(builtin declare -p LC_ALL); fi
    # In the C locale every byte that is not ASCII is written as an escape, whatever encoding it belongs to.
    local LC_ALL=C IFS=$' \t\n' __rbt_n __rbt_line __rbt_keep __rbt_odd=()
    __rbt_look end
    __rbt_names=$__rbt_now __rbt_keep=$__rbt_now
    for __rbt_n in $__rbt_ro; do
        if [[ $__rbt_keep == *" $__rbt_n "* ]]; then
            __rbt_odd+=("$__rbt_n")
            __rbt_keep=${__rbt_keep/" $__rbt_n "/ }
        fi
    done
    if [[ -n $__rbt_want && $PWD == "$__rbt_start" ]]; then __rbt_cwd=$__rbt_base; else __rbt_cwd=$PWD; fi
    __rbt_set='' __rbt_shopt=''
    for __rbt_n in errexit nounset pipefail noglob noclobber allexport errtrace functrace; do
        if [[ $__rbt_opts == *":$__rbt_n:"* ]]; then __rbt_set+="-o $__rbt_n "; fi
    done
    for __rbt_n in dotglob expand_aliases extglob failglob globstar nocaseglob nocasematch nullglob lastpipe \
        inherit_errexit xpg_echo; do
        if [[ $__rbt_shopts == *":$__rbt_n:"* ]]; then __rbt_shopt+="$__rbt_n "; fi
    done
    __rbt_n=exit
    if [[ -n $__rbt_done ]]; then __rbt_n=done; fi
    __rbt_done=$__rbt_n
    builtin unset -f trap __rbt_save __rbt_refuse __rbt_look
    {
        builtin echo '# shell state of a bash' &&
            builtin printf 'builtin shopt -s extglob\n__rbt_cwd=%q __rbt_oldpwd=%q __rbt_names=%q\n' \
                "$__rbt_cwd" "${OLDPWD-}" "$__rbt_names" &&
            builtin printf '__rbt_set=%q __rbt_shopt=%q\n' "$__rbt_set" "$__rbt_shopt" &&
            builtin printf 'builtin umask ' && builtin umask &&
            builtin declare -p $__rbt_keep &&
            for __rbt_n in "${__rbt_odd[@]}"; do
                __rbt_line=$(builtin declare -p "$__rbt_n")
                __rbt_line=${__rbt_line#declare }
                __rbt_ro=${__rbt_line%% *}
                __rbt_ro=${__rbt_ro//r/}
                if [[ $__rbt_ro == - ]]; then __rbt_ro=--; fi
                builtin printf 'declare %s %s\n' "$__rbt_ro" "${__rbt_line#* }"
            done &&
            builtin printf '%s\n__rbt_ifs=%q\n' "$__rbt_locale" "$__rbt_ifs" &&
            builtin declare -f && builtin declare -Fx && builtin alias -p &&
            builtin printf 'builtin shopt -u extglob\n__rbt_whole=yes\n'
    } 1<>"$__rbt_dir/state" && builtin printf '%s\n' "$__rbt_done" 1<>"$__rbt_dir/end"
    __rbt_dir=''
    builtin return "$__rbt_status"
}

# An EXIT trap of the command's own runs after ours instead of replacing it.
trap() {
    if [[ $BASH_SUBSHELL != 0 || $# == 0 || $1 == -l || $1 == -p* || $1 == -lp ]]; then
        builtin trap "$@"
        return
    fi
    if [[ $1 == -- ]]; then shift; fi
    if [[ $# == 1 ]]; then set -- - "$1"; fi
    local __rbt_action=$1 __rbt_result=0
    shift
    while [[ $# != 0 ]]; do
        case $1 in
            0 | EXIT | exit | Exit | SIGEXIT)
                if [[ $__rbt_action == - ]]; then __rbt_action=; fi
                builtin trap -- "{ __rbt_save; } 2>/dev/null
$__rbt_action" EXIT
                ;;
            *) builtin trap -- "$__rbt_action" "$1" || __rbt_result=$? ;;
        esac
        shift
    done
    return "$__rbt_result"
}

# One compound command, read as a whole: aliases and options that come back cannot change it.
{
    if [[ -n $__rbt_from ]]; then
        builtin . "$__rbt_from"
        if [[ $__rbt_whole != yes ]]; then __rbt_refuse 'the shell state could not be brought back'; fi
        if [[ -n $__rbt_names ]]; then
            __rbt_look begin
            for __rbt_n in $__rbt_now; do
                case $__rbt_names in
                    *" $__rbt_n "*) ;;
                    *) builtin unset -v "$__rbt_n" ;;
                esac
            done 2>/dev/null
            builtin shopt -u extglob
        fi
        # The agent of a login that has ended since is of no use; the one of this login may be.
        if [[ -n $__rbt_sock && ! -S ${SSH_AUTH_SOCK-} ]]; then builtin export SSH_AUTH_SOCK="$__rbt_sock"; fi
    fi
    if [[ -r $__rbt_dir/env ]]; then
        builtin . "$__rbt_dir/env"
        : >|"$__rbt_dir/env"
    fi
    __rbt_base=${__rbt_cwd:-$__rbt_home}
    case $__rbt_want in
        '') __rbt_start=$__rbt_base ;;
        /*) __rbt_start=$__rbt_want ;;
        '~') __rbt_start=${HOME-} ;;
        '~/'*) __rbt_start=${HOME-}/${__rbt_want#??} ;;
        *) __rbt_start=$__rbt_base/$__rbt_want ;;
    esac
    if ! builtin cd -- "$__rbt_start" 2>/dev/null; then
        if [[ -d $__rbt_start ]]; then
            builtin printf -v __rbt_n 'the folder %q may not be entered' "$__rbt_start"
        else
            builtin printf -v __rbt_n 'no such folder: %q' "$__rbt_start"
        fi
        __rbt_refuse "$__rbt_n"
    fi
    __rbt_start=$PWD
    if [[ -n $__rbt_oldpwd ]]; then OLDPWD=$__rbt_oldpwd; fi
    builtin unset __rbt_n __rbt_now __rbt_ro __rbt_names __rbt_oldpwd
    if [[ -n $__rbt_one ]]; then
        IFS=' ' builtin read -r -a __rbt_one <"$__rbt_dir/text"
        if ! { builtin declare -F "$__rbt_one" || builtin alias "$__rbt_one"; } >/dev/null 2>&1 &&
            builtin type -P "$__rbt_one" >/dev/null; then
            builtin exec "${__rbt_one[@]}"
        fi
    fi
    trap - EXIT
    if [[ -n $__rbt_shopt ]]; then builtin shopt -s $__rbt_shopt; fi
    if [[ -n $__rbt_set ]]; then builtin set $__rbt_set; fi
    if [[ -n $__rbt_ifs ]]; then builtin eval "$__rbt_ifs"; fi
    builtin . "$__rbt_dir/text"
    __rbt_done=$?
    exit "$__rbt_done"
}
