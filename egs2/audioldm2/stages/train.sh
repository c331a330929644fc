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

# Files that the training of a part starts from, and the option that says so; none for
# a training from scratch.
start_of() {
    if is_finetuned "$1"; then
        echo "${pretrained_dir}/$1/config.yaml" "$(best_of "${pretrained_dir}/$1")"
    elif is_continued "$1"; then
        best_of "$(earlier "$1")"
    fi
}
start_options() {
    if is_finetuned "$1"; then
        echo --finetune_from "${pretrained_dir}/$1"
    elif is_continued "$1"; then
        echo --init_from "$(start_of "$1")"
    fi
}

# train_part PART FOLDER "DATA..." OPTION...: train unless up to date, or taken as it is.
# DATA is FILE,NAME,TYPE below dumpdir; % stands for the name of the set.
train_part() {
    local part=$1 folder=$2 data=$3 item path name options reads
    shift 3
    local exp=${part}_exp config=${part}_config args=${part}_args
    if [ -n "${!exp}" ] || is_taken "${part}"; then
        log "${part}: taken from ${folder}, not trained"
        return
    fi
    read -ra options <<< "$(start_options "${part}")"
    read -ra reads <<< "$(start_of "${part}")"
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
    if is_speech; then
        echo phonemes/%/phonemes,phonemes,text condition/%/sentence.scp,sentence,kaldi_ark \
            raw/%/utt2num_samples,num_samples,text_int
    elif [ "${num_units}" -gt 0 ]; then
        echo raw/%/text,caption,text
    else
        echo condition/%/sentence.scp,sentence,kaldi_ark condition/%/tokens.scp,tokens,kaldi_ark
    fi
}
text_options() {
    if is_speech; then
        echo "--text_encoder phonemes --g2p ${g2p} --cleaner ${cleaner}" \
            "--token_list $(phoneme_list)"
    elif [ "${num_units}" -gt 0 ]; then
        echo "--text_encoder units --units_model ${dumpdir}/units"
    fi
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
        $(text_options)
}

# What the diffusion model is trained on, beside text.
diffusion_data() {
    local loa=" loa/%/loa.scp,loa,kaldi_ark"
    ! without_loa || loa=
    echo "latent/%/latent.scp,latent,kaldi_ark${loa}"
}

# Encodings of the empty caption, one word each: <name>PREFIX<file>.
null_encodings() {
    local prefix=$1 null=${dumpdir}/condition/null
    [ "${num_units}" -eq 0 ] && ! is_speech || return 0
    fact without_tokens || echo "null_tokens${prefix}${null}/tokens.npy"
    ! fact film || echo "null_sentence${prefix}${null}/sentence.npy"
}

# U-Net from noise, LOA and tokens to a latent; that of speech hears LOA alone.
#   reads   dump/latent/<set>, dump/latent/latent_scale, dump/loa/<set>, dump/condition
#   writes  exp/ldm_*
train_ldm() {
    local data null text scale=${dumpdir}/latent/latent_scale
    data=$(diffusion_data)
    if ! is_speech; then
        data+=" $(condition_data)"
        text=$(text_options)
    fi
    ! fact without_tokens || data=${data% condition/%/tokens.scp,*}
    null=$(null_encodings " " | sed 's/^/--/')
    more_reads=${scale} train_part ldm "$(ldm)" "${data}" \
        --latent_scale "${scale}" ${null} ${text:-}
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
        train_part joint "$(joint)" "$(diffusion_data) $(condition_data)" \
        --loa_lm_config "${lm_folder}/config.yaml" --ldm_config "${ldm_folder}/config.yaml" \
        --init_from "$(best_of "${lm_folder}")::loa_lm" \
        --init_from "$(best_of "${ldm_folder}")::ldm" ${null}
}
