# shellcheck shell=bash disable=SC2034,SC2154  # options of gen_audio.sh, which sources this
# Use the parts of a checkpoint (--pretrained) in place of trainings. The parts of --finetune
# are trained further.

# content8 PATH: print eight digits of the digest of a file's or folder's content. The digest
# is cached until names, sizes or dates change.
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

# checkpoint_of NAME: print the path of a file or folder, or of what a tag of the model zoo
# (OWNER/NAME) or the address of an archive stands for, which is downloaded if necessary;
# 'starter' is the system of this recipe, wherever the command was called.
checkpoint_of() {
    local path tag='^(https?://.+|[A-Za-z0-9_.-]+/[A-Za-z0-9_.@-]+)$'
    path=$(cd "${GEN_AUDIO_CWD:-.}" && realpath -m "$1")
    case $1 in
        *.pth | *.ckpt | *.pt | *.zip | *.safetensors) tag='^https?://.+$' ;;
    esac
    [ "$1" != starter ] || [ -e "${path}" ] || path=$(realpath -m starter)
    if [ ! -e "${path}" ] && [[ $1 =~ ${tag} ]]; then
        python3 scripts/fetch_system.py "$1"
    else
        echo "${path}"
    fi
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
    pretrained=$(checkpoint_of "${pretrained}") || return
    if [ ! -e "${pretrained}" ]; then
        log "--pretrained ${pretrained}: there is no such file or folder" >&2
        return 1
    fi
    name=$(basename "${pretrained}" | sed -E 's/\.(pth|ckpt|pt|zip|safetensors)$//' |
        tr -c 'A-Za-z0-9._\n-' _)
    # the digest of content and arguments gives each combination a folder of its own
    pretrained_dir=$(digest8 "$(content8 "${pretrained}")" "${pretrained_args}")
    pretrained_dir=${expdir}/pretrained_${name}_${pretrained_dir}
    # system.yaml is written last, so it exists only if the conversion is complete
    run_step pretrained --writes "${pretrained_dir}/system.yaml" "${pretrained_dir}/recipe" \
        -- scripts/take_pretrained.sh "${pretrained}" "${pretrained_dir}" ${pretrained_args}
    check_finetune
    use_specification
}

# is_in WORD LIST: succeed if the list contains the word.
is_in() { [[ " $2 " == *" $1 "* ]]; }
# is_wanted PART: succeed if --pretrained_parts contains the part or is empty.
is_wanted() { [ -z "${pretrained_parts}" ] || is_in "$1" "${pretrained_parts}"; }
# has_pretrained PART: succeed if the checkpoint has the part and the part is wanted.
has_pretrained() {
    [ -n "${pretrained_dir}" ] && [ -e "${pretrained_dir}/$1" ] && is_wanted "$1"
}
# is_finetuned PART: succeed if the part of the checkpoint is trained further.
is_finetuned() { is_in "$1" "${finetune}" && has_pretrained "$1"; }
# is_taken PART: succeed if the part of the checkpoint is used without training. The option
# --<part>_exp overrides the checkpoint.
is_taken() {
    local exp=$1_exp
    [ -z "${!exp}" ] && has_pretrained "$1" && ! is_in "$1" "${finetune}"
}
# specifies ENTRY: succeed if the diffusion model has the property ENTRY: without_loa,
# without_tokens or film. It is stated by the specification of a checkpoint, or by the config
# of a model that is trained from scratch or given.
specifies() {
    local config=${ldm_exp:+${ldm_exp}/config.yaml} line
    if [ -z "${ldm_exp}" ] && has_pretrained ldm; then
        [ -e "${pretrained_dir}/recipe/$1" ]
        return
    fi
    case $1 in
        without_loa) line="loa_dim: *(null|~)" ;;
        without_tokens) line="tokens_dim: *(null|~)" ;;
        film) line="film_dim: *[0-9]+" ;;
    esac
    grep -Eqs "^ +${line} *(#.*)?$" "${config:-${ldm_config}}"
}
# without_loa: succeed if the diffusion model has no LOA condition. Such a system has neither
# AudioMAE nor a language model, and so no joint training.
without_loa() { specifies without_loa; }

# Print the parts of the checkpoint that this run uses.
parts_there() {
    local part list=
    for part in audiomae vae vocoder loa_lm ldm sentence_encoder tokens_encoder; do
        ! has_pretrained "${part}" || list+=" ${part}"
    done
    echo "${list# }"
}

# Check that the parts of --pretrained_parts are known and those of --finetune in the checkpoint.
check_finetune() {
    local part nets="audiomae vae vocoder loa_lm ldm"
    for part in ${pretrained_parts}; do
        if ! is_in "${part}" "${nets} sentence_encoder tokens_encoder"; then
            log "--pretrained_parts ${part}: no part has this name; the parts are" \
                "${nets} sentence_encoder tokens_encoder" >&2
            return 1
        fi
    done
    for part in ${finetune}; do
        if [ "${part}" != joint ] &&
            { ! is_in "${part}" "${nets}" || ! has_pretrained "${part}"; }; then
            log "--finetune ${part}: ${pretrained} does not have this part; it has" \
                "$(parts_there); joint trains GPT-2 and U-Net together" >&2
            return 1
        fi
    done
}

# Set geometry, encoders, vocoder, units and phonemes to the values of the checkpoint's models.
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

# work_of PART: print the folder for results of a part. It is always below expdir, because
# nothing is written to a given experiment or checkpoint.
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

# refuse_other_phonemes FOLDER: stop if the options name other phonemes than the specification
# in FOLDER.
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

# has_earlier PART: succeed if --init_from_expdir has an experiment of the part.
has_earlier() { [ -n "$(experiments_of "$1")" ]; }
# experiments_of PART: print the experiments of the part in --init_from_expdir, without those of
# the student and the results of given parts (<part>_of_*).
experiments_of() {
    compgen -G "${init_from_expdir}/$1_*" | grep -Ev "/$1_(student|of)_[^/]*$" || true
}
# earlier PART: print the experiment of the part in --init_from_expdir.
earlier() {
    local found
    words_of found experiments_of "$1"
    if [ ${#found[@]} -ne 1 ] || [ ! -d "${found[0]}" ]; then
        log "--init_from_expdir ${init_from_expdir} must contain one folder $1_*, but has:" \
            "${found[*]##*/}" >&2
        return 1
    fi
    echo "${found[0]}"
}
# is_continued PART: succeed if the training of the part is initialised from
# --init_from_expdir.
is_continued() {
    [ -n "${init_from_expdir}" ] && is_in "$1" "loa_lm ldm" && has_earlier "$1"
}

# use_phonemes FOLDER: set the options of phonemes to the values of the specification in FOLDER.
use_phonemes() {
    local option
    for option in g2p cleaner token_list transcripts; do
        [ ! -e "$1/${option}" ] || declare -g "${option}=$(cat "$1/${option}")"
    done
}
