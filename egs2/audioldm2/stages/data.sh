# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 1 to 4: convert corpora or tables to clips of one format.

# Make Kaldi data folders of all sets.
#   reads   the given tables, or the default corpus of local/data.sh
#   writes  data/<set>/{wav.scp,text,utt2spk,...}
prepare_data() {
    local set table tables given
    if [ -z "${train_table}${valid_table}${test_table}" ]; then
        tables=(local/data.sh corpus/*.tsv)
        run_step prepare_data --reads "${tables[@]}" \
            --writes "${datadir}/${train_set}" "${datadir}/${valid_set}" \
            "${datadir}/${test_set}" -- \
            local/data.sh --datadir "${datadir}" ${local_data_opts}
        return
    fi
    for set in train valid test; do
        table=${set}_table
        if [ -z "${!table}" ]; then
            log "--${table} is missing: your own data need --train_table, --valid_table and" \
                "--test_table" >&2
            return 1
        fi
        table=$(cd "${GEN_AUDIO_CWD:-.}" && realpath "${!table}")
        set=${set}_set given=()
        [ ! -d "${table}" ] ||
            given=(--text_is "${folder_text}" --caption "${folder_caption}")
        run_step "prepare_data.${!set}" --reads "${table}" --writes "${datadir}/${!set}" -- \
            python3 -m espnet2.gen_audio.bin.prepare_table --table "${table}" \
            --output_dir "${datadir}/${!set}" "${given[@]}"
    done
}

# Print the sampling rate of all audio, from the geometry.
sample_rate() { python3 scripts/config_value.py --geometry "${geometry}" sample_rate; }

# Print the length of a clip in seconds, from the geometry.
clip_seconds() { python3 scripts/config_value.py --geometry "${geometry}" seconds; }

# Convert all audio to one format (mono, one rate, segments cut), and add copies to small
# training sets.
#   reads   data/<set>
#   writes  dump/raw/org/<set>
format_audio() {
    local set rate clips out cut
    rate=$(sample_rate)
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        clips=0
        [ "${set}" != "${train_set}" ] || clips=${augment_clips}
        cut=()
        [ "${segment_hop}" = 0 ] || [ "${set}" = "${test_set}" ] ||
            cut=(--segment_hop "${segment_hop}" --segment_seconds "$(clip_seconds)")
        out=${dumpdir}/raw/org/${set}
        join=folders run_step "format_audio.${set}" --reads "${datadir}/${set}" \
            --writes "${out}" -- \
            scripts/run_sharded.sh "${datadir}/${set}/text" "${out}" \
            python3 -m espnet2.gen_audio.bin.format_audio --data_dir "${datadir}/${set}" \
            --audio_dir "${out}/audio" --sample_rate "${rate}" \
            --audio_format "${audio_format}" --augment_clips "${clips}" \
            "${cut[@]}"
    done
}

# Leave out clips that cannot be used, and list them with the reason in rejects.tsv.
# content.<train> has digests of the training clips, for the names of experiments.
#   reads   dump/raw/org/<set>
#   writes  dump/raw/<set>, with rejects.tsv: id, file, reason; dump/raw/content.<train>
check_data() {
    local set out content
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        out=${dumpdir}/raw/${set} content=()
        [ "${set}" != "${train_set}" ] || content=(--content "${dumpdir}/raw/content.${set}")
        run_step "check_data.${set}" --reads "${dumpdir}/raw/org/${set}" \
            --writes "${out}" "${content[@]:1}" -- \
            scripts/in_jobs.sh python3 -m espnet2.gen_audio.bin.check_data --min_seconds "${min_seconds}" \
            --data_dir "${dumpdir}/raw/org/${set}" --output_dir "${out}" "${content[@]}"
    done
    check_demands
}

# Train subword units of the captions if no pre-trained encoder is used; for speech, convert
# transcripts to phonemes. 'text prepare' calls one of the functions *_prepare, see text.sh.
#   reads   dump/raw/<train>/{text,utt2captions} or the units of --pretrained;
#           dump/raw/<set>/transcript
#   writes  dump/units/{units.model,tokens.txt}; dump/phonemes/<set>/phonemes
prepare_text() { text prepare; }

encoders_prepare() {
    log "captions are encoded by ${sentence_encoder} and ${tokens_encoder}"
}

units_prepare() {
    local captions
    if [ -n "${pretrained_dir}" ] && [ -e "${pretrained_dir}/recipe/units" ] &&
        { has_pretrained loa_lm || has_pretrained ldm; }; then
        run_step prepare_text --reads "${pretrained_dir}/recipe/units" \
            --writes "${dumpdir}/units" -- \
            scripts/copy_into.sh "${dumpdir}/units" "${pretrained_dir}"/recipe/units/*
        return
    fi
    words_of captions captions_of "${train_set}"
    run_step prepare_text --reads "${captions[@]}" \
        --writes "${dumpdir}/units" -- \
        python3 -m espnet2.gen_audio.bin.train_text_units \
        --text "${dumpdir}/raw/${train_set}/text" --output_dir "${dumpdir}/units" \
        --num_units "${num_units}"
}
