#!/usr/bin/env bash
# Turn the tables of the corpus into data folders: data/{train,valid,test}.
#   reads   three tables, by default the tables of the embedded corpus
#   writes  data/<set>/{wav.scp,text,utt2spk,...}
#   takes   seconds
set -euo pipefail

# options
train_table=corpus/train.tsv  # TSV with columns id, audio, caption; optional: transcript, ...
valid_table=corpus/valid.tsv  # table of the validation set, with the same columns
test_table=corpus/test.tsv    # table of the test set, with the same columns
datadir=data                  # folder for the data folders train, valid and test
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
        *) printf '%s: unknown option %s; the options are:\n%s\n' "$0" "$1" "${help_message}" >&2
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
