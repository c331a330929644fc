#!/usr/bin/env bash
# AudioLDM 2 on Clotho (37 h of effects, five captions each), published sizes; a GPU
# is needed. Set CLOTHO in db.sh; local/prepare_clotho.py says what lies there.
#
#   ./run_clotho.sh --ngpu 1                 everything
#   ./run_clotho.sh --ngpu 1 --stage 5       from one stage on
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_clotho.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh clotho 'clotho_captions_*.csv' "$@")

exec ./gen_audio.sh \
    --corpus "Clotho" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/clotho \
    --dumpdir dump/clotho \
    --expdir exp/clotho \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
