#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on FMA (888 h of music; captions are genres and
# titles). A GPU is needed. Set FMA in db.sh to the folder of the corpus;
# local/prepare_fma.py describes its contents.
#
#   ./run_fma.sh --ngpu 1                 run all stages
#   ./run_fma.sh --ngpu 1 --stage 5       start at stage 5
#   ./run_fma.sh --ngpu 1 --local_data_opts "--subset full"
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_fma.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh fma 'fma_metadata/tracks.csv fma_metadata/genres.csv' "$@")

exec ./gen_audio.sh \
    --corpus "Free Music Archive" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/fma \
    --dumpdir dump/fma \
    --expdir exp/fma \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
