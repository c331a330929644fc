# shellcheck shell=bash disable=SC2034,SC2154  # options of gen_audio.sh, which sources this
# Parts of a checkpoint (--pretrained) that replace trainings. A part is used without training,
# or trained further if --finetune has it.

# content8 PATH: eight digits of the digest of a file's or folder's content; cached while
# names, sizes and dates do not change.
content8() {
    local listing known
    listing=$(find -L "$1" -type f -printf '%p %s %T@\n' | sort)
    known=${expdir}/.stamps/content.$(digest8 "${listing}")
    if [ ! -s "${known}" ]; then
        mkdir -p "${expdir}/.stamps"
        if [ -d "$1" ]; then
            (cd "$1" && find -L . -type f -print0 | sort -z | xargs -0 sha256sum)
        else
            sha256sum < "$1"
        fi | sha256sum | cut -c1-8 > "${known}.new"
        mv "${known}.new" "${known}"
    fi
    cat "${known}"
}

# Convert the checkpoint to one folder per part, once, before the first stage.
#   reads   --pretrained
#   writes  exp/pretrained_<name>_<digest>/<part>, and recipe/, the specification of the models
prepare_pretrained() {
    local name
    if [ -z "${pretrained}" ]; then
        [ -z "${finetune}${pretrained_parts}${pretrained_args}" ] && return
        log "--finetune, --pretrained_parts and --pretrained_args need --pretrained" >&2
        return 1
    fi
    pretrained=$(cd "${GEN_AUDIO_CWD:-.}" && realpath -m "${pretrained}")
    if [ ! -e "${pretrained}" ]; then
        log "--pretrained ${pretrained}: no such file or folder" >&2
        return 1
    fi
    name=$(basename "${pretrained}" | sed -E 's/\.(pth|ckpt|pt|zip|safetensors)$//' |
        tr -c 'A-Za-z0-9._\n-' _)
    # the name has a digest of content and arguments: each combination has its own folder
    pretrained_dir=$(digest8 "$(content8 "${pretrained}")" "${pretrained_args}")
    pretrained_dir=${expdir}/pretrained_${name}_${pretrained_dir}
    # the index is written last
    run_step pretrained --writes "${pretrained_dir}/system.yaml" "${pretrained_dir}/recipe" \
        -- scripts/take_pretrained.sh "${pretrained}" "${pretrained_dir}" ${pretrained_args}
    check_finetune
    use_specification
}

# is_in WORD LIST: whether a word is one of a list.
is_in() { [[ " $2 " == *" $1 "* ]]; }
# is_wanted PART: whether --pretrained_parts has a part. has_pretrained PART: whether, in
# addition, the checkpoint has it.
is_wanted() { [ -z "${pretrained_parts}" ] || is_in "$1" "${pretrained_parts}"; }
has_pretrained() {
    [ -n "${pretrained_dir}" ] && [ -e "${pretrained_dir}/$1" ] && is_wanted "$1"
}
is_finetuned() { is_in "$1" "${finetune}" && has_pretrained "$1"; }
# is_taken PART: whether a part of the checkpoint is used without training; an option
# --<part>_exp overrides the checkpoint.
is_taken() {
    local exp=$1_exp
    [ -z "${!exp}" ] && has_pretrained "$1" && ! is_in "$1" "${finetune}"
}
# specifies ENTRY: whether the specification of the checkpoint's diffusion model has an entry.
specifies() { has_pretrained ldm && [ -e "${pretrained_dir}/recipe/$1" ]; }
# without_loa: whether this diffusion model has no LOA condition. AudioMAE and the language
# model are then not needed.
without_loa() { specifies without_loa; }

parts_there() {
    local part list=
    for part in audiomae vae vocoder loa_lm ldm sentence_encoder tokens_encoder; do
        ! has_pretrained "${part}" || list+=" ${part}"
    done
    echo "${list# }"
}

# Refuse parts that are unknown or not in the checkpoint.
check_finetune() {
    local part nets="audiomae vae vocoder loa_lm ldm"
    for part in ${pretrained_parts}; do
        if ! is_in "${part}" "${nets} sentence_encoder tokens_encoder"; then
            log "--pretrained_parts ${part}: no part has this name; use some of" \
                "${nets} sentence_encoder tokens_encoder" >&2
            return 1
        fi
    done
    for part in ${finetune}; do
        if [ "${part}" != joint ] &&
            { ! is_in "${part}" "${nets}" || ! has_pretrained "${part}"; }; then
            log "--finetune ${part}: ${pretrained} has no such part to train further; it has" \
                "$(parts_there); joint trains GPT-2 and U-Net together" >&2
            return 1
        fi
    done
}

