#!/usr/bin/env bash
# Train variants of the default system with several seeds, score their sounds, and compare
# each variant with the first variant of the list, paired by seed.
#   reads   dump/, exp/ as ./run.sh leaves them, and a list with one variant per line: its
#           name and its options of ./run.sh
#   writes  exp/compare/<name of the list>.md; trainings and dumps beside those of ./run.sh
#   takes   a quarter of an hour per training on two cores; earlier trainings are kept
# All variants use AudioMAE of ./run.sh. Variants without an option --loa_lm_* use GPT-2 of
# ./run.sh, and variants without an option --vocoder_* use its vocoder. Only variants with the
# option '--skip_joint false' have a joint training.
set -euo pipefail

# options
list=conf/mini/latents.txt  # list of variants; the first is the base
variants=                   # names of the variants to train; default: all
seeds="0 1 2"               # seeds of training
common=                     # options of ./run.sh for all variants
rows="predicted true reconstructions"  # rows of scores.json that are compared
# end of options

# shellcheck disable=SC2034  # parse_options.sh prints it
help_message=$(sed -n '/^# options$/,/^# end of options$/{/^#/!p}' "$0")
. ./path.sh
. utils/parse_options.sh

# experiment PART: print the experiment of a part that ./run.sh trained.
experiment() {
    local found=()
    mapfile -t found < <(find exp -maxdepth 1 -name "$1_*_????????" | sort)
    if [ "${#found[@]}" -ne 1 ]; then
        echo "$0: exp must have one experiment $1_*, but has ${#found[@]}; run" \
            "./run.sh and this script in a fresh clone" >&2
        return 1
    fi
    echo "${found[0]}"
}

# digest_of WORD...: print eight digits of the digest of the words, with the contents of
# words that are files.
digest_of() {
    local word
    for word in "$@"; do
        echo "${word}"
        [ ! -f "${word}" ] || cat "${word}"
    done | sha256sum | cut -c1-8
}

# latents_of WORD...: print a dump folder for the latents of the --vae_* options among the
# words. Its other dumps are links to those of ./run.sh.
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

# train NAME SEED WORD...: train a variant, generate and score; print the path of the scores.
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
    # the scores of the joint model, if one was trained after the U-Net
    find exp -path "exp/*_${tag}/compare/score_test/scores.json" | sort | head -1
}

# fault WORD...: end with an error.
fault() {
    echo "$0: error: $*" >&2
    exit 1
}

# words_of LINE: print the words of a line, one per line; quotes keep words together.
words_of() {
    xargs -n 1 printf '%s\n' <<< "${1%%#*}"
}

# check_list: refuse a list that cannot be read, before the first training.
check_list() {
    local line word number=0 names=" "
    [ -f "${list}" ] || fault "--list ${list}: there is no such file"
    while read -r line || [ -n "${line}" ]; do
        number=$((number + 1))
        words_of "${line}" > /dev/null 2>&1 ||
            fault "${list}, line ${number}: a quotation mark is missing"
        word=$(words_of "${line}")
        word=${word%%$'\n'*}
        [ -n "${word}" ] || continue
        [[ ${word} =~ ^[A-Za-z0-9_.+-]+$ && ${word} != -* ]] ||
            fault "${list}, line ${number}: ${word} is no name; use letters, digits and _.+-"
        [[ ${names} != *" ${word} "* ]] ||
            fault "${list}, line ${number}: ${word} has two lines; give each a name of its own"
        names+="${word} "
    done < "${list}"
    [ "${names}" != " " ] || fault "--list ${list} names no variant"
    for word in ${variants}; do
        [[ ${names} == *" ${word} "* ]] ||
            fault "--variants ${word}: ${list} has${names% }"
    done
    [ -n "${seeds// /}" ] || fault "--seeds is empty; give one or more, such as --seeds '0 1 2'"
    for word in ${seeds}; do
        [[ ${word} =~ ^[0-9]+$ ]] || fault "--seeds ${word}: give whole numbers from 0 up"
    done
}

check_list
read -ra shared <<< "${common}"
read -ra row_words <<< "${rows}"
audiomae=$(experiment audiomae)
loa_lm=$(experiment loa_lm)
vocoder=$(experiment vocoder)
scores=()
while read -r line || [ -n "${line}" ]; do  # the last line may have no end
    mapfile -t words < <(words_of "${line}")
    [ -n "${words[0]}" ] || continue  # the line has only a comment
    [[ -z ${variants} || " ${variants} " == *" ${words[0]} "* ]] || continue
    for seed in ${seeds}; do
        scored=$(train "${words[0]}" "${seed}" "${words[@]:1}")
        scores+=("${words[0]}@${seed}=${scored}")
    done
done < "${list}"
mkdir -p exp/compare
python3 -m espnet2.gen_audio.bin.compare_trainings --scores "${scores[@]}" --rows "${row_words[@]}" \
    --output "exp/compare/$(basename "${list}" .txt).md"
