#!/usr/bin/env bash
# Turn the tables of the corpus into data folders: data/{train,valid,test}.
#   reads   the three tables; by default those of the embedded corpus
#   writes  data/<set>/{wav.scp,text,utt2spk,...}
#   takes   seconds
set -euo pipefail

# options
train_table=corpus/train.tsv  # columns id, audio, caption; optional transcript, start, ...
valid_table=corpus/valid.tsv  # likewise
test_table=corpus/test.tsv    # likewise
datadir=data                  # gets the folders train, valid and test
# end of options

help_message=$(sed -n '/^# options$/,/^# end of options$/{/^#/!p}' "$0")
while [ $# -gt 0 ]; do
    if [ "$1" = --help ]; then
        echo "${help_message}"
        exit 0
    fi
    if [ $# -lt 2 ]; then
        echo "$0: option $1 needs a value" >&2
        exit 1
    fi
    case "$1" in
        --train_table) train_table=$2 ;;
        --valid_table) valid_table=$2 ;;
        --test_table) test_table=$2 ;;
        --datadir) datadir=$2 ;;
        *) printf '%s: unknown option %s; accepted:\n%s\n' "$0" "$1" "${help_message}" >&2
           exit 1 ;;
    esac
    shift 2
done

prepare() {  # <table> <set>
    python3 -m espnet2.gen_audio.bin.prepare_table --table "$1" --output_dir "${datadir}/$2"
}
prepare "${train_table}" train
prepare "${valid_table}" valid
prepare "${test_table}" test
