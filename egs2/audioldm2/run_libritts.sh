#!/usr/bin/env bash
# Train speech models of the published sizes on LibriTTS (585 h of speech by 2456
# speakers). A GPU is needed. Set LIBRITTS in db.sh to the folder of the corpus;
# local/prepare_libritts.py describes its contents.
#
#   ./run_libritts.sh --ngpu 1                 run all stages
#   ./run_libritts.sh --ngpu 1 --stage 5       start at stage 5
#   ./run_libritts.sh --ngpu 1 --local_data_opts "--train train-clean-100 train-clean-360"
#
# Options of this command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_libritts.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh
tables=$(local/corpus_tables.sh libritts 'SPEAKERS.txt LibriTTS/SPEAKERS.txt' "$@")

exec ./gen_audio.sh \
    --corpus "LibriTTS" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/libritts \
    --dumpdir dump/libritts \
    --expdir exp/libritts \
    --geometry conf/geometry.yaml \
    --g2p published \
    --cleaner none \
    --token_list published \
    --sentence_source audio \
    --loa_lm_config conf/train_loa_lm_speech.yaml \
    --ldm_config conf/train_ldm_speech.yaml \
    --joint_config conf/train_joint_speech.yaml \
    "$@"
