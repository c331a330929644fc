#!/usr/bin/env bash
# AudioLDM 2 on AudioSet (5800 h of all sounds, no captions), published sizes; a GPU
# is needed. Set AUDIOSET in db.sh; local/prepare_audioset.py says what lies there.
# AudioMAE, VAE, vocoder and the diffusion model (from LOA alone) are trained; GPT-2 is not.
#
#   ./run_audioset.sh --ngpu 1                 everything
#   ./run_audioset.sh --ngpu 1 --stage 5       from one stage on
#
# Others start from it:
#
#   ./run_audiocaps.sh --ngpu 1 --expdir exp/audiocaps_pretrained \
#       --dumpdir dump/audiocaps_pretrained --init_from_expdir exp/audioset
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_audioset.sh${*:+ $*}"  # as RESULTS.md shows it
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
