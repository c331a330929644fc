#!/usr/bin/env bash
# Source this after the defaults of a script: its options then set those variables.
#   --a-b value      sets the variable a_b, which the script must have set before
#   --config file    sources a file first; the other options win over it
#   --help           prints the variable help_message and ends
# A variable whose default is true or false accepts nothing else.

po_fail() {
    echo "$0: error: $1" >&2
    exit 1
}

for ((po_i = 1; po_i < $#; po_i++)); do
    if [ "${!po_i}" = --config ]; then
        po_next=$((po_i + 1))
        [ -r "${!po_next}" ] || po_fail "cannot read the file of --config: ${!po_next}"
        # shellcheck disable=SC1090
        . "${!po_next}"
    fi
done

while [ $# -gt 0 ]; do
    case "$1" in
        --help | -h)
            echo "${help_message:-No help for $0.}"
            exit 0
            ;;
        --*=*) po_fail "write '${1%%=*} ${1#*=}' instead of '$1'" ;;
        --) shift && break ;;
        --*)
            po_name=${1#--}
            po_name=${po_name//-/_}
            [[ ${po_name} =~ ^[a-zA-Z_][a-zA-Z0-9_]*$ ]] || po_fail "bad option $1"
            [ $# -gt 1 ] || po_fail "option $1 needs a value"
            if [ "${po_name}" != config ]; then
                [ -n "${!po_name+set}" ] || po_fail "unknown option $1; see --help"
                case "${!po_name}:$2" in
                    true:true | true:false | false:true | false:false) ;;
                    true:* | false:*) po_fail "$1 takes true or false, not '$2'" ;;
                esac
                printf -v "${po_name}" '%s' "$2"
            fi
            shift 2
            ;;
        *) break ;;
    esac
done
unset po_i po_next po_name
unset -f po_fail
