# What bash completes behind NAME, as `NAME completion bash` has printed it. It calls no program.

# The commands below a command.
__NAME_below() {
    case $1 in
BELOW
    *) reply= ;;
    esac
}

# The words of a command that are no commands.
__NAME_words() {
    case $1 in
WORDS
    *) reply= ;;
    esac
}

# The flags of a command.
__NAME_flags() {
    case $1 in
FLAGS
    *) reply= ;;
    esac
    reply+=' GLOBAL'
}

# Whether a flag has a value behind it.
__NAME_takes() {
    case $1 in
TAKES) return 0 ;;
    *) return 1 ;;
    esac
}

# What a flag of a command may have behind it.
__NAME_values() {
    reply= kind=one
    case "$1 $2" in
VALUES
    esac
}

_NAME() {
    local IFS=$' \t\n' cur=$2 at= flag= last= value= before= reply= kind= help= item= word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            # Behind a flag, or within its value.
            [[ -n $flag || -z $last ]] || flag=$last value+="="
            continue
        elif [[ -n $flag ]]; then
            last=$flag flag= value+=$word
            continue
        fi
        last= value=
        if [[ $word == -* ]]; then
            __NAME_takes "$word" && flag=$word
        elif [[ $word == help && -z $at ]]; then
            help=1
        elif __NAME_below "$at"; [[ " $reply " == *" $word "* ]]; then
            at=${at:+$at }$word
        fi
    done
    if [[ $cur == = ]]; then
        cur=
        [[ -n $flag || -z $last ]] || flag=$last value+="="
    elif [[ $cur == --*=* ]]; then # where COMP_WORDBREAKS has no =
        flag=${cur%%=*} before=${cur%%=*}= cur=${cur#*=}
    fi
    if [[ -n $flag ]]; then
        __NAME_values "$at" "$flag"
        case $kind in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        list)
            compopt -o nospace
            if [[ $cur == *,* ]]; then
                before+=${cur%,*}, cur=${cur##*,}
            elif [[ -n $value ]]; then # bash completes what stands behind the =
                value=${value##*,} item=
                for word in $reply; do
                    [[ $word != "$value"* ]] || item+=" ${word#"$value"}"
                done
                reply=$item
            fi
            ;;
        esac
    elif [[ -n $help ]]; then
        __NAME_below "$at"
    elif [[ $cur == -* ]]; then
        __NAME_flags "$at"
    else
        __NAME_below "$at"
        [[ -n $reply ]] || __NAME_words "$at"
        [[ -n $reply ]] || __NAME_flags "$at"
    fi
    COMPREPLY=($(compgen -P "$before" -W "$reply" -- "$cur"))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=-] ]]; then
        compopt -o nospace
    fi
}

complete -F _NAME NAME
