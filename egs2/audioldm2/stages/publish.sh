# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 17 and 18: one archive of the system, and its way to others.

packed() { echo "${expdir}/packed/$(basename "$(system_dir)").zip"; }

# The system that stage 14 generates with, and AudioMAE, in ESPnet's format.
#   reads   exp/*
#   writes  exp/packed/<experiment>.zip
pack() {
    local part options=() configs=()
    for part in $(generators) vae $([ "${use_vocoder}" = griffin_lim ] || echo vocoder); do
        configs+=("$("${part}")/config.yaml")
    done
    if ! without_loa; then
        options+=(--audiomae_dir "$(audiomae)")
        configs+=("$(audiomae)/config.yaml" "$(best_of "$(audiomae)")")
    fi
    # shellcheck disable=SC2046 # options of several words
    run_step pack --reads "${configs[@]}" $(part_files) --writes "$(packed)" -- \
        python3 -m espnet2.gen_audio.bin.pack $(part_options) "${options[@]}" \
        $([ "${num_units}" -gt 0 ] || encoder_options) --outpath "$(packed)"
}

# The archive's contents to a model hub; licences of all parts go on its card.
#   reads   exp/packed/<experiment>.zip
upload() {
    if [ -z "${hf_repo}" ]; then
        log "upload: skipped: no --hf_repo"
        return
    fi
    python3 scripts/upload_model.py --archive "$(packed)" --repo "${hf_repo}"
}
