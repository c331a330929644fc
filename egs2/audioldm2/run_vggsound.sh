#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on VGGSound (550 h of sound effects and music;
# captions are labels). A GPU is needed. Set VGGSOUND in db.sh to the folder of the
# corpus; local/prepare_vggsound.py describes its contents.
#
#   ./run_vggsound.sh --ngpu 1                 run all stages
#   ./run_vggsound.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_vggsound.sh${*:+ $*}"  # RESULTS.md shows this command
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
