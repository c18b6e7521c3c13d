# What shell-bash.sh does, for a plain POSIX shell: the current folder, variables, umask and -e/-u are carried; functions
# are not. $2 job folder, $3 state to continue from, $4 folder asked for, $5 folder a run starts in.
# An EXIT trap of the command's own replaces ours: then the state is kept only when the text runs to its end.

__rbt_refuse() {
    printf 'runbook: %s (nothing was run)\n' "$1"
    umask 077
    printf '%s (nothing was run)\n' "$1" >|"$__rbt_dir/refused"
    exit 125
}

__rbt_save() { # STATUS, or the one of the moment
    __rbt_status=${1-$?}
    [ -n "${__rbt_dir-}" ] || return "$__rbt_status"
    __rbt_set=
    case $- in *e*) __rbt_set=e ;; esac
    case $- in *u*) __rbt_set=${__rbt_set}u ;; esac
    set +euxaf
    unset IFS
    if [ -n "$__rbt_want" ] && [ "$PWD" = "$__rbt_start" ]; then __rbt_cwd=$__rbt_base; else __rbt_cwd=$PWD; fi
    unset RBT_JOB RBT_RUN $__rbt_filled
    # `set` writes what a shell can read back (POSIX 2.14 set); names that a shell keeps itself are harmless in there.
    {
        echo '# shell state of a plain sh' && printf 'umask ' && umask && set &&
            export -p | sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\).*/export \1/p' && echo '__rbt_whole=yes'
    } 1<>"$__rbt_dir/state" && echo "${__rbt_done:-exit}" 1<>"$__rbt_dir/end"
    __rbt_dir=
    return "$__rbt_status"
}

# The state comes back first: it holds our own names as the last job had them.
set -- "$@" "${TERM-}" "${SSH_AUTH_SOCK-}" "$RBT_JOB" "$RBT_RUN"
__rbt_cwd='' __rbt_whole='' __rbt_set=''
if [ -n "$3" ]; then . "$3" 2>/dev/null; else __rbt_whole=yes; fi
__rbt_dir=$2 __rbt_want=$4 __rbt_base=${__rbt_cwd:-$5} __rbt_done='' __rbt_filled=''
[ "$__rbt_whole" = yes ] || __rbt_refuse 'the shell state could not be brought back'
[ -z "$6" ] || export TERM="$6"
if [ -n "$7" ] && [ ! -S "${SSH_AUTH_SOCK-}" ]; then export SSH_AUTH_SOCK="$7"; fi
export RBT_JOB="$8" RBT_RUN="$9"
set --
unset IFS
if [ -r "$__rbt_dir/env" ]; then
    __rbt_filled=$(sed -n 's/^export \(RBT_V[A-Za-z0-9_]*\)=.*/\1/p' "$__rbt_dir/env")
    . "$__rbt_dir/env"
    : >|"$__rbt_dir/env"
fi
case $__rbt_want in
    '') __rbt_start=$__rbt_base ;;
    /*) __rbt_start=$__rbt_want ;;
    '~') __rbt_start=${HOME-} ;;
    '~/'*) __rbt_start=${HOME-}/${__rbt_want#??} ;;
    *) __rbt_start=$__rbt_base/$__rbt_want ;;
esac
if ! cd -- "$__rbt_start" 2>/dev/null; then
    if [ -d "$__rbt_start" ]; then
        __rbt_refuse "the folder $__rbt_start may not be entered"
    else
        __rbt_refuse "no such folder: $__rbt_start"
    fi
fi
__rbt_start=$PWD
trap '{ __rbt_save; } 2>/dev/null' EXIT
[ -z "$__rbt_set" ] || set "-$__rbt_set"
. "$__rbt_dir/text"
__rbt_status=$?
__rbt_done=done
{ __rbt_save "$__rbt_status"; } 2>/dev/null
exit "$__rbt_status"
