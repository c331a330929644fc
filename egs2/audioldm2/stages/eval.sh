# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 14 to 16: generation, scores and the result page.

# Print the names of the parts that generate a latent from a caption.
generators() {
    if ! "${skip_joint}"; then
        echo joint
    elif without_loa; then
        echo ldm
    else
        printf '%s\n' loa_lm ldm
    fi
}

# Print the options of generation with the folders of the parts.
part_options() {
    local part
    for part in $(generators) vae; do
        printf '%s\n' "--${part}_dir" "$("${part}")"
    done
    printf '%s\n' --vocoder "$(used_vocoder)"
    [ -z "${inference_model}" ] || printf '%s\n' --weights "${inference_model}"
}

# Print the files with the weights of the parts.
part_files() {
    local part
    for part in $(generators) vae; do
        best_of "$("${part}")"
    done
    vocoder_file
}
vocoder_file() { [ "${use_vocoder}" = griffin_lim ] || best_of "$(vocoder)"; }

# Print the folders of dumped LOA, for the rows with true and mean LOA; nothing for a system
# without LOA.
loa_folders() {
    without_loa || printf '%s\n' "${dumpdir}/loa/${test_set}" "${dumpdir}/loa/${train_set}"
}
loa_options() {
    without_loa || printf '%s\n' --loa_scp "${dumpdir}/loa/${test_set}/loa.scp" \
        --train_loa_scp "${dumpdir}/loa/${train_set}/loa.scp"
}

generation_options() {
    part_options
    ! "${distil}" || printf '%s\n' --student_dir "$(ldm_student)"
    text caption_options
    declared_options
    loa_options
}
generation_reads() {
    text transcripts
    part_files
    ! "${distil}" || best_of "$(ldm_student)"
    declared_folders
    loa_folders
}

# Print the number of GPUs of stage 14; a job takes one.
inference_gpus() {
    case ${gpu_inference} in
        true) echo $((ngpu > 0 ? ngpu : 1)) ;;
        false) echo 0 ;;
        *) echo "${ngpu}" ;;
    esac
}

# Generate sounds for the test captions, from predicted LOA and from all other LOA sources in
# the config of generation.
#   reads   dump/raw/<test>/text, exp/*, dump/loa
#   writes  exp/joint_*/<inference>/<test>/<LOA source>_seed<n>/{*.flac,wav.scp}
generate() {
    local out captions=${dumpdir}/raw/${test_set}/text options reads
    out=$(generation_dir)
    refuse_other_dumps loa
    words_of options generation_options
    words_of reads generation_reads
    per_job=10 run_cmd=${decode_cmd} nj=${inference_nj:-${nj}} ngpu=$(inference_gpus) \
        run_step generate --reads "${captions}" \
        "${inference_config}" "${reads[@]}" --writes "${out}" -- \
        scripts/run_sharded.sh "${captions}" "${out}" \
        python3 -m espnet2.gen_audio.bin.gen_audio_inference \
        --config "${inference_config}" --text "${captions}" "${options[@]}" \
        --seeds ${seeds} --audio_format "${audio_format}" --wav_dir "${out}" \
        ${inference_args}
}

# vocoded SET: print the folder of a set's recordings, reconstructed with VAE and vocoder.
vocoded() {
    local name=griffin_lim
    [ "${use_vocoder}" = griffin_lim ] || name=$(basename "$(work_of vocoder)")
    echo "$(work_of vae)/through_${name}/$1"
}

# vocode SET: reconstruct a set's recordings with VAE and vocoder. The scores of these sounds
# are an upper bound for generated sounds.
vocode() {
    local set=$1 raw=${dumpdir}/raw/$1 out some=() vocoder_reads
    out=$(vocoded "${set}")
    [ "${set}" != "${train_set}" ] || some=(--copies 4) # enough to train a classifier
    words_of vocoder_reads vocoder_file
    per_job=30 run_step "vocode.${set}" --reads "${raw}" "$(best_of "$(vae)")" \
        "${vocoder_reads[@]}" --writes "${out}" -- \
        scripts/run_sharded.sh "${raw}/wav.scp" "${out}" \
        python3 -m espnet2.gen_audio.bin.vocode --data_dir "${raw}" "${some[@]}" \
        --vae_dir "$(vae)" --vocoder "$(used_vocoder)" --wav_dir "${out}" \
        --audio_format "${audio_format}"
}

