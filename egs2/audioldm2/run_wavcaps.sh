#!/usr/bin/env bash
# Train AudioLDM 2 models of the published sizes on WavCaps (7568 h of sound effects with captions
# by a language model). A GPU is needed. Set WAVCAPS in db.sh to the folder of the corpus;
# local/prepare_wavcaps.py describes its contents.
#
#   ./run_wavcaps.sh --ngpu 1                 run all stages
#   ./run_wavcaps.sh --ngpu 1 --stage 5       start at stage 5
#   ./run_wavcaps.sh --ngpu 1 --local_data_opts "--exclude DIR/blacklist_exclude_test_ac.json"
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_wavcaps.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh wavcaps 'json_files/*/*.json' "$@")

exec ./gen_audio.sh \
    --corpus "WavCaps" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/wavcaps \
    --dumpdir dump/wavcaps \
    --expdir exp/wavcaps \
    --geometry conf/geometry.yaml \
    --segment_hop 10.24 \
    "$@"
