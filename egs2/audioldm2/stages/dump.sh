# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Stages 8 to 10: compute training data of the language model and the diffusion model.

# made_by FOLDER WHAT: record the model with which a dump was made, and its form. A run with
# the same --dumpdir but another --expdir or another form must not use this dump.
made_by() {
    echo "$2" > "${dumpdir}/$1/made_by.new"
    mv "${dumpdir}/$1/made_by.new" "${dumpdir}/$1/made_by"
}

# refuse_other_dumps DUMP...: stop if one of the dumps was made with another model than the
# model of this run.
refuse_other_dumps() {
    local dump
    for dump in "$@"; do
        case ${dump} in
            loa) without_loa || refuse_other_dump loa "$(form_of loa "$(audiomae)")" 8 ;;
            latent) refuse_other_dump latent "$(form_of latent "$(vae)")" 9 ;;
            condition)
                refuse_other_dump condition "$(text dump_identity)" 10
                refuse_other_dump declared "${condition_encoders}" 10
                ;;
        esac
    done
}
# refuse_other_dump FOLDER WHAT STAGE: stop if the dump in FOLDER was not made with the model
# WHAT. STAGE can make the dump again.
refuse_other_dump() {
    local made
    made=$(cat "${dumpdir}/$1/made_by" 2> /dev/null) || return 0
    [ -n "$2" ] && [ "${made}" != "$2" ] || return 0
    log "${dumpdir}/$1 was made with ${made}, but this run uses $2; make it again from" \
        "stage $3, or give each --expdir its own --dumpdir" >&2
    return 1
}

# form_of DUMP MODEL: print the model of a dump and the options of its form that are not the
# default; nothing without a model.
form_of() {
    local words=$2
    [ -n "$2" ] || return 0
    [ "${features}" = dumped ] || words+=" --features ${features}"
    [ "${dump_bits}" = 32 ] || words+=" --dump_bits ${dump_bits}"
    [ "$1" != loa ] || [ "${loa_factor}" = 0 ] || words+=" --loa_factor ${loa_factor}"
    echo "${words}"
}

# keys_of SET: print the list of the clips whose features are dumped. With --features
# on_the_fly these are a thousand clips of the training set, evenly spread, from which the
# latent scale and the mean LOA are measured.
keys_of() {
    local all=${dumpdir}/raw/$1/wav.scp some=${dumpdir}/some/$1
    if [ "${features}" = dumped ] || [ "$1" != "${train_set}" ]; then
        echo "${all}"
        return
    fi
    mkdir -p "$(dirname "${some}")"
    awk -v most=1000 -v all="$(wc -l < "${all}")" \
        'all <= most || int(NR * most / all) > int((NR - 1) * most / all)' \
        "${all}" > "${some}.new"
    mv "${some}.new" "${some}"
    echo "${some}"
}

# Print the options of the form of dumped features; none for the default form.
dump_form() { [ "${dump_bits}" = 32 ] || printf '%s\n' --bits "${dump_bits}"; }

# Dump AudioMAE features of every clip, one per patch; training pools them to LOA.
#   reads   dump/raw/<set>, exp/audiomae_*
#   writes  dump/loa/<set>/{loa.scp,loa_shape}
dump_loa() {
    local set model keys form
    if without_loa; then
        log "no LOA is dumped, because this system has no LOA"
        return
    fi
    model=$(audiomae)
    words_of form dump_form
    [ "${loa_factor}" = 0 ] || form+=(--loa_factor "${loa_factor}")
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        keys=$(keys_of "${set}")
        run_step "dump_loa.${set}" --reads "${dumpdir}/raw/${set}" "$(best_of "${model}")" \
            --writes "${dumpdir}/loa/${set}" -- \
            scripts/run_sharded.sh "${keys}" "${dumpdir}/loa/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_loa --data_dir "${dumpdir}/raw/${set}" \
            --model_dir "${model}" "${form[@]}"
    done
    made_by loa "$(form_of loa "${model}")"
}

