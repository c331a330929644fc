#!/usr/bin/env bash
# Train variants of the default system with several seeds, score their sounds, compare each
# variant with the first of the list, paired by seed.
#   reads   dump/, exp/ as ./run.sh leaves them, and a list: a variant a line, its name and
#           the options of ./run.sh that make it
#   writes  exp/compare/<name of the list>.md; trainings and dumps beside those of ./run.sh
#   takes   a quarter of an hour a training on two cores; what is there is not made again
# AudioMAE is that of ./run.sh; so are GPT-2 and the vocoder where a line names no option of
# theirs. The joint training is left out where a line does not ask for it with
# '--skip_joint false'.
set -euo pipefail

# options
list=conf/mini/latents.txt  # variants; the first is the base
variants=                   # names of the list to train; default: all
seeds="0 1 2"               # seeds of training
common=                     # options of ./run.sh for every variant
rows="predicted true reconstructions"  # rows of scores.json that are compared
# end of options

# shellcheck disable=SC2034  # parse_options.sh prints it
help_message=$(sed -n '/^# options$/,/^# end of options$/{/^#/!p}' "$0")
. ./path.sh
. utils/parse_options.sh

# experiment PART: the one experiment of a part that ./run.sh has trained.
experiment() {
    local found=()
    mapfile -t found < <(find exp -maxdepth 1 -name "$1_mini_????????" | sort)
    if [ "${#found[@]}" -ne 1 ]; then
        echo "$0: exp has ${#found[@]} experiments $1_mini_*, one is needed; run ./run.sh" \
            "in a clone of its own first" >&2
        return 1
    fi
    echo "${found[0]}"
}

# digest_of WORD...: eight digits that change with the words, and with files among them.
digest_of() {
    local word
    for word in "$@"; do
        echo "${word}"
        [ ! -f "${word}" ] || cat "${word}"
    done | sha256sum | cut -c1-8
}

# latents_of WORD...: a dump folder whose latents are those of the VAE options among the words;
# it shares all other dumps with ./run.sh.
latents_of() {
    local vae=("${seed}") folder name
    while [ $# -gt 1 ]; do
        [[ $1 != --vae_* ]] || vae+=("$1" "$2")
        shift 2
    done
    folder=dump/compare/$(digest_of "${vae[@]}")
    mkdir -p "${folder}"
    for name in raw loa condition; do
        [ -e "${folder}/${name}" ] || ln -s "../../${name}" "${folder}/${name}"
    done
    echo "${folder}"
}

# train NAME SEED WORD...: train a variant, generate and score; print where the scores are.
train() {
    local name=$1 seed=$2 tag folder kept=()
    shift 2
    tag=${name}.${seed}.$(digest_of "${shared[@]}" "$@")
    folder=$(latents_of "${shared[@]}" "$@")
    [[ " ${shared[*]} $*" == *" --loa_lm_"* ]] || kept=(--loa_lm_exp "${loa_lm}")
    [[ " ${shared[*]} $*" == *" --vocoder_"* ]] || kept+=(--vocoder_exp "${vocoder}")
    ./run.sh --stage 6 --stop_stage 15 --dumpdir "${folder}" --train_seed "${seed}" \
        --audiomae_exp "${audiomae}" "${kept[@]}" --skip_joint true --seeds 0 \
        --ldm_tag "${tag}" --joint_tag "${tag}" --inference_tag compare \
        "${shared[@]}" "$@" >&2 < /dev/null || return
    # the joint model's, where one was trained after the U-Net
    find exp -path "exp/*_${tag}/compare/score_test/scores.json" | sort | head -1
}

read -ra shared <<< "${common}"
read -ra row_words <<< "${rows}"
audiomae=$(experiment audiomae)
loa_lm=$(experiment loa_lm)
vocoder=$(experiment vocoder)
scores=()
while read -r line; do
    mapfile -t words < <(xargs -n 1 <<< "${line%%#*}")  # quotes keep words together
    [ -n "${words[0]}" ] || continue  # a comment alone
    [[ -z ${variants} || " ${variants} " == *" ${words[0]} "* ]] || continue
    for seed in ${seeds}; do
        scored=$(train "${words[0]}" "${seed}" "${words[@]:1}")
        scores+=("${words[0]}@${seed}=${scored}")
    done
done < "${list}"
mkdir -p exp/compare
python3 -m espnet2.gen_audio.bin.compare_trainings --scores "${scores[@]}" --rows "${row_words[@]}" \
    --output "exp/compare/$(basename "${list}" .txt).md"
