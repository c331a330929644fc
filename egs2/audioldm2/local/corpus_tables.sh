#!/usr/bin/env bash
# Make the tables of a corpus, unless they are up to date, and print their folder:
#   local/corpus_tables.sh NAME 'LIST...' OPTION...
#   reads   the folder of the corpus, which db.sh names; LISTs are patterns of files there
#   writes  <datadir>/tables/{train,valid,test}.tsv, by local/prepare_NAME.py
# OPTIONs are options of the recipe. --datadir is the folder for the tables. With --stage 2
# or above, existing tables are used. --local_data_opts are passed to local/prepare_NAME.py.
# If missing.tsv lists missing sounds, the tables are always made again, because the sounds
# may be there now.
set -euo pipefail

name=$1 lists=$2
shift 2
datadir=data/${name} stage=1 local_data_opts=
while [ $# -gt 1 ]; do
    case $1 in
        --datadir | --stage | --local_data_opts) printf -v "${1#--}" '%s' "$2" ;;
    esac
    shift 2
done
. ./path.sh
. ./db.sh

tables=${datadir}/tables
place=${name^^}
if [ "${stage}" -le 1 ] || [ ! -e "${tables}/test.tsv" ]; then
    if [ -z "${!place:-}" ]; then
        echo "$0: ${place} is empty; set it in db.sh to the folder of the corpus" >&2
        exit 1
    fi
    reads=("local/prepare_${name}.py") force=()
    set -f # compgen expands the patterns in the folder of the corpus
    for list in ${lists}; do
        mapfile -t -O ${#reads[@]} reads < <(compgen -G "${!place}/${list}")
    done
    set +f
    [ "$(wc -l 2> /dev/null < "${tables}/missing.tsv" || echo 1)" -le 1 ] || force=(--force)
    # shellcheck disable=SC2154 # set by printf above
    python3 -m espnet2.gen_audio.bin.run_step --stamp_dir "${datadir}/.stamps" \
        --name "prepare_${name}" "${force[@]}" --reads "${reads[@]}" \
        --writes "${tables}/train.tsv" "${tables}/valid.tsv" "${tables}/test.tsv" -- \
        python3 "local/prepare_${name}.py" --corpus "${!place}" \
        --output_dir "${tables}" ${local_data_opts} >&2
fi
realpath "${tables}"
