#!/usr/bin/env bash
# AudioLDM 2 on AudioCaps (140 h of effects, described by people), published sizes; a GPU
# is needed. Set AUDIOCAPS in db.sh; local/prepare_audiocaps.py says what lies there.
#
#   ./run_audiocaps.sh --ngpu 1                 everything
#   ./run_audiocaps.sh --ngpu 1 --stage 5       from one stage on
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_audiocaps.sh${*:+ $*}"  # as RESULTS.md shows it
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
