#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on MSD (4280 h of music; captions are tags and
# titles). A GPU is needed. Set MSD in db.sh to the folder of the corpus;
# local/prepare_msd.py describes its contents.
#
#   ./run_msd.sh --ngpu 1                 run all stages
#   ./run_msd.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_msd.sh${*:+ $*}"  # RESULTS.md shows this command
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
