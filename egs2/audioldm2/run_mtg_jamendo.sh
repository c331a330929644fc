#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on MTG-Jamendo (3760 h of music; captions are tags
# and titles). A GPU is needed. Set MTG_JAMENDO in db.sh to the folder of the corpus;
# local/prepare_mtg_jamendo.py describes its contents.
#
#   ./run_mtg_jamendo.sh --ngpu 1                 run all stages
#   ./run_mtg_jamendo.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_mtg_jamendo.sh${*:+ $*}"  # RESULTS.md shows this command
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
