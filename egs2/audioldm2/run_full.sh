#!/usr/bin/env bash
# AudioLDM 2 on the mixture of the paper's largest models (Full, 29 510 h): AudioCaps,
# AudioSet, WavCaps, VGGSound and MSD, published sizes; GPUs are needed. Set the five in
# db.sh; local/prepare_<corpus>.py say what lies there. Nothing is downloaded.
#
#   ./run_full.sh --ngpu 8                   everything
#   ./run_full.sh --ngpu 8 --stage 5         from one stage on
#   MIXTURE="audiocaps=4 wavcaps=1" ./run_full.sh --ngpu 8
#
# MIXTURE says how often a clip of each corpus is visited; the paper balances nothing.
# Validation and test are those of AudioCaps; their clips are left out of the others.
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_full.sh${*:+ $*}"  # as RESULTS.md shows it
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
