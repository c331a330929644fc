#!/usr/bin/env bash
# Train speech models of the published sizes on LJSpeech (24 h of one speaker). A GPU is
# needed. Set LJSPEECH in db.sh to the folder of the corpus; local/prepare_ljspeech.py
# describes its contents.
#
#   ./run_ljspeech.sh --ngpu 1               run all stages: the paper's model LJS
#   ./run_ljspeech.sh --ngpu 1 --stage 5     start at stage 5
#
# The paper's model LJS-Pretrained, with GPT-2 pre-trained on GigaSpeech, needs two commands:
#
#   ./run_gigaspeech.sh --ngpu 1 --stop_stage 12
#   ./run_ljspeech.sh --ngpu 1 --expdir exp/ljspeech_pretrained \
#       --dumpdir dump/ljspeech_pretrained --init_from_expdir exp/gigaspeech
#
# The second command uses AudioMAE, VAE and vocoder of the first without further training,
# because GPT-2 and U-Net were trained on LOA and latents of these models. Options of this
# command (./gen_audio.sh --help lists them) override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_ljspeech.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh

tables=$(local/corpus_tables.sh ljspeech 'metadata.csv LJSpeech-1.1/metadata.csv' "$@")

exec ./gen_audio.sh \
    --corpus "LJSpeech" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table "${tables}/test.tsv" \
    --datadir data/ljspeech \
    --dumpdir dump/ljspeech \
    --expdir exp/ljspeech \
    --geometry conf/geometry.yaml \
    --g2p published \
    --cleaner none \
    --token_list published \
    --sentence_source audio \
    --loa_lm_config conf/train_loa_lm_speech.yaml \
    --ldm_config conf/train_ldm_speech.yaml \
    --joint_config conf/train_joint_speech.yaml \
    "$@"
