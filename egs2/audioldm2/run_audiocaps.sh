#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on AudioCaps (140 h of sound effects with captions
# by people). A GPU is needed. Set AUDIOCAPS in db.sh to the folder of the corpus;
# local/prepare_audiocaps.py describes its contents.
#
#   ./run_audiocaps.sh --ngpu 1                 run all stages
#   ./run_audiocaps.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_audiocaps.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh audiocaps 'train.csv val.csv test.csv' "$@")

exec ./gen_audio.sh \
    --corpus "AudioCaps" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/audiocaps \
    --dumpdir dump/audiocaps \
    --expdir exp/audiocaps \
    --geometry conf/geometry.yaml \
    "$@"
