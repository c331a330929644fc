# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 5 to 7 and 11 to 13: one experiment per part.

# best_of FOLDER: print the file with the weights of a part: of a converted checkpoint, or of
# the best validation epoch.
best_of() {
    local name
    for name in "$1"/model.safetensors "$1"/valid.*.best.pth; do
        [ ! -e "${name}" ] || { echo "${name}"; return; }
    done
    echo "$1/valid.best.pth" # run_step reports that this file does not exist
}

# shape_of FILE: print the shape file of a data file, from which ESPnet makes batches.
shape_of() {
    case $1 in
        */wav.scp) echo "$(dirname "$1")/utt2num_samples" ;;
        *) echo "${1%.scp}_shape" ;;
    esac
}

# start_of PART: print the files with the initial weights of a training; nothing for a training
# from scratch.
start_of() {
    if is_finetuned "$1"; then
        printf '%s\n' "${pretrained_dir}/$1/config.yaml" "$(best_of "${pretrained_dir}/$1")"
    elif is_continued "$1"; then
        best_of "$(earlier "$1")"
    fi
}
# start_options PART: print the options that name the initial weights; nothing for a training
# from scratch.
start_options() {
    if is_finetuned "$1"; then
        printf '%s\n' --finetune_from "${pretrained_dir}/$1"
    elif is_continued "$1"; then
        printf '%s\n' --init_from "$(start_of "$1")"
    fi
}

