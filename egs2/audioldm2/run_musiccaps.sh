#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on MusicCaps (15 h of music with captions by
# musicians). A GPU is needed. Set MUSICCAPS in db.sh to the folder of the corpus;
# local/prepare_musiccaps.py describes its contents.
#
#   ./run_musiccaps.sh --ngpu 1                 run all stages
#   ./run_musiccaps.sh --ngpu 1 --stage 5       start at stage 5
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_musiccaps.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh musiccaps 'musiccaps-public.csv' "$@")

exec ./gen_audio.sh \
    --corpus "MusicCaps" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/musiccaps \
    --dumpdir dump/musiccaps \
    --expdir exp/musiccaps \
    --geometry conf/geometry.yaml \
    "$@"
