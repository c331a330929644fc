# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Names of experiments: the name of the config, and a digest of everything that the result
# depends on. A training with a changed config therefore has a new folder.

# words_of ARRAY FUNCTION ARG...: store the lines that a function prints in an array.
words_of() {
    local -n _into=$1
    local _printed
    _printed=$("${@:2}")
    _into=()
    [ -z "${_printed}" ] || mapfile -t _into <<< "${_printed}"
}

# digest8 WORD...: print the first eight digits of the digest of the words.
digest8() { printf '%s\n' "$@" | sha256sum | cut -c1-8; }

# args_of PART: print the arguments of a training that are not in its config.
args_of() {
    local args=$1_args
    echo "${train_seed:+--seed ${train_seed} }$(pooled_args "$1")${!args}"
}

# pooled_args PART: print the options of a training on LOA that is dumped in pooled form.
pooled_args() {
    [ "${loa_factor}" != 0 ] || return 0
    case $1 in
        ldm) echo "--conditions_conf loa_factor=${loa_factor}" \
            "--conditions_conf loa_factors=[${loa_factor}] " ;;
        loa_lm) echo "--model_conf loa_factor=${loa_factor} " ;;
    esac
}

# captions_of SET: print the files with the captions of a set; the file utt2captions exists
# if clips have several captions.
captions_of() {
    local folder=${dumpdir}/raw/$1
    echo "${folder}/text"
    [ ! -e "${folder}/utt2captions" ] || echo "${folder}/utt2captions"
}

# Print a digest of the formatted training data, including all samples.
known_data=
data_identity() {
    if [ -n "${known_data}" ]; then
        echo "${known_data}"
        return
    fi
    local folder=${dumpdir}/raw/${train_set} content=${dumpdir}/raw/content.${train_set}
    if [ ! -e "${content}" ]; then
        log "${content} does not exist; run stages 1 to 3 first" >&2
        return 1
    fi
    local files
    words_of files captions_of "${train_set}"
    [ ! -e "${folder}/utt2weight" ] || files+=("${folder}/utt2weight")
    sha256sum < <(cat "${content}" "${files[@]}" "${geometry}")
}

# Remember the digest of the training data, which later stages do not change: it is asked for
# dozens of times, and at two million clips each answer would take a second.
remember_data() {
    [ -n "${known_data}" ] || known_data=$(data_identity 2> /dev/null) || known_data=
}

# part_exp PART UPSTREAM...: print the folder of a part that depends on the experiments
# UPSTREAM.
part_exp() {
    local part=$1 start=()
    shift
    local exp=${part}_exp config=${part}_config tag=${part}_tag data
    ! is_finetuned "${part}" || start=("${pretrained_dir}/${part}")
    ! is_continued "${part}" || start=("$(earlier "${part}")")
    if [ -n "${!exp}" ]; then
        echo "${!exp}"
    elif is_taken "${part}"; then
        echo "${pretrained_dir}/${part}"
    elif [ -n "${!tag}" ]; then
        echo "${expdir}/${part}_${!tag}"
    else
        if [ ! -e "${!config}" ]; then
            log "--${config} ${!config}: there is no such file" >&2
            return 1
        fi
        data=$(data_identity)
        tag=$(basename "${!config}" .yaml)
        tag=${tag#train_}
        [ "${tag}" != "${part}" ] || tag=$(basename "$(dirname "${!config}")")
        echo "${expdir}/${part}_${tag}_$(digest8 "$(cat "${!config}")" "$(args_of "${part}")" \
            "${data}" "$@" "${start[@]}")"
    fi
}

audiomae() { part_exp audiomae; }
vae() { part_exp vae; }
vocoder() { part_exp vocoder; }
# Print the vocoder of generated sounds: its folder, or griffin_lim.
used_vocoder() {
    if [ "${use_vocoder}" = griffin_lim ]; then echo griffin_lim; else vocoder; fi
}
# Print the form of the features of trainings; nothing if it is the default.
features_form() {
    [ "${features}.${dump_bits}" = dumped.32 ] || echo "${features}.${dump_bits}"
}
loa_lm() {
    local form
    words_of form features_form
    part_exp loa_lm "$(audiomae)" "$(text identity)" "${form[@]}"
}
ldm() {
    local loa='' form
    words_of form features_form
    without_loa || loa=$(audiomae)
    part_exp ldm "${loa}" "$(vae)" "$(text ldm_identity)" \
        ${condition_encoders:+"${condition_encoders}"} "${form[@]}"
}
joint() { part_exp joint "$(loa_lm)" "$(ldm)"; }

# Print the folder of the diffusion model that generates, from which a student learns.
teacher() { if "${skip_joint}"; then ldm; else joint; fi; }
ldm_student() { part_exp ldm_student "$(teacher)"; }

# Print the folder of the whole system: the folder of the model that is trained last.
system_dir() { work_of "$(if "${skip_joint}"; then echo ldm; else echo joint; fi)"; }

# Print the folder of generated sounds, below the experiment that generates them.
generation_dir() {
    local name=${inference_tag} lm='' student=()
    without_loa || lm=$(loa_lm)
    ! "${distil}" || student=("$(ldm_student)")
    if [ -z "${name}" ]; then
        name=$(basename "${inference_config}" .yaml)_$(digest8 "$(cat "${inference_config}")" \
            "${inference_args}" "${inference_model}" "${lm}" "$(vae)" "$(used_vocoder)" "${seeds}" \
            "${student[@]}")
    fi
    echo "$(system_dir)/${name}/${test_set}"
}
