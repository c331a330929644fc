#!/usr/bin/env bash
# AudioLDM 2 on WavCaps (7568 h of effects, captions by a language model), published sizes; a GPU
# is needed. Set WAVCAPS in db.sh; local/prepare_wavcaps.py says what lies there.
#
#   ./run_wavcaps.sh --ngpu 1                 everything
#   ./run_wavcaps.sh --ngpu 1 --stage 5       from one stage on
#   ./run_wavcaps.sh --ngpu 1 --local_data_opts "--exclude DIR/blacklist_exclude_test_ac.json"
#
# Options given here come last and win (./gen_audio.sh --help lists them).
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_wavcaps.sh${*:+ $*}"  # as RESULTS.md shows it
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
