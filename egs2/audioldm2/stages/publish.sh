# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 17 and 18: pack the system into one archive, and upload it.

# Print the path of the archive.
packed() { echo "${expdir}/packed/$(basename "$(system_dir)").zip"; }

# Pack the system of stage 14 and AudioMAE (with --distil true, the student) in ESPnet's format.
#   reads   exp/*
#   writes  exp/packed/<experiment>.zip
pack() {
    local part parts options=() configs=() files encoders
    words_of parts generators
    parts+=(vae)
    [ "${use_vocoder}" = griffin_lim ] || parts+=(vocoder)
    for part in "${parts[@]}"; do
        configs+=("$("${part}")/config.yaml")
    done
    words_of options part_options
    words_of files part_files
    words_of encoders text pack_options
    if ! without_loa; then
        options+=(--audiomae_dir "$(audiomae)")
        configs+=("$(audiomae)/config.yaml" "$(best_of "$(audiomae)")")
    fi
    if "${distil}"; then
        options+=(--student_dir "$(ldm_student)")
        configs+=("$(ldm_student)/config.yaml" "$(best_of "$(ldm_student)")")
    fi
    run_step pack --reads "${configs[@]}" "${files[@]}" --writes "$(packed)" -- \
        python3 -m espnet2.gen_audio.bin.pack "${options[@]}" "${encoders[@]}" \
        --outpath "$(packed)" ${pack_args}
}

# Upload the contents of the archive to the Hugging Face hub, with a model card that has the
# licences of all parts.
#   reads   exp/packed/<experiment>.zip
upload() {
    if [ -z "${hf_repo}" ]; then
        log "upload: skipped, because --hf_repo is not given"
        return
    fi
    python3 scripts/upload_model.py --archive "$(packed)" --repo "${hf_repo}"
}
