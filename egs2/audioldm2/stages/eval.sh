# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 14 to 16: sounds, scores, and the page that shows them.

# Options that name the trained parts for generation.
part_options() {
    if "${skip_joint}"; then
        echo --loa_lm_dir "$(loa_lm)" --ldm_dir "$(ldm)"
    else
        echo --joint_dir "$(joint)"
    fi
    echo --vae_dir "$(vae)" --vocoder "$(used_vocoder)"
    if [ "${num_units}" -gt 0 ]; then
        echo --units_model "${dumpdir}/units"
    else
        echo --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens_encoder}"
    fi
    [ -z "${inference_model}" ] || echo --weights "${inference_model}"
}

# Weights of the trained parts, as files.
part_files() {
    local part
    for part in $("${skip_joint}" && echo loa_lm ldm || echo joint) vae; do
        best_of "$("${part}")"
    done
    [ "${use_vocoder}" = griffin_lim ] || best_of "$(vocoder)"
}

# Sounds for the test captions: from predicted LOA, and from the LOA that it is judged by.
#   reads   dump/raw/<test>/text, exp/*, dump/loa
#   writes  exp/joint_*/<inference>/<test>/<LOA source>_seed<n>/{*.flac,wav.scp}
generate() {
    local out captions=${dumpdir}/raw/${test_set}/text loa=${dumpdir}/loa
    out=$(generation_dir)
    # shellcheck disable=SC2046 # options of several words
    per_job=10 run_cmd=${decode_cmd} run_step generate --reads "${captions}" "${inference_config}" \
        $(part_files) "${loa}/${test_set}" "${loa}/${train_set}" --writes "${out}" -- \
        scripts/run_sharded.sh "${captions}" "${out}" \
        python3 -m espnet2.gen_audio.bin.gen_audio_inference \
        --config "${inference_config}" --text "${captions}" $(part_options) \
        --loa_scp "${loa}/${test_set}/loa.scp" \
        --train_loa_scp "${loa}/${train_set}/loa.scp" \
        --seeds ${seeds} --audio_format "${audio_format}" --wav_dir "${out}" \
        ${inference_args}
}

# vocoded SET: where a set's recordings go as the VAE and the vocoder give them back.
vocoded() {
    local vocoder_name
    vocoder_name=$(basename "$(used_vocoder)")
    echo "$(vae)/through_${vocoder_name}/$1"
}

# vocode SET: pass a set's recordings through VAE and vocoder, the ceiling of the scores.
vocode() {
    local set=$1 raw=${dumpdir}/raw/$1 out some=()
    out=$(vocoded "${set}")
    [ "${set}" != "${train_set}" ] || some=(--copies 4) # enough for a judge
    # shellcheck disable=SC2046 # one file or none
    per_job=30 run_step "vocode.${set}" --reads "${raw}" "$(best_of "$(vae)")" \
        $([ "${use_vocoder}" = griffin_lim ] || best_of "$(vocoder)") --writes "${out}" -- \
        scripts/run_sharded.sh "${raw}/wav.scp" "${out}" \
        python3 -m espnet2.gen_audio.bin.vocode --data_dir "${raw}" "${some[@]}" \
        --vae_dir "$(vae)" --vocoder "$(used_vocoder)" --wav_dir "${out}" \
        --audio_format "${audio_format}"
}

# Names and folders of the trained parts: part=folder.
trained_parts() {
    local part
    for part in audiomae vae vocoder loa_lm ldm joint; do
        [ "${part}.${skip_joint}" = joint.true ] || [ ! -e "$("${part}")/config.yaml" ] ||
            echo "${part}=$("${part}")"
    done
}

# Distances to recordings, and whether captions are obeyed; rows for floor and ceiling.
#   reads   generated sounds, dump/raw, dump/loa, dump/condition, exp/*
#   writes  exp/joint_*/<inference>/score_<test>/{scores.json,clips.jsonl}
score() {
    local out set options=() reads=() raw=${dumpdir}/raw loa=${dumpdir}/loa
    local condition=${dumpdir}/condition
    out=$(generation_dir)
    for set in train valid test; do
        local name=${set}_set
        vocode "${!name}"
        options+=("--${set}_data" "${raw}/${!name}"
            "--${set}_reconstructions" "$(vocoded "${!name}")")
        reads+=("${raw}/${!name}" "$(vocoded "${!name}")" "${loa}/${!name}")
    done
    if [ "${num_units}" -eq 0 ]; then
        options+=(--train_sentences "${condition}/${train_set}/sentence.scp"
            --test_sentences "${condition}/${test_set}/sentence.scp")
    fi
    # shellcheck disable=SC2046 # one word a part
    run_step score --reads "${reads[@]}" "${out}" "${geometry}" \
        $(trained_parts | sed 's/.*=//; s/$/\/checkpoint.pth/') \
        --writes "$(score_dir)/scores.json" -- \
        python3 -m espnet2.gen_audio.bin.score "${options[@]}" --generation_dirs "${out}" \
        --predicted_loa "${out}/loa.scp" --test_loa "${loa}/${test_set}/loa.scp" \
        --train_loa "${loa}/${train_set}/loa.scp" --geometry "${geometry}" \
        --experiments $(trained_parts) --num_threads "${num_threads}" \
        --output_dir "$(score_dir)"
}
score_dir() { echo "$(dirname "$(generation_dir)")/score_${test_set}"; }

# The page of results, with spectrograms, curves and accuracies as pictures.
#   reads   scores.json
#   writes  exp/results/{RESULTS.md,scores.json,pictures/*.png}
report() {
    local out results=${expdir}/results shown
    out=$(generation_dir)
    shown=$(find "${out}" -name wav.scp -not -path '*/shards/*' | grep predicted | sort | head -1)
    [ -n "${shown}" ] || shown=${out}/wav.scp
    # shellcheck disable=SC2046 # one word a part
    run_step report --reads "$(score_dir)/scores.json" "${shown}" \
        --writes "${results}/RESULTS.md" "${results}/pictures" -- \
        python3 -m espnet2.gen_audio.bin.report --scores "$(score_dir)/scores.json" \
        --test_data "${dumpdir}/raw/${test_set}" --generated "${shown}" \
        --reconstructions "$(vocoded "${test_set}")/wav.scp" --output_dir "${results}" \
        --commands "${command_line}" --parts $(trained_parts) "waveforms=$(used_vocoder)"
    cp "$(score_dir)/scores.json" "${results}/scores.json"
}
