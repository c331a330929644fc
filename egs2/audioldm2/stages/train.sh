# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 5 to 7 and 11 to 13: one experiment a part.

# The weights that a part is used by: those of a checkpoint, or the best of validation.
best_of() {
    local name
    for name in "$1"/model.safetensors "$1"/valid.*.best.pth; do
        [ ! -e "${name}" ] || { echo "${name}"; return; }
    done
    echo "$1/valid.best.pth" # named in the message of whoever reads it
}

# Shape file of a data file: what ESPnet makes batches from.
shape_of() {
    case $1 in
        */wav.scp) echo "$(dirname "$1")/utt2num_samples" ;;
        *) echo "${1%.scp}_shape" ;;
    esac
}

# train_part PART FOLDER "DATA..." OPTION...: train unless up to date, or taken as it is.
# DATA is FILE,NAME,TYPE below dumpdir; % stands for the name of the set.
train_part() {
    local part=$1 folder=$2 data=$3 item path name options=() reads=()
    shift 3
    local exp=${part}_exp config=${part}_config args=${part}_args
    if [ -n "${!exp}" ] || is_taken "${part}"; then
        log "${part}: taken from ${folder}, not trained"
        return
    fi
    if is_finetuned "${part}"; then
        options=(--finetune_from "${pretrained_dir}/${part}")
        reads=("${pretrained_dir}/${part}/config.yaml" "$(best_of "${pretrained_dir}/${part}")")
    fi
    for item in ${data}; do
        for name in train valid; do
            path=${name}_set
            path=${dumpdir}/${item//%/${!path}}
            options+=("--${name}_data_path_and_name_and_type" "${path}")
            reads+=("$(dirname "${path%%,*}")")
            [ "${item}" != "${data%% *}" ] ||
                options+=("--${name}_shape_file" "$(shape_of "${path%%,*}")")
        done
    done
    run_step "train_${part}" --reads "${!config}" "${geometry}" "${reads[@]}" ${more_reads:-} \
        --writes "${folder}/config.yaml" "${folder}/latest.pth" -- \
        scripts/train_model.sh "${part}" "${folder}" "${!config}" \
        --geometry "${geometry}" "${options[@]}" "$@" ${!args}
}

# Masked auto-encoder of the filter bank: the source of LOA.
#   reads   dump/raw/<set>
#   writes  exp/audiomae_*, with the statistics of the filter bank
train_audiomae() {
    local measure=true
    if without_loa; then
        log "audiomae: not needed, this system has no LOA"
        return
    fi
    ! is_finetuned audiomae || measure=false # it keeps the statistics it knows
    collect_stats=${measure} train_part audiomae "$(audiomae)" raw/%/wav.scp,audio,sound
}

# Auto-encoder of the log-mel: its latents are what diffusion makes.
#   reads   dump/raw/<set>
#   writes  exp/vae_*
train_vae() {
    train_part vae "$(vae)" raw/%/wav.scp,audio,sound
}

# HiFi-GAN from the same log-mel to a waveform.
#   reads   dump/raw/<set>
#   writes  exp/vocoder_*
train_vocoder() {
    train_part vocoder "$(vocoder)" raw/%/wav.scp,audio,sound
}

# Data of the conditions: dumped encodings, or captions for an encoder that is trained.
condition_data() {
    if [ "${num_units}" -gt 0 ]; then
        echo raw/%/text,caption,text
    else
        echo condition/%/sentence.scp,sentence,kaldi_ark condition/%/tokens.scp,tokens,kaldi_ark
    fi
}
unit_options() {
    [ "${num_units}" -eq 0 ] || echo "--text_encoder units --units_model ${dumpdir}/units"
}

# GPT-2 from caption to LOA.
#   reads   dump/loa/<set>, dump/condition/<set>
#   writes  exp/loa_lm_*
train_loa_lm() {
    if without_loa; then
        log "loa_lm: not needed, this system has no LOA"
        return
    fi
    # shellcheck disable=SC2046 # several words, or none
    train_part loa_lm "$(loa_lm)" "loa/%/loa.scp,loa,kaldi_ark $(condition_data)" \
        $(unit_options)
}

# What the diffusion model, alone or joined, is trained on.
diffusion_data() {
    local loa=loa/%/loa.scp,loa,kaldi_ark
    ! without_loa || loa=
    echo latent/%/latent.scp,latent,kaldi_ark "${loa}" "$(condition_data)"
}

# Encodings of the empty caption, one word each: <name>PREFIX<file>.
null_encodings() {
    local prefix=$1 null=${dumpdir}/condition/null
    [ "${num_units}" -eq 0 ] || return 0
    fact without_tokens || echo "null_tokens${prefix}${null}/tokens.npy"
    ! fact film || echo "null_sentence${prefix}${null}/sentence.npy"
}

# U-Net from noise, LOA and tokens to a latent.
#   reads   dump/latent/<set>, dump/latent/latent_scale, dump/loa/<set>, dump/condition
#   writes  exp/ldm_*
train_ldm() {
    local data null scale=${dumpdir}/latent/latent_scale
    data=$(diffusion_data)
    ! fact without_tokens || data=${data% condition/%/tokens.scp,*}
    null=$(null_encodings " " | sed 's/^/--/')
    # shellcheck disable=SC2046 # several words, or none
    more_reads=${scale} train_part ldm "$(ldm)" "${data}" \
        --latent_scale "${scale}" ${null} $(unit_options)
}

# GPT-2 and U-Net together, on true or predicted LOA.
#   reads   as train_loa_lm and train_ldm, and their experiments
#   writes  exp/joint_*
train_joint() {
    local lm_folder ldm_folder null
    lm_folder=$(loa_lm)
    ldm_folder=$(ldm)
    # a published model does not say what the empty caption is to it
    null=$(! is_taken ldm || null_encodings "=" | sed 's/^/--ldm_conf /')
    more_reads="$(best_of "${lm_folder}") $(best_of "${ldm_folder}")" \
        train_part joint "$(joint)" "$(diffusion_data)" \
        --loa_lm_config "${lm_folder}/config.yaml" --ldm_config "${ldm_folder}/config.yaml" \
        --init_from "$(best_of "${lm_folder}")::loa_lm" \
        --init_from "$(best_of "${ldm_folder}")::ldm" ${null}
}