# encoded_options ITEM: print the options with which a training computes the features ITEM of its
# clips itself; nothing if they are dumped, or no such features.
encoded_options() {
    local model
    [ "${features}" = on_the_fly ] || return 0
    case $1 in
        loa/*) model=$(audiomae) ;;
        latent/*) model=$(vae) ;;
        *) return 0 ;;
    esac
    printf '%s\n' --encode_audio "${1%%/*}=${model}"
}

# data_options ITEM...: append ESPnet's options for training and validation data to the array
# 'options', and the folders of these data to the array 'reads'. An ITEM is FILE,NAME,TYPE
# below dumpdir, with % for the name of the set. Batches are made from the shape file of the
# first ITEM; with captioned_only=true, clips without a caption are left out.
data_options() {
    local item set path shape first=$1 sounds=${dumpdir}/raw/${train_set}/wav.scp,audio,sound
    local encoded
    for item in "$@"; do
        for set in train valid; do
            path=${set}_set
            path=${dumpdir}/${item//%/${!path}}
            words_of encoded encoded_options "${item}"
            if [ "${set}" = train ] && [ ${#encoded[@]} -gt 0 ]; then
                path=${sounds}
                options+=("${encoded[@]}")
                reads+=("$(best_of "${encoded[1]#*=}")")
                [[ " ${options[*]} " != *" ${path} "* ]] || continue # given before
            fi
            options+=("--${set}_data_path_and_name_and_type" "${path}")
            reads+=("$(dirname "${path%%,*}")")
            [ "${item}" = "${first}" ] || continue
            shape=$(shape_of "${path%%,*}")
            path=${set}_set
            ! "${captioned_only:-false}" || shape=$(captioned "${shape}" "${!path}")
            options+=("--${set}_shape_file" "${shape}")
        done
    done
}

# captioned SHAPE SET: print the shape file SHAPE if all clips have a caption or are speech, which
# needs none; otherwise make and print a shape file of the clips with a caption.
captioned() {
    local text=${dumpdir}/raw/$2/text out
    if [ -n "${g2p}" ] || ! grep -qsv ' ' "${text}"; then
        echo "$1"
        return
    fi
    out=${dumpdir}/captioned/$2/$(basename "$1")
    mkdir -p "$(dirname "${out}")"
    filter_scp.pl <(grep ' ' "${text}") "$1" > "${out}.new"
    mv "${out}.new" "${out}"
    echo "${out}"
}
# Succeed if no training clip has a caption and the corpus is not speech.
without_captions() {
    local text=${dumpdir}/raw/${train_set}/text
    [ -z "${g2p}" ] && [ -e "${text}" ] && ! grep -q ' ' "${text}"
}

# train_part PART FOLDER OPTION...: train a part, unless it is up to date or given. The calling
# function sets the arrays 'data' (ITEMs of data_options) and 'more_reads' (other files that the
# result depends on).
train_part() {
    local part=$1 folder=$2 options reads
    shift 2
    local exp=${part}_exp config=${part}_config args
    read -rd '' -a args < <(args_of "${part}") || true # it ends at the end of the words
    if [ -n "${!exp}" ] || is_taken "${part}"; then
        log "${part}: used from ${folder} without training"
        return
    fi
    words_of options start_options "${part}"
    words_of reads start_of "${part}"
    data_options "${data[@]}"
    local weights=${dumpdir}/raw/${train_set}/utt2weight # exists if the table has weights
    if [ -e "${weights}" ]; then
        options+=(--clip_weights "${weights}")
        reads+=("${weights}")
    fi
    run_step "train_${part}" --reads "${!config}" "${geometry}" "${reads[@]}" \
        "${more_reads[@]}" --writes "${folder}/config.yaml" "${folder}/latest.pth" -- \
        scripts/train_model.sh "${part}" "${folder}" "${!config}" \
        --geometry "${geometry}" "${options[@]}" "$@" "${args[@]}"
}

# Train the masked auto-encoder of the filter bank, from which LOA is computed.
#   reads   dump/raw/<set>
#   writes  exp/audiomae_*, with the statistics of the filter bank
train_audiomae() {
    local measure=fbank data=("raw/%/wav.scp,audio,sound") more_reads=()
    if without_loa; then
        log "audiomae: not needed, because this system has no LOA"
        return
    fi
    ! is_finetuned audiomae || measure= # the checkpoint contains the statistics
    collect_stats=${measure} train_part audiomae "$(audiomae)"
}

# Train the auto-encoder of the log-mel; the diffusion model generates its latents.
#   reads   dump/raw/<set>
#   writes  exp/vae_*, with the first and second moments of mel blocks; validation compares the VAE
#           with their principal components
train_vae() {
    local data=("raw/%/wav.scp,audio,sound") more_reads=()
    collect_stats=block_moments train_part vae "$(vae)"
}

# Train the vocoder, which converts a log-mel to a waveform.
#   reads   dump/raw/<set>
#   writes  exp/vocoder_*
train_vocoder() {
    local data=("raw/%/wav.scp,audio,sound") more_reads=()
    train_part vocoder "$(vocoder)"
}

# Train GPT-2, which predicts LOA from a caption.
#   reads   dump/loa/<set>, dump/condition/<set>
#   writes  exp/loa_lm_*
train_loa_lm() {
    local data given more_reads=()
    if without_loa; then
        log "loa_lm: not needed, because this system has no LOA"
        return
    elif without_captions; then
        log "loa_lm: not trained, because no clip of ${train_set} has a caption"
        return
    fi
    refuse_other_dumps loa condition
    words_of data text data
    words_of given text options
    data=("loa/%/loa.scp,loa,kaldi_ark" "${data[@]}")
    captioned_only=true train_part loa_lm "$(loa_lm)" "${given[@]}"
}

# watched COMMAND...: run a command with the VAE and the vocoder that convert the generated
# latents of validation clips to sounds.
watched() {
    watch_vae=$(vae) watch_vocoder=$(used_vocoder) "$@"
}

# Print the training data of the diffusion model except text.
diffusion_data() {
    echo latent/%/latent.scp,latent,kaldi_ark
    without_loa || echo loa/%/loa.scp,loa,kaldi_ark
    declared_data
}

# Train the U-Net, which generates a latent conditioned on LOA and token states; for speech,
# on LOA only.
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

# Train GPT-2 and U-Net together; the U-Net is conditioned on true or predicted LOA. With
# --distil true, train a student after them.
#   reads   the data of train_loa_lm and train_ldm, and their experiments
#   writes  exp/joint_*, exp/ldm_student_*
train_joint() {
    "${skip_joint}" || train_both
    ! "${distil}" || distil_ldm
}

# Train GPT-2 and U-Net together, on true or predicted LOA.
train_both() {
    local lm_folder ldm_folder data texts given more_reads
    refuse_other_dumps loa latent condition
    lm_folder=$(loa_lm)
    ldm_folder=$(ldm)
    words_of given null_of_taken_ldm
    more_reads=("$(best_of "${lm_folder}")" "$(best_of "${ldm_folder}")")
    words_of data diffusion_data
    words_of texts text joint_data
    data+=("${texts[@]}")
    captioned_only=true watched train_part joint "$(joint)" \
        --loa_lm_config "${lm_folder}/config.yaml" --ldm_config "${ldm_folder}/config.yaml" \
        --init_from "${more_reads[0]}::loa_lm" --init_from "${more_reads[1]}::ldm" \
        "${given[@]}"
}

# Options for what a published diffusion model lacks: the encoding of the empty caption.
null_of_taken_ldm() {
    local null=() each
    ! is_taken ldm || words_of null text null
    for each in "${null[@]}"; do printf '%s\n' --ldm_conf "${each}"; done
}

# Train a student of the diffusion model that generates: average velocities of its guided flow.
distil_ldm() {
    local teacher data texts given more_reads
    refuse_other_dumps loa latent condition
    teacher=$(teacher)
    words_of given null_of_taken_ldm
    more_reads=("$(best_of "${teacher}")" "${teacher}/config.yaml")
    words_of data diffusion_data
    words_of texts text ldm_data
    data+=("${texts[@]}")
    watched train_part ldm_student "$(ldm_student)" --teacher "${teacher}" "${given[@]}"
}
