#!/usr/bin/env bash
# AudioLDM 2 on VGGSound (550 h of effects and music, captions are labels), published sizes; a GPU
# is needed. Set VGGSOUND in db.sh; local/prepare_vggsound.py says what lies there.
#
#   ./run_vggsound.sh --ngpu 1                 everything
#   ./run_vggsound.sh --ngpu 1 --stage 5       from one stage on
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_vggsound.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh vggsound 'vggsound.csv' "$@")

exec ./gen_audio.sh \
    --corpus "VGGSound" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/vggsound \
    --dumpdir dump/vggsound \
    --expdir exp/vggsound \
    --geometry conf/geometry.yaml \
    "$@"
