# Completion of aio's command line for bash.
_aio() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
    COMPREPLY=()
    # Behind the script its own arguments follow: files.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            compile) [ "$i" = 1 ] && break ;;
            -c | -m | --seed | --watchdog | --dump | --trace | = | -*) continue ;;
        esac
        case ${COMP_WORDS[i - 1]} in
            -c | -m | --seed | --watchdog | --dump | --trace | =) continue ;;
        esac
        break
    done
    if ((i < COMP_CWORD)); then
        compopt -o default
        [[ ${COMP_WORDS[1]} = compile && $cur = -* ]] && COMPREPLY=(-o)
        return
    fi
    [[ $cur = = ]] && cur=
    [[ $prev = = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    case $prev in
        --dump) mapfile -t COMPREPLY < <(compgen -W 'tokens ast bytecode' -- "$cur") ;;
        --trace) mapfile -t COMPREPLY < <(compgen -W 'loop ops' -- "$cur") ;;
        -c | -m | --seed | --watchdog) ;;
        *)
            if [[ $cur = -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '-c -m - -i -q --virtual-time --seed --watchdog --hints
                    --dump= --trace= -h --help -V --version' -- "$cur")
                [[ ${COMPREPLY[*]} = *= ]] && compopt -o nospace
            else
                compopt -o default
                [ "$COMP_CWORD" = 1 ] && mapfile -t COMPREPLY < <(compgen -W compile -- "$cur")
            fi
            ;;
    esac
}
complete -F _aio aio