# Dump the VAE posterior of every clip, and the latent scale: the factor that scales latents to
# a standard deviation of 1.
#   reads   dump/raw/<set>, exp/vae_*
#   writes  dump/latent/<set>/{latent.scp,latent_shape}, dump/latent/latent_scale
dump_latent() {
    local set model keys form
    if is_taken ldm && "${skip_joint}" && ! "${distil}"; then
        log "no latents are dumped, because no part is trained on them"
        return
    fi
    model=$(vae)
    words_of form dump_form
    for set in "${train_set}" "${valid_set}"; do
        keys=$(keys_of "${set}")
        run_step "dump_latent.${set}" --reads "${dumpdir}/raw/${set}" "$(best_of "${model}")" \
            --writes "${dumpdir}/latent/${set}" -- \
            scripts/run_sharded.sh "${keys}" "${dumpdir}/latent/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_latent \
            --data_dir "${dumpdir}/raw/${set}" --model_dir "${model}" "${form[@]}"
    done
    made_by latent "$(form_of latent "${model}")"
    measure_latents
}

# Write the latent scale: the scale of the diffusion model that is trained further, or the
# scale of the dumped latents.
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

# Run the frozen encoders once. They compute a sentence vector and token states of each
# caption; for speech, only a sentence vector of each caption or recording.
# 'text dump' calls encoders_dump, phonemes_dump or units_dump below, see text.sh.
#   reads   dump/raw/<set>/{text,utt2captions}; with --sentence_source audio, the sounds
#   writes  dump/condition/<set>/{sentence,tokens}.scp, for second and further captions of
#           a clip in further/; dump/condition/null for the empty caption;
#           with --condition_encoders, dump/declared/<set>/<name>.scp
dump_condition() {
    text dump
    dump_declared
}

encoders_dump() { dump_sentences_and_tokens "${tokens_encoder}"; }
phonemes_dump() { dump_sentences_and_tokens "$(spoken_tokens)"; }
units_dump() { log "no conditions are dumped, because the text encoder is trained"; }

# dump_sentences_and_tokens TOKENS_ENCODER: dump sentence vectors and, unless TOKENS_ENCODER is
# none, token states.
dump_sentences_and_tokens() {
    local set encoded=text captions
    [ "${sentence_source}" = text ] || encoded=wav.scp
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        words_of captions captions_of "${set}"
        run_step "dump_condition.${set}" --reads "${captions[@]}" \
            "${dumpdir}/raw/${set}/${encoded}" --writes "${dumpdir}/condition/${set}" -- \
            scripts/run_sharded.sh "${dumpdir}/raw/${set}/text" \
            "${dumpdir}/condition/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_condition \
            --data_dir "${dumpdir}/raw/${set}" --null_dir "${dumpdir}/condition/null" \
            --sentence_encoder "${sentence_encoder}" --tokens_encoder "$1" \
            --sentence_source "${sentence_source}"
    done
    made_by condition "$(text dump_identity)"
}

# Compute the conditions that the config of the diffusion model declares, from captions or
# sounds.
dump_declared() {
    local set each encoders=()
    for each in ${condition_encoders}; do encoders+=(--encoder "${each}"); done
    [ -n "${condition_encoders}" ] || return 0
    for set in "${train_set}" "${valid_set}" "${test_set}"; do
        run_step "dump_declared.${set}" --reads "${dumpdir}/raw/${set}" \
            --writes "${dumpdir}/declared/${set}" -- \
            scripts/run_sharded.sh "${dumpdir}/raw/${set}/text" \
            "${dumpdir}/declared/${set}" \
            python3 -m espnet2.gen_audio.bin.dump_condition \
            --data_dir "${dumpdir}/raw/${set}" --null_dir "${dumpdir}/declared/null" \
            "${encoders[@]}"
    done
    made_by declared "${condition_encoders}"
}
# Declared conditions: their names, their data in training (FILE,NAME,TYPE below dumpdir),
# their options in generation, and their folder.
declared_names() {
    local each
    for each in ${condition_encoders}; do echo "${each%%=*}"; done
}
declared_data() { declared_names | sed 's|.*|declared/%/&.scp,&,kaldi_ark|'; }
declared_options() {
    declared_names | sed "s|.*|--condition\n&=${dumpdir}/declared/${test_set}/&.scp|"
}
declared_folders() { [ -z "${condition_encoders}" ] || echo "${dumpdir}/declared/${test_set}"; }
