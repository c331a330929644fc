#!/usr/bin/env bash
# Make the tables of a speech corpus, unless they are up to date, and print their folder:
#   local/speech_tables.sh ljspeech|gigaspeech OPTION...     options of the recipe
#   reads   LJSPEECH or GIGASPEECH of db.sh
#   writes  <datadir>/tables/{train,valid,test}.tsv
# Heeds --datadir, --stage (after stage 1 tables are taken as they are) and
# --local_data_opts, which go to local/prepare_<corpus>.py.
set -euo pipefail

name=$1
shift
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
case ${name} in
    ljspeech) place=LJSPEECH meta=(metadata.csv LJSpeech-1.1/metadata.csv) ;;
    gigaspeech) place=GIGASPEECH meta=(GigaSpeech.json) ;;
    *) echo "$0: corpus ${name} is unknown; give ljspeech or gigaspeech" >&2; exit 1 ;;
esac
if [ "${stage}" -le 1 ] || [ ! -e "${tables}/test.tsv" ]; then
    if [ -z "${!place}" ]; then
        echo "$0: ${place} is empty; set it in db.sh to the folder of the corpus" >&2
        exit 1
    fi
    reads=("local/prepare_${name}.py")
    for file in "${meta[@]/#/${!place}/}"; do
        [ ! -e "${file}" ] || reads+=("${file}")
    done
    # shellcheck disable=SC2154 # set by printf above
    python3 -m espnet2.gen_audio.bin.run_step --stamp_dir "${datadir}/.stamps" \
        --name "prepare_${name}" --reads "${reads[@]}" \
        --writes "${tables}/train.tsv" "${tables}/valid.tsv" "${tables}/test.tsv" -- \
        python3 "local/prepare_${name}.py" --corpus "${!place}" \
        --output_dir "${tables}" ${local_data_opts} >&2
fi
realpath "${tables}"
