#!/usr/bin/env bash
# Score a system of effects, music and speech (the starter, or another that run_starter.sh
# trained) on the test sets of its three kinds.
#   reads   the system, and the corpora of run.sh, run_mini_speech.sh and run_mini_music.sh
#   writes  exp/score_starter/<kind>; the figures of the card are in
#           effects/results/RESULTS.md, speech/results/RESULTS.md and music/scores/RESULTS.md
# Music has no class that follows a caption. It is scored as a set, by its distance to the test
# cuts: sounds of their captions, sounds of captions of all three kinds, recordings of effects,
# and training cuts.
#   takes   20 minutes on two cores; finished steps are kept
set -euo pipefail

# options
pretrained=starter  # folder or packed archive
# end of options

# shellcheck disable=SC2034  # parse_options.sh prints it
help_message=$(sed -n '/^# options$/,/^# end of options$/{/^#/!p}' "$0")
. ./path.sh
. utils/parse_options.sh

scores=exp/score_starter

# of_recipe KIND COMMAND OPTION...: run a recipe with the system in place of trainings.
of_recipe() {
    local kind=$1 command=$2
    shift 2
    "./${command}" --pretrained "${pretrained}" --inference_config conf/starter/inference.yaml \
        --use_vocoder trained --datadir "data/score_starter/${kind}" \
        --dumpdir "dump/score_starter/${kind}" --expdir "${scores}/${kind}" "$@"
}

# shuffled: print the lines of the input in an order that is always the same.
shuffled() {
    awk 'BEGIN {srand(1)} {printf "%.9f\t%s\n", rand(), $0}' | LC_ALL=C sort | cut -f 2-
}

# captions_of_all_kinds: print the ids of the music with captions drawn from all test sets.
captions_of_all_kinds() {
    paste -d ' ' <(cut -d ' ' -f 1 dump/score_starter/music/raw/test/text) \
        <(cut -d ' ' -f 2- -s dump/score_starter/*/raw/test/text | LC_ALL=C sort -u | shuffled) |
        awk -v clips="$(wc -l < dump/score_starter/music/raw/test/text)" 'NR <= clips'
}

# recordings_as_music WAV_SCP: print the ids of the music with the sounds of another list.
recordings_as_music() {
    paste -d ' ' <(cut -d ' ' -f 1 dump/score_starter/music/raw/test/wav.scp) \
        <(cut -d ' ' -f 2- "$1" | shuffled) |
        awk -v clips="$(wc -l < dump/score_starter/music/raw/test/wav.scp)" 'NR <= clips'
}

# score_music: generate for both lists of captions, and score four sets beside each other.
score_music() {
    local folder=${scores}/music raw=dump/score_starter name sets=()
    mkdir -p "${folder}/sets"
    cp "${raw}/music/raw/test/text" "${folder}/sets/captions"
    captions_of_all_kinds > "${folder}/sets/any_captions"
    for name in captions any_captions; do
        python3 -m espnet2.gen_audio.bin.gen_audio_inference --model "${pretrained}" \
            --config conf/starter/inference.yaml --sources predicted --seeds 0 \
            --text "${folder}/sets/${name}" --output_dir "${folder}/${name}"
        sets+=("${folder}/${name}/wav.scp")
    done
    for name in effects music; do
        mkdir -p "${folder}/${name}_recordings"
        recordings_as_music "${raw}/${name}/raw/train/wav.scp" \
            > "${folder}/${name}_recordings/wav.scp"
        sets+=("${folder}/${name}_recordings/wav.scp")
    done
    python3 -m espnet2.gen_audio.bin.score --generated "${sets[@]}" \
        --reference "${raw}/music/raw/test/wav.scp" --output_dir "${folder}/scores" \
        --compare captions any_captions
}

of_recipe effects run.sh --stop_stage 16
of_recipe speech run_mini_speech.sh --stop_stage 16
of_recipe music run_mini_music.sh --stop_stage 3
score_music
