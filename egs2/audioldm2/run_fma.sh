#!/usr/bin/env bash
# AudioLDM 2 on FMA (888 h of music, captions are genres and titles), published sizes; a GPU
# is needed. Set FMA in db.sh; local/prepare_fma.py says what lies there.
#
#   ./run_fma.sh --ngpu 1                 everything
#   ./run_fma.sh --ngpu 1 --stage 5       from one stage on
#   ./run_fma.sh --ngpu 1 --local_data_opts "--subset full"
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_fma.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh fma 'fma_metadata/tracks.csv fma_metadata/genres.csv' "$@")

exec ./gen_audio.sh \
    --corpus "Free Music Archive" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/fma \
    --dumpdir dump/fma \
    --expdir exp/fma \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
