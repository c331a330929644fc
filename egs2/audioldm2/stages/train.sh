# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 5 to 7 and 11 to 13: one experiment per part.

# best_of FOLDER: the weights of a part: of a checkpoint, or of the best validation epoch.
best_of() {
    local name
    for name in "$1"/model.safetensors "$1"/valid.*.best.pth; do
        [ ! -e "${name}" ] || { echo "${name}"; return; }
    done
    echo "$1/valid.best.pth" # does not exist; run_step's message names it
}

# shape_of FILE: the shape file of a data file, which ESPnet makes batches from.
shape_of() {
    case $1 in
        */wav.scp) echo "$(dirname "$1")/utt2num_samples" ;;
        *) echo "${1%.scp}_shape" ;;
    esac
}

# start_of PART: the files that its training is initialised from, and start_options PART:
# the option that names them; both print nothing for a training from scratch.
start_of() {
    if is_finetuned "$1"; then
        printf '%s\n' "${pretrained_dir}/$1/config.yaml" "$(best_of "${pretrained_dir}/$1")"
    elif is_continued "$1"; then
        best_of "$(earlier "$1")"
    fi
}
start_options() {
    if is_finetuned "$1"; then
        printf '%s\n' --finetune_from "${pretrained_dir}/$1"
    elif is_continued "$1"; then
        printf '%s\n' --init_from "$(start_of "$1")"
    fi
}

# data_options ITEM...: append ESPnet's options for training and validation data to the array
# options, and the folders that are read to the array reads. An ITEM is FILE,NAME,TYPE below
# dumpdir, with % for the name of the set. Batches are made from the shapes of the first one.
data_options() {
    local item set path first=$1
    for item in "$@"; do
        for set in train valid; do
            path=${set}_set
            path=${dumpdir}/${item//%/${!path}}
            options+=("--${set}_data_path_and_name_and_type" "${path}")
            reads+=("$(dirname "${path%%,*}")")
            [ "${item}" != "${first}" ] ||
                options+=("--${set}_shape_file" "$(shape_of "${path%%,*}")")
        done
    done
}

# train_part PART FOLDER OPTION...: train a part, unless it is up to date or used as it is.
# The caller sets the arrays data (ITEMs of data_options) and more_reads (further files that
# the result depends on).
train_part() {
    local part=$1 folder=$2 options reads
    shift 2
    local exp=${part}_exp config=${part}_config args=${part}_args
    if [ -n "${!exp}" ] || is_taken "${part}"; then
        log "${part}: taken from ${folder}, not trained"
        return
    fi
    words_of options start_options "${part}"
    words_of reads start_of "${part}"
    data_options "${data[@]}"
    run_step "train_${part}" --reads "${!config}" "${geometry}" "${reads[@]}" \
        "${more_reads[@]}" --writes "${folder}/config.yaml" "${folder}/latest.pth" -- \
        scripts/train_model.sh "${part}" "${folder}" "${!config}" \
        --geometry "${geometry}" "${options[@]}" "$@" ${!args}
}

# Masked auto-encoder of the filter bank: the source of LOA.
#   reads   dump/raw/<set>
#   writes  exp/audiomae_*, with the statistics of the filter bank
train_audiomae() {
    local measure=fbank data=("raw/%/wav.scp,audio,sound") more_reads=()
    if without_loa; then
        log "audiomae: not needed, this system has no LOA"
        return
    fi
    ! is_finetuned audiomae || measure= # it keeps its own statistics
    collect_stats=${measure} train_part audiomae "$(audiomae)"
}

# Auto-encoder of the log-mel: the diffusion model generates its latents.
#   reads   dump/raw/<set>
#   writes  exp/vae_*, with the moments of mel blocks: validation compares with their
#           principal components
train_vae() {
    local data=("raw/%/wav.scp,audio,sound") more_reads=()
    collect_stats=block_moments train_part vae "$(vae)"
}

# HiFi-GAN from the same log-mel to a waveform.
#   reads   dump/raw/<set>
#   writes  exp/vocoder_*
train_vocoder() {
    local data=("raw/%/wav.scp,audio,sound") more_reads=()
    train_part vocoder "$(vocoder)"
}

# GPT-2 from caption to LOA.
#   reads   dump/loa/<set>, dump/condition/<set>
#   writes  exp/loa_lm_*
train_loa_lm() {
    local data given more_reads=()
    if without_loa; then
        log "loa_lm: not needed, this system has no LOA"
        return
    fi
    refuse_other_dumps loa condition
    words_of data text data
    words_of given text options
    data=("loa/%/loa.scp,loa,kaldi_ark" "${data[@]}")
    train_part loa_lm "$(loa_lm)" "${given[@]}"
}

# Train, with the parts that make sounds of latents.
watched() {
    watch_vae=$(vae) watch_vocoder=$(used_vocoder) "$@"
}

# Data of the diffusion model except text.
diffusion_data() {
    echo latent/%/latent.scp,latent,kaldi_ark
    without_loa || echo loa/%/loa.scp,loa,kaldi_ark
    declared_data
}

# U-Net from noise, LOA and token states to a latent; for speech conditioned on LOA alone.
#   reads   dump/latent/<set>, dump/latent/latent_scale, dump/loa/<set>, dump/condition
#   writes  exp/ldm_*
train_ldm() {
    local data texts null given more_reads=("${dumpdir}/latent/latent_scale")
    refuse_other_dumps loa latent condition
    words_of data diffusion_data
    words_of texts text ldm_data
    words_of null text null
    words_of given text ldm_options
    data+=("${texts[@]}")
    watched train_part ldm "$(ldm)" --latent_scale "${more_reads[0]}" \
        "${null[@]/#/--}" "${given[@]}"
}

# GPT-2 and U-Net together, on true or predicted LOA.
#   reads   as train_loa_lm and train_ldm, and their experiments
#   writes  exp/joint_*
train_joint() {
    local lm_folder ldm_folder null=() each data texts given=() more_reads
    refuse_other_dumps loa latent condition
    lm_folder=$(loa_lm)
    ldm_folder=$(ldm)
    # a published model does not contain the encoding of the empty caption
    ! is_taken ldm || words_of null text null
    for each in "${null[@]}"; do given+=(--ldm_conf "${each}"); done
    more_reads=("$(best_of "${lm_folder}")" "$(best_of "${ldm_folder}")")
    words_of data diffusion_data
    words_of texts text data
    data+=("${texts[@]}")
    watched train_part joint "$(joint)" \
        --loa_lm_config "${lm_folder}/config.yaml" --ldm_config "${ldm_folder}/config.yaml" \
        --init_from "${more_reads[0]}::loa_lm" --init_from "${more_reads[1]}::ldm" \
        "${given[@]}"
}
