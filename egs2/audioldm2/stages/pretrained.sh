# shellcheck shell=bash disable=SC2034,SC2154  # options of gen_audio.sh, which sources this
# Parts of a checkpoint (--pretrained) in the place of our own trainings. A part that it
# has is taken as it is, or trained on if --finetune names it.

# Content of a file or folder in eight digits, remembered by names, sizes and dates.
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

# Bring the checkpoint into a folder a part, once, before the first stage.
#   reads   --pretrained
#   writes  exp/pretrained_<name>_<digest>, a folder a part; recipe/ says what else we need
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
    # content and arguments name the folder: another checkpoint is never taken for this one
    pretrained_dir=$(digest8 "$(content8 "${pretrained}")" "${pretrained_args}")
    pretrained_dir=${expdir}/pretrained_${name}_${pretrained_dir}
    # the index is written last
    run_step pretrained --writes "${pretrained_dir}/system.yaml" "${pretrained_dir}/recipe" \
        -- scripts/take_pretrained.sh "${pretrained}" "${pretrained_dir}" ${pretrained_args}
    check_finetune
    use_facts
}

# is_in WORD LIST: whether a word is one of a list.
is_in() { [[ " $2 " == *" $1 "* ]]; }
# Whether a part of the checkpoint is wanted, and whether there is one.
is_wanted() { [ -z "${pretrained_parts}" ] || is_in "$1" "${pretrained_parts}"; }
has_pretrained() {
    [ -n "${pretrained_dir}" ] && [ -e "${pretrained_dir}/$1" ] && is_wanted "$1"
}
is_finetuned() { is_in "$1" "${finetune}" && has_pretrained "$1"; }
# Whether a part is taken from the checkpoint as it is; a folder given by hand wins.
is_taken() {
    local exp=$1_exp
    [ -z "${!exp}" ] && has_pretrained "$1" && ! is_in "$1" "${finetune}"
}
# Whether something is true of the diffusion model that we have from the checkpoint.
fact() { has_pretrained ldm && [ -e "${pretrained_dir}/recipe/$1" ]; }
# Whether it has no LOA condition: then no part that makes it is needed.
without_loa() { fact without_loa; }

parts_there() {
    local part list=
    for part in audiomae vae vocoder loa_lm ldm sentence_encoder tokens_encoder; do
        ! has_pretrained "${part}" || list+=" ${part}"
    done
    echo "${list# }"
}

# Refuse what cannot be trained on.
check_finetune() {
    local part nets="audiomae vae vocoder loa_lm ldm"
    for part in ${pretrained_parts}; do
        if ! is_in "${part}" "${nets} sentence_encoder tokens_encoder"; then
            log "--pretrained_parts ${part}: no part has that name; use some of" \
                "${nets} sentence_encoder tokens_encoder" >&2
            return 1
        fi
    done
    for part in ${finetune}; do
        if [ "${part}" != joint ] &&
            { ! is_in "${part}" "${nets}" || ! has_pretrained "${part}"; }; then
            log "--finetune ${part}: ${pretrained} has no such part to train on; it has" \
                "$(parts_there); joint trains GPT-2 and U-Net together" >&2
            return 1
        fi
    done
}

# Take from the checkpoint what belongs to its parts: geometry, encoders, units.
use_facts() {
    local facts=${pretrained_dir}/recipe encoder
    [ ! -e "${facts}/geometry.yaml" ] || geometry=${facts}/geometry.yaml
    for encoder in sentence_encoder tokens_encoder; do
        if [ -e "${facts}/${encoder}" ] && is_wanted "${encoder}"; then
            declare -g "${encoder}=$(cat "${facts}/${encoder}")"
        fi
    done
    if [ -e "${facts}/vocoder" ] && is_wanted vocoder; then
        use_vocoder=$(cat "${facts}/vocoder")
    fi
    if [ -e "${facts}/units" ] && { has_pretrained loa_lm || has_pretrained ldm; }; then
        num_units=$(wc -l < "${facts}/units/tokens.txt")
    fi
    use_phonemes "${facts}"
    if { has_pretrained loa_lm || has_pretrained ldm; } && ! is_in joint "${finetune}" &&
        [ -z "${joint_exp}" ]; then
        skip_joint=true # it would train what is to stay as it is
    fi
    log "parts of ${pretrained}: $(parts_there); trained on: ${finetune:-none}"
}

# work_of PART: where results of a part go, always below expdir: a folder that was given or
# taken from a checkpoint is only read.
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

# --init_from_expdir DIR: GPT-2 and U-Net start from those of another run of the recipe.
# What they hear and make is that run's: its AudioMAE, VAE, vocoder, scale and phonemes.
prepare_earlier() {
    local part
    [ -n "${init_from_expdir}" ] || return 0
    init_from_expdir=$(cd "${GEN_AUDIO_CWD:-.}" && realpath -m "${init_from_expdir}")
    for part in audiomae vae loa_lm ldm; do
        earlier "${part}" > /dev/null
    done
    for part in audiomae vae vocoder; do
        local exp=${part}_exp
        if [ -z "${!exp}" ] && [ -n "$(compgen -G "${init_from_expdir}/${part}_*")" ]; then
            declare -g "${exp}=$(earlier "${part}")"
        fi
    done
    python3 scripts/phoneme_specification.py "$(earlier loa_lm)/config.yaml" "${expdir}/earlier"
    sed -n "s/^latent_scale: *//p" "$(earlier ldm)/config.yaml" > "${expdir}/earlier/latent_scale"
    refuse_other_phonemes "${expdir}/earlier"
    use_phonemes "${expdir}/earlier"
}

# refuse_other_phonemes FOLDER: stop if other phonemes were asked for than the facts there name.
refuse_other_phonemes() {
    local fact theirs
    for fact in g2p token_list; do
        theirs=$(cat "$1/${fact}" 2> /dev/null || true)
        [ -n "${!fact}" ] && [ "${!fact}" != "${theirs}" ] || continue
        [ ! -f "${!fact}" ] || ! cmp -s "${!fact}" "${theirs}" || continue
        log "--${fact} ${!fact}: the models of --init_from_expdir know '${theirs:-no phonemes}';" \
            "give --${fact} '${theirs}' or train anew without --init_from_expdir" >&2
        return 1
    done
}

# earlier PART: the experiment of --init_from_expdir.
earlier() {
    local found=("${init_from_expdir}/$1"_*)
    if [ ${#found[@]} -ne 1 ] || [ ! -d "${found[0]}" ]; then
        log "--init_from_expdir ${init_from_expdir} must hold one folder $1_*, but holds:" \
            "${found[*]##*/}" >&2
        return 1
    fi
    echo "${found[0]}"
}
# Whether a training starts from an earlier one.
is_continued() { [ -n "${init_from_expdir}" ] && is_in "$1" "loa_lm ldm"; }

# use_phonemes FOLDER: read text as the model does whose facts lie there.
use_phonemes() {
    local fact
    for fact in g2p cleaner token_list; do
        [ ! -e "$1/${fact}" ] || declare -g "${fact}=$(cat "$1/${fact}")"
    done
}
