#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on the corpora of the paper's largest models (Full,
# 29 510 h): AudioCaps, AudioSet, WavCaps, VGGSound and MSD. GPUs are needed. Set the folders
# of the five corpora in db.sh; local/prepare_<corpus>.py describes the contents of a folder.
# Nothing is downloaded.
#
#   ./run_full.sh --ngpu 8                   run all stages
#   ./run_full.sh --ngpu 8 --stage 5         start at stage 5
#   MIXTURE="audiocaps=4 wavcaps=1" ./run_full.sh --ngpu 8
#
# The environment variable MIXTURE has the corpora and their weights: how often training
# visits a clip of each corpus. By default all weights are 1, as in the paper. Validation and
# test sets are those of the first corpus; their clips are left out of the training set.
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_full.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"
mixture=${MIXTURE:-audiocaps=1 audioset=1 wavcaps=1 vggsound=1 msd=1}

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/mixed_tables.sh data/full "${mixture}" "$@")

exec ./gen_audio.sh \
    --corpus "mixture: ${mixture}" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/full \
    --dumpdir dump/full \
    --expdir exp/full \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
