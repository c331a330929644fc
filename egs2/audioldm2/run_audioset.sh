#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on AudioSet (5800 h of all kinds of sound, without
# captions). A GPU is needed. Set AUDIOSET in db.sh to the folder of the corpus;
# local/prepare_audioset.py describes its contents. AudioMAE, VAE, vocoder and a diffusion
# model conditioned on LOA alone are trained; GPT-2 is not.
#
#   ./run_audioset.sh --ngpu 1                 run all stages
#   ./run_audioset.sh --ngpu 1 --stage 5       start at stage 5
#
# A training on another corpus can start from the result:
#
#   ./run_audiocaps.sh --ngpu 1 --expdir exp/audiocaps_pretrained \
#       --dumpdir dump/audiocaps_pretrained --init_from_expdir exp/audioset
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_audioset.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh audioset '*_segments.csv' "$@")

exec ./gen_audio.sh \
    --corpus "AudioSet" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/audioset \
    --dumpdir dump/audioset \
    --expdir exp/audioset \
    --geometry conf/geometry.yaml \
    --stop_stage 12 \
    "$@"
