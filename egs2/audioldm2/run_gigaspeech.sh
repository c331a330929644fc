#!/usr/bin/env bash
# Train speech models of the published sizes on GigaSpeech (10 000 h of many speakers).
# A GPU is needed. Set GIGASPEECH in db.sh to the folder of the corpus;
# local/prepare_gigaspeech.py describes its contents.
#
#   ./run_gigaspeech.sh --ngpu 1                      run all stages
#   ./run_gigaspeech.sh --ngpu 1 --local_data_opts "--subset M --eval_clips 500"
#   ./run_gigaspeech.sh --ngpu 1 --stop_stage 12      pre-train models for LJSpeech
#
# The corpus has no descriptions: training uses CLAP embeddings of sounds, generation uses
# CLAP embeddings of descriptions. Options of this command (./gen_audio.sh --help lists them)
# override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_gigaspeech.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh gigaspeech GigaSpeech.json "$@")

exec ./gen_audio.sh \
    --corpus "GigaSpeech" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/gigaspeech \
    --dumpdir dump/gigaspeech \
    --expdir exp/gigaspeech \
    --geometry conf/geometry.yaml \
    --g2p published \
    --cleaner none \
    --token_list published \
    --sentence_source audio \
    --loa_lm_config conf/train_loa_lm_speech.yaml \
    --ldm_config conf/train_ldm_speech.yaml \
    --joint_config conf/train_joint_speech.yaml \
    "$@"
