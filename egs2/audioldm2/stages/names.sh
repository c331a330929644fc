# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Names of experiments: the name of the config, and a digest of everything that the result
# depends on. A changed config therefore has a new folder and never resumes an old training.

# words_of ARRAY FUNCTION ARG...: store the lines that a function prints in an array.
words_of() {
    local -n _into=$1
    local _printed
    _printed=$("${@:2}")
    _into=()
    [ -z "${_printed}" ] || mapfile -t _into <<< "${_printed}"
}

# First eight digits of the digest of the arguments.
digest8() { printf '%s\n' "$@" | sha256sum | cut -c1-8; }

# args_of PART: the arguments that are added to those of its config.
args_of() {
    local args=$1_args
    echo "${train_seed:+--seed ${train_seed} }${!args}"
}

# captions_of SET: files of its captions; utt2captions is there if clips have several.
captions_of() {
    local folder=${dumpdir}/raw/$1
    echo "${folder}/text"
    [ ! -e "${folder}/utt2captions" ] || echo "${folder}/utt2captions"
}

# Identity of the formatted training data, down to the samples.
data_identity() {
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

# part_exp PART UPSTREAM...: folder of a part. UPSTREAM are the experiments that it depends on.
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
            log "--${config} ${!config}: no such file" >&2
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
# The vocoder of generated sounds: a folder, or griffin_lim.
used_vocoder() {
    if [ "${use_vocoder}" = griffin_lim ]; then echo griffin_lim; else vocoder; fi
}
loa_lm() { part_exp loa_lm "$(audiomae)" "$(text identity)"; }
ldm() {
    local loa=
    without_loa || loa=$(audiomae)
    part_exp ldm "${loa}" "$(vae)" "$(text ldm_identity)" \
        ${condition_encoders:+"${condition_encoders}"}
}
joint() { part_exp joint "$(loa_lm)" "$(ldm)"; }

# The diffusion model that generates, which a student learns from: a folder.
teacher() { if "${skip_joint}"; then ldm; else joint; fi; }
ldm_student() { part_exp ldm_student "$(teacher)"; }

# Folder of the whole system: the folder of the model that is trained last.
system_dir() { work_of "$(if "${skip_joint}"; then echo ldm; else echo joint; fi)"; }

# Folder of generated sounds, below the experiment that generates them.
generation_dir() {
    local name=${inference_tag} lm= student=()
    without_loa || lm=$(loa_lm)
    ! "${distil}" || student=("$(ldm_student)")
    if [ -z "${name}" ]; then
        name=$(basename "${inference_config}" .yaml)_$(digest8 "$(cat "${inference_config}")" \
            "${inference_args}" "${inference_model}" "${lm}" "$(vae)" "$(used_vocoder)" "${seeds}" \
            "${student[@]}")
    fi
    echo "$(system_dir)/${name}/${test_set}"
}
