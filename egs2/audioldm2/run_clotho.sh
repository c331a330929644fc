#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on Clotho (37 h of sound effects with five
# captions each). A GPU is needed. Set CLOTHO in db.sh to the folder of the corpus;
# local/prepare_clotho.py describes its contents.
#
#   ./run_clotho.sh --ngpu 1                 run all stages
#   ./run_clotho.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_clotho.sh${*:+ $*}"  # RESULTS.md shows this command
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
