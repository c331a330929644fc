#!/usr/bin/env bash
# Make the tables of several corpora and one table of all their training sets, and print
# the folder of this table. Validation and test sets are those of the first corpus:
#   local/mixed_tables.sh DATADIR 'NAME=WEIGHT...' OPTION...
#   reads   the folders of the corpora, which db.sh names
#   writes  <datadir>/tables/{train,valid,test}.tsv, <datadir>/<name>/tables
# OPTIONs are options of the recipe.
set -euo pipefail

datadir=$1 mixture=$2
shift 2
options=("$@")
while [ $# -gt 1 ]; do
    [ "$1" != --datadir ] || datadir=$2
    shift 2
done
. ./path.sh

declare -A lists=(
    [audiocaps]='*.csv' [audioset]='*_segments.csv' [wavcaps]='json_files/*/*.json'
    [vggsound]=vggsound.csv [msd]='ecals_annotation/*.json'
)
tables=${datadir}/tables adds=() reads=(local/mix_tables.py) first=
for each in ${mixture}; do
    name=${each%%=*}
    folder=$(local/corpus_tables.sh "${name}" "${lists[${name}]:-}" "${options[@]}" \
        --datadir "${datadir}/${name}")
    first=${first:-${folder}}
    adds+=(--add "${name}" "${each#*=}" "${folder}/train.tsv")
    reads+=("${folder}/train.tsv")
done
python3 -m espnet2.gen_audio.bin.run_step --stamp_dir "${datadir}/.stamps" \
    --name mix_tables --reads "${reads[@]}" "${first}/valid.tsv" "${first}/test.tsv" \
    --writes "${tables}/train.tsv" -- python3 local/mix_tables.py "${adds[@]}" \
    --exclude "${first}/valid.tsv" "${first}/test.tsv" --output "${tables}/train.tsv" >&2
scripts/copy_into.sh "${tables}" "${first}/valid.tsv" "${first}/test.tsv"
realpath "${tables}"
