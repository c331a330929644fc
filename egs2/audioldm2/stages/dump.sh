# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 8 to 10: what the language model and the diffusion model are trained on.

# AudioMAE features of every clip, one per patch; training pools them into LOA.
#   reads   dump/raw/<set>, exp/audiomae_*
#   writes  dump/loa/<set>/{loa.scp,loa_shape}
dump_loa() {
    local set model
    if without_loa; then
        log "nothing to dump: this system has no LOA"
        return
    fi
    model=$(audiomae)
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        run_step "dump_loa.${set}" --reads "${dumpdir}/raw/${set}" "$(best_of "${model}")" \
            --writes "${dumpdir}/loa/${set}" -- \
            scripts/run_sharded.sh "${dumpdir}/raw/${set}/wav.scp" "${dumpdir}/loa/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_loa --data_dir "${dumpdir}/raw/${set}" \
            --model_dir "${model}"
    done
}

# VAE posteriors of every clip, and the number that scales them to unit deviation.
# A published diffusion model brings its number with the VAE it was trained on.
#   reads   dump/raw/<set>, exp/vae_*
#   writes  dump/latent/<set>/{latent.scp,latent_shape}, dump/latent/latent_scale
dump_latent() {
    local set model
    if is_taken ldm && "${skip_joint}"; then
        log "nothing to dump: no part is trained on latents"
        return
    fi
    model=$(vae)
    for set in "${train_set}" "${valid_set}"; do
        run_step "dump_latent.${set}" --reads "${dumpdir}/raw/${set}" "$(best_of "${model}")" \
            --writes "${dumpdir}/latent/${set}" -- \
            scripts/run_sharded.sh "${dumpdir}/raw/${set}/wav.scp" \
            "${dumpdir}/latent/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_latent \
            --data_dir "${dumpdir}/raw/${set}" --model_dir "${model}"
    done
    measure_latents
}

# The scale that comes with a diffusion model that is trained on; measured otherwise.
measure_latents() {
    local scale=
    ! is_continued ldm || scale=${expdir}/earlier/latent_scale
    ! { is_taken vae && has_pretrained ldm; } || scale=${pretrained_dir}/recipe/latent_scale
    if [ -n "${scale}" ]; then
        run_step latent_scale --reads "${scale}" --writes "${dumpdir}/latent/latent_scale" \
            -- scripts/copy_into.sh "${dumpdir}/latent" "${scale}"
        return
    fi
    run_step latent_scale --reads "${dumpdir}/latent/${train_set}" \
        --writes "${dumpdir}/latent/latent_scale" -- \
        python3 -m espnet2.gen_audio.bin.latent_scale \
        --latent_scp "${dumpdir}/latent/${train_set}/latent.scp" \
        --output "${dumpdir}/latent/latent_scale"
}

# Frozen text encoders run once: the sentence vector and the token states of captions;
# for speech the vector alone, of captions or of the sounds themselves.
#   reads   dump/raw/<set>/text, with --sentence_source audio its sounds
#   writes  dump/condition/<set>/{sentence,tokens}.scp, dump/condition/null
dump_condition() {
    local set tokens=${tokens_encoder} heard=text
    ! is_speech || tokens=none
    [ "${sentence_source}" = text ] || heard=wav.scp
    if [ "${num_units}" -gt 0 ]; then
        log "nothing to dump: the text encoder is trained with the models"
        return
    fi
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        run_step "dump_condition.${set}" --reads "${dumpdir}/raw/${set}/text" \
            "${dumpdir}/raw/${set}/${heard}" --writes "${dumpdir}/condition/${set}" -- \
            scripts/run_sharded.sh "${dumpdir}/raw/${set}/text" \
            "${dumpdir}/condition/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_condition \
            --data_dir "${dumpdir}/raw/${set}" --null_dir "${dumpdir}/condition/null" \
            --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens}" \
            --sentence_source "${sentence_source}"
    done
}
