#!/usr/bin/env bash
# AudioLDM 2 on MTG-Jamendo (3760 h of music, captions are tags and titles), published sizes; a GPU
# is needed. Set MTG_JAMENDO in db.sh; local/prepare_mtg_jamendo.py says what lies there.
#
#   ./run_mtg_jamendo.sh --ngpu 1                 everything
#   ./run_mtg_jamendo.sh --ngpu 1 --stage 5       from one stage on
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_mtg_jamendo.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh mtg_jamendo 'data/*.tsv data/splits/*/*.tsv' "$@")

exec ./gen_audio.sh \
    --corpus "MTG-Jamendo" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/mtg_jamendo \
    --dumpdir dump/mtg_jamendo \
    --expdir exp/mtg_jamendo \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