# Set geometry, encoders and units to the values of the checkpoint's models.
use_specification() {
    local specification=${pretrained_dir}/recipe encoder
    [ ! -e "${specification}/geometry.yaml" ] || geometry=${specification}/geometry.yaml
    for encoder in sentence_encoder tokens_encoder; do
        if [ -e "${specification}/${encoder}" ] && is_wanted "${encoder}"; then
            declare -g "${encoder}=$(cat "${specification}/${encoder}")"
        fi
    done
    if [ -e "${specification}/vocoder" ] && is_wanted vocoder; then
        use_vocoder=$(cat "${specification}/vocoder")
    fi
    if [ -e "${specification}/units" ] && { has_pretrained loa_lm || has_pretrained ldm; }; then
        num_units=$(wc -l < "${specification}/units/tokens.txt")
    fi
    use_phonemes "${specification}"
    if { has_pretrained loa_lm || has_pretrained ldm; } && ! is_in joint "${finetune}" &&
        [ -z "${joint_exp}" ]; then
        skip_joint=true # joint training would change parts that are used without training
    fi
    log "parts of ${pretrained}: $(parts_there); trained further: ${finetune:-none}"
}

# work_of PART: folder for results of a part, always below expdir, because the folder of a
# given part or checkpoint is only read.
work_of() {
    local exp=$1_exp
    if [ -n "${!exp}" ]; then
        echo "${expdir}/$1_of_$(basename "${!exp}")_$(digest8 "$(realpath -m "${!exp}")")"
    elif is_taken "$1"; then
        echo "${expdir}/$1_of_$(basename "${pretrained_dir}")"
    else
        "$1"
    fi
}

# --init_from_expdir DIR: initialise GPT-2 and U-Net from another run of the recipe, and use
# AudioMAE, VAE, vocoder, latent scale and phonemes of that run. A run on sounds without
# captions has no GPT-2; GPT-2 is then trained from scratch.
prepare_earlier() {
    local part
    [ -n "${init_from_expdir}" ] || return 0
    init_from_expdir=$(cd "${GEN_AUDIO_CWD:-.}" && realpath -m "${init_from_expdir}")
    for part in audiomae vae loa_lm ldm; do
        if [ "${part}" != loa_lm ] || has_earlier loa_lm; then
            earlier "${part}" > /dev/null
        fi
    done
    for part in audiomae vae vocoder; do
        local exp=${part}_exp
        if [ -z "${!exp}" ] && has_earlier "${part}"; then
            declare -g "${exp}=$(earlier "${part}")"
        fi
    done
    mkdir -p "${expdir}/earlier"
    if has_earlier loa_lm; then
        python3 scripts/phoneme_specification.py "$(earlier loa_lm)/config.yaml" \
            "${expdir}/earlier"
    else
        log "${init_from_expdir} has no loa_lm_*; GPT-2 starts from random weights"
    fi
    sed -n "s/^latent_scale: *//p" "$(earlier ldm)/config.yaml" > "${expdir}/earlier/latent_scale"
    refuse_other_phonemes "${expdir}/earlier"
    use_phonemes "${expdir}/earlier"
}

# refuse_other_phonemes FOLDER: stop if options and specification have different phonemes.
refuse_other_phonemes() {
    local option theirs
    for option in g2p token_list; do
        theirs=$(cat "$1/${option}" 2> /dev/null || true)
        [ -n "${!option}" ] && [ "${!option}" != "${theirs}" ] || continue
        [ ! -f "${!option}" ] || ! cmp -s "${!option}" "${theirs}" || continue
        log "--${option} ${!option}: the models of --init_from_expdir use '${theirs:-no phonemes}';" \
            "give --${option} '${theirs}' or train without --init_from_expdir" >&2
        return 1
    done
}

# has_earlier PART: whether there is one; earlier PART: the experiment of --init_from_expdir.
has_earlier() { [ -n "$(compgen -G "${init_from_expdir}/$1_*")" ]; }
earlier() {
    local found=("${init_from_expdir}/$1"_*)
    if [ ${#found[@]} -ne 1 ] || [ ! -d "${found[0]}" ]; then
        log "--init_from_expdir ${init_from_expdir} must contain one folder $1_*, but has:" \
            "${found[*]##*/}" >&2
        return 1
    fi
    echo "${found[0]}"
}
# is_continued PART: whether a training is initialised from --init_from_expdir.
is_continued() {
    [ -n "${init_from_expdir}" ] && is_in "$1" "loa_lm ldm" && has_earlier "$1"
}

# use_phonemes FOLDER: set the options of phonemes to the values of a specification.
use_phonemes() {
    local option
    for option in g2p cleaner token_list; do
        [ ! -e "$1/${option}" ] || declare -g "${option}=$(cat "$1/${option}")"
    done
}