# Print the parts of the system, as part=folder.
all_parts() {
    local part
    for part in audiomae vae vocoder loa_lm ldm joint ldm_student; do
        is_needed "${part}" || continue
        [ ! -e "$("${part}")/config.yaml" ] || echo "${part}=$("${part}")"
    done
}
# Print the parts that this run trained, as part=folder.
trained_parts() {
    local part parts
    words_of parts all_parts
    for part in "${parts[@]}"; do
        [ ! -e "${part#*=}/checkpoint.pth" ] || echo "${part}"
    done
}
# Print the checkpoints of the parts that this run trained.
trained_checkpoints() { trained_parts | sed 's/^[a-z_]*=//; s/$/\/checkpoint.pth/'; }

# Folders of the package whose code determines the scores; a change in them repeats scoring.
score_code=(metrics/encoders metrics/evaluation metrics/functional metrics/sound_metrics)

# Compute distances to recordings and accuracies of classifier probes, for the generated
# sounds and for lower and upper bounds; up to nj jobs encode the clips of large sets.
#   reads   generated sounds, dump/raw, dump/loa, dump/condition, exp/*
#   writes  exp/joint_*/<inference>/score_<test>/{scores.json,clips.jsonl}
score() {
    local out set sets options reads loa loa_reads trained checkpoints
    out=$(generation_dir)
    refuse_other_dumps loa condition
    words_of sets text scored_sets
    words_of options text score_options
    reads=("${out}" "${geometry}")
    for set in "${sets[@]}"; do
        local name=${set}_set
        vocode "${!name}"
        options+=("--${set}_data" "${dumpdir}/raw/${!name}"
            "--${set}_reconstructions" "$(vocoded "${!name}")")
        reads+=("${dumpdir}/raw/${!name}" "$(vocoded "${!name}")")
    done
    words_of loa score_loa_options "${out}"
    words_of loa_reads loa_folders
    words_of trained trained_parts
    words_of checkpoints trained_checkpoints
    run_cmd=${decode_cmd} run_step score \
        --reads "${reads[@]}" "${loa_reads[@]}" "${checkpoints[@]}" \
        --writes "$(score_dir)/scores.json" --code "${score_code[@]}" -- \
        scripts/score_in_jobs.sh "${dumpdir}/raw/${test_set}/wav.scp" "$(score_dir)" \
        python3 -m espnet2.gen_audio.bin.score "${options[@]}" --generation_dirs "${out}" \
        "${loa[@]}" --geometry "${geometry}" --experiments "${trained[@]}" \
        --num_threads "${num_threads}" --output_dir "$(score_dir)"
    text score
}
score_loa_options() {
    without_loa || printf '%s\n' --predicted_loa "$1/loa.scp" \
        --test_loa "${dumpdir}/loa/${test_set}/loa.scp" \
        --train_loa "${dumpdir}/loa/${train_set}/loa.scp"
}
score_dir() { echo "$(dirname "$(generation_dir)")/score_${test_set}"; }

# Print the components that are not trained parts, as NAME=VALUE.
other_parts() {
    [ "${use_vocoder}" != griffin_lim ] || echo waveforms=griffin_lim
    text named
}

# Print the title of the result page: --corpus, or the training table.
report_title() {
    if [ -n "${corpus}" ]; then
        echo "${corpus}"
    elif [ -n "${train_table}" ]; then
        echo "${train_table}"
    else
        echo "default corpus"
    fi
}

# Write the result page, with pictures of spectrograms, training curves and accuracies.
#   reads   scores.json
#   writes  exp/results/{RESULTS.md,scores.json,pictures/*.png}
report() {
    local out results=${expdir}/results shown added parts others
    out=$(generation_dir)
    words_of added text report_options
    words_of parts all_parts
    words_of others other_parts
    # if there is one LOA source and one seed, sounds are not in a sub-folder
    shown=$(find "${out}" -path '*predicted*/wav.scp' -not -path '*/shards/*' | sort | head -1)
    [ -n "${shown}" ] || shown=${out}/wav.scp
    run_step report --reads "$(score_dir)/"*scores.json "${shown}" \
        --writes "${results}/RESULTS.md" "${results}/pictures" -- \
        python3 -m espnet2.gen_audio.bin.report --scores "$(score_dir)/scores.json" \
        --title "$(report_title)" \
        --test_data "${dumpdir}/raw/${test_set}" --generated "${shown}" \
        --reconstructions "$(vocoded "${test_set}")/wav.scp" --output_dir "${results}" \
        "${added[@]}" --commands "${command_line}" --parts "${parts[@]}" "${others[@]}"
    cp "$(score_dir)/scores.json" "${results}/scores.json"
}
