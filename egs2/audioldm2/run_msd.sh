#!/usr/bin/env bash
# AudioLDM 2 on MSD (4280 h of music, captions are tags and titles), published sizes; a GPU
# is needed. Set MSD in db.sh; local/prepare_msd.py says what lies there.
#
#   ./run_msd.sh --ngpu 1                 everything
#   ./run_msd.sh --ngpu 1 --stage 5       from one stage on
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_msd.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh msd 'ecals_annotation/*.json' "$@")

exec ./gen_audio.sh \
    --corpus "Million Song Dataset" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/msd \
    --dumpdir dump/msd \
    --expdir exp/msd \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
