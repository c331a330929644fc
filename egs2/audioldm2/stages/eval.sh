# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 14 to 16: sounds, scores, and the page that shows them.

# Names of the parts that turn a caption into a latent.
generators() {
    if ! "${skip_joint}"; then
        echo joint
    elif without_loa; then
        echo ldm
    else
        echo loa_lm ldm
    fi
}

# Options that name the parts for generation.
part_options() {
    local part
    for part in $(generators) vae; do
        echo "--${part}_dir" "$("${part}")"
    done
    echo --vocoder "$(used_vocoder)"
    [ -z "${inference_model}" ] || echo --weights "${inference_model}"
}
encoder_options() {
    echo --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens_encoder}"
}
caption_options() {
    if is_speech; then
        echo --sentence_encoder "${sentence_encoder}" --transcript "$(transcripts)"
    elif [ "${num_units}" -gt 0 ]; then
        echo --units_model "${dumpdir}/units"
    else
        encoder_options
    fi
}

# Weights of the parts, as files.
part_files() {
    local part
    for part in $(generators) vae; do
        best_of "$("${part}")"
    done
    [ "${use_vocoder}" = griffin_lim ] || best_of "$(vocoder)"
}

# Dumped LOA that the sounds are compared with; none for a system without LOA.
loa_folders() { without_loa || echo "${dumpdir}/loa/${test_set}" "${dumpdir}/loa/${train_set}"; }
loa_options() {
    without_loa || echo --loa_scp "${dumpdir}/loa/${test_set}/loa.scp" \
        --train_loa_scp "${dumpdir}/loa/${train_set}/loa.scp"
}

# Sounds for the test captions: from predicted LOA, and from the LOA that it is judged by.
#   reads   dump/raw/<test>/text, exp/*, dump/loa
#   writes  exp/joint_*/<inference>/<test>/<LOA source>_seed<n>/{*.flac,wav.scp}
generate() {
    local out captions=${dumpdir}/raw/${test_set}/text
    out=$(generation_dir)
    # shellcheck disable=SC2046 # options of several words
    per_job=10 run_cmd=${decode_cmd} run_step generate --reads "${captions}" \
        $(transcripts) "${inference_config}" $(part_files) $(loa_folders) --writes "${out}" -- \
        scripts/run_sharded.sh "${captions}" "${out}" \
        python3 -m espnet2.gen_audio.bin.gen_audio_inference \
        --config "${inference_config}" --text "${captions}" $(part_options) \
        $(caption_options) $(loa_options) \
        --seeds ${seeds} --audio_format "${audio_format}" --wav_dir "${out}" \
        ${inference_args}
}

# vocoded SET: where a set's recordings go as the VAE and the vocoder give them back.
vocoded() {
    local name=griffin_lim
    [ "${use_vocoder}" = griffin_lim ] || name=$(basename "$(work_of vocoder)")
    echo "$(work_of vae)/through_${name}/$1"
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

# Names and folders of the parts in use: part=folder.
all_parts() {
    local part
    for part in audiomae vae vocoder loa_lm ldm joint; do
        [ "${part}.${skip_joint}" != joint.true ] || continue
        ! without_loa || ! is_in "${part}" "audiomae loa_lm" || continue
        [ ! -e "$("${part}")/config.yaml" ] || echo "${part}=$("${part}")"
    done
}
# The same of those that were trained here.
trained_parts() {
    local part
    for part in $(all_parts); do
        [ ! -e "${part#*=}/checkpoint.pth" ] || echo "${part}"
    done
}

# Sets that the scores are made from. The judges that learn from the others ask which
# caption a sound has; descriptions of speakers are all alike, so speech needs none.
scored_sets() { if is_speech; then echo test; else echo train valid test; fi; }

# Distances to recordings, and whether captions are obeyed; rows for floor and ceiling.
#   reads   generated sounds, dump/raw, dump/loa, dump/condition, exp/*
#   writes  exp/joint_*/<inference>/score_<test>/{scores.json,clips.jsonl}
score() {
    local out set options=() reads=() raw=${dumpdir}/raw condition=${dumpdir}/condition
    out=$(generation_dir)
    for set in $(scored_sets); do
        local name=${set}_set
        vocode "${!name}"
        options+=("--${set}_data" "${raw}/${!name}"
            "--${set}_reconstructions" "$(vocoded "${!name}")")
        reads+=("${raw}/${!name}" "$(vocoded "${!name}")")
    done
    if [ "${num_units}" -eq 0 ] && ! is_speech; then
        options+=(--train_sentences "${condition}/${train_set}/sentence.scp"
            --test_sentences "${condition}/${test_set}/sentence.scp")
    fi
    # shellcheck disable=SC2046 # one word a part
    run_step score --reads "${reads[@]}" "${out}" "${geometry}" $(loa_folders) \
        $(trained_parts | sed 's/.*=//; s/$/\/checkpoint.pth/') \
        --writes "$(score_dir)/scores.json" -- \
        python3 -m espnet2.gen_audio.bin.score "${options[@]}" --generation_dirs "${out}" \
        $(score_loa_options "${out}") --geometry "${geometry}" \
        --experiments $(trained_parts) --num_threads "${num_threads}" \
        --output_dir "$(score_dir)"
    ! is_speech || score_speech
}
score_loa_options() {
    without_loa || echo --predicted_loa "$1/loa.scp" \
        --test_loa "${dumpdir}/loa/${test_set}/loa.scp" \
        --train_loa "${dumpdir}/loa/${train_set}/loa.scp"
}
score_dir() { echo "$(dirname "$(generation_dir)")/score_${test_set}"; }

# What works beside the parts: part=name.
other_parts() {
    [ "${use_vocoder}" != griffin_lim ] || echo waveforms=griffin_lim
    [ "${num_units}" -gt 0 ] || echo "sentence_encoder=${sentence_encoder}" \
        "$(if is_speech; then echo g2p="${g2p}"; else echo tokens_encoder="${tokens_encoder}"; fi)"
}

# The page of results, with spectrograms, curves and accuracies as pictures.
#   reads   scores.json
#   writes  exp/results/{RESULTS.md,scores.json,pictures/*.png}
report() {
    local out results=${expdir}/results shown spoken=()
    out=$(generation_dir)
    ! is_speech || spoken=(--title "$(basename "${expdir}")"
        --speech_scores "$(score_dir)/speech_scores.json")
    # one source and one seed have no folder of their own
    shown=$(find "${out}" -path '*predicted*/wav.scp' -not -path '*/shards/*' | sort | head -1)
    [ -n "${shown}" ] || shown=${out}/wav.scp
    # shellcheck disable=SC2046 # one word a part
    run_step report --reads "$(score_dir)/"*scores.json "${shown}" \
        --writes "${results}/RESULTS.md" "${results}/pictures" -- \
        python3 -m espnet2.gen_audio.bin.report --scores "$(score_dir)/scores.json" \
        --test_data "${dumpdir}/raw/${test_set}" --generated "${shown}" \
        --reconstructions "$(vocoded "${test_set}")/wav.scp" --output_dir "${results}" \
        "${spoken[@]}" \
        --commands "${command_line}" --parts $(all_parts) $(other_parts)
    cp "$(score_dir)/scores.json" "${results}/scores.json"
}
