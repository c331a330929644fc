# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Functions of the stages for speech: conversion to phonemes, and scores of speech.

# Print the token list of the models: a file, or 'published'.
phoneme_list() { echo "${token_list:-${dumpdir}/phonemes/tokens.txt}"; }

# Convert every transcript to phonemes, and list the phonemes of the training set.
#   reads   dump/raw/<set>/transcript
#   writes  dump/phonemes/<set>/phonemes, dump/phonemes/tokens.txt unless a list is given
phonemes_prepare() {
    local set out raw list reads writes longest optional=()
    local config=${loa_lm_exp:+${loa_lm_exp}/config.yaml}
    ! is_taken loa_lm || config=${pretrained_dir}/loa_lm/config.yaml
    longest=$(python3 scripts/config_value.py "${config:-${loa_lm_config}}" \
        text_encoder_conf.max_positions)
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        out=${dumpdir}/phonemes/${set} raw=${dumpdir}/raw/${set}
        list=(--token_list "$(phoneme_list)") writes=("${out}/phonemes")
        if [ "${set}" = "${train_set}" ] && [ -z "${token_list}" ]; then
            list=(--token_list_out "${dumpdir}/phonemes/tokens.txt")
            writes+=("${dumpdir}/phonemes/tokens.txt")
        fi
        all_spoken || optional=(--optional --key_file "${raw}/wav.scp")
        words_of reads spoken_files "${raw}"
        run_step "prepare_phonemes.${set}" --reads "${reads[@]}" \
            --writes "${writes[@]}" -- \
            python3 -m espnet2.gen_audio.bin.prepare_phonemes --g2p "${g2p}" \
            --cleaner "${cleaner}" --transcript "${raw}/transcript" "${optional[@]}" \
            --output "${out}/phonemes" "${list[@]}" ${longest:+--max_length "${longest}"}
    done
}
# spoken_files FOLDER: print the files that phonemes of a data folder depend on. A set of sounds
# has no transcripts.
spoken_files() {
    all_spoken || echo "$1/wav.scp"
    if all_spoken || [ -e "$1/transcript" ]; then echo "$1/transcript"; fi
}

# Succeed if the test set has classes of sounds beside speech.
has_classes() {
    ! all_spoken && [ -s "${dumpdir}/raw/${test_set}/utt2label" ] &&
        [ -s "${dumpdir}/raw/${train_set}/utt2label" ]
}
# Succeed if clips of the test set are spoken.
has_speech() { all_spoken || [ -s "${dumpdir}/raw/${test_set}/transcript" ]; }

# Compute word errors with a speech recogniser, and the similarity of voice, spectrum and
# pitch to the recordings.
#   reads   generated sounds, recordings, reconstructed recordings
#   writes  exp/joint_*/<inference>/score_<test>/speech_scores.json and files in ESPnet's format
phonemes_score() {
    has_speech || return 0
    local out raw=${dumpdir}/raw/${test_set} words=()
    local code=(metrics/functional metrics/speech_evaluation metrics/speech_metrics)
    out=$(generation_dir)
    [ -z "${vocabulary}" ] || words=(--vocabulary "${vocabulary}")
    run_step score_speech --reads "${raw}" "${out}" "$(vocoded "${test_set}")" \
        --writes "$(score_dir)/speech_scores.json" --code "${code[@]}" -- \
        python3 -m espnet2.gen_audio.bin.score_speech --test_data "${raw}" \
        --reconstructions "$(vocoded "${test_set}")" --generation_dirs "${out}" \
        "${words[@]}" --num_threads "${num_threads}" --output_dir "$(score_dir)" \
        ${score_speech_args}
}
