# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Models are conditioned on text in one of three ways, each with its own functions:
#
#   encoders   frozen encoders encode captions once: a sentence vector and token states
#   units      a trained encoder reads captions as subword units (--num_units)
#   phonemes   a trained encoder reads transcripts as phonemes (--g2p); a frozen encoder
#              computes the sentence vector of the caption and, for a diffusion model that
#              takes them, token states
#
# 'text FUNCTION' calls encoders_FUNCTION, units_FUNCTION or phonemes_FUNCTION. Functions that
# print several words print one per line, see words_of in names.sh.

# Print the chosen way: encoders, units or phonemes.
text_way() {
    if [ -n "${g2p}" ]; then
        echo phonemes
    elif [ "${num_units}" -gt 0 ]; then
        echo units
    else
        echo encoders
    fi
}
# Succeed unless clips may have no transcript.
all_spoken() { [ "${transcripts}" = all ]; }
# text FUNCTION ARG...: call the function of the chosen way.
text() { "$(text_way)_$1" "${@:2}"; }

# Print the names of the encoders, from which names of experiments are made.
encoders_identity() {
    local source=
    [ "${sentence_source}" = text ] || source=" ${sentence_source}"
    echo "${sentence_encoder} ${tokens_encoder} ${num_units}${source}"
}
units_identity() { encoders_identity; }
phonemes_identity() {
    local some=
    all_spoken || some=" some"
    echo "${sentence_encoder} ${sentence_source} ${g2p} ${cleaner} ${token_list}${some}"
}

# Print the frozen encoders.
encoders_encoders() { printf '%s\n' "${sentence_encoder}" "${tokens_encoder}"; }
units_encoders() { :; }
phonemes_encoders() {
    echo "${sentence_encoder}"
    specifies without_tokens || echo "${tokens_encoder}"
}
# Print the encoder of token states in a system that reads phonemes, or none.
spoken_tokens() { if specifies without_tokens; then echo none; else echo "${tokens_encoder}"; fi; }

# Print the encoders of dumped conditions; nothing if no conditions are dumped.
encoders_dump_identity() { echo "${sentence_encoder} ${tokens_encoder} ${sentence_source}"; }
units_dump_identity() { :; }
phonemes_dump_identity() { echo "${sentence_encoder} $(spoken_tokens) ${sentence_source}"; }

# Print the training data of the conditions as FILE,NAME,TYPE below dumpdir.
encoders_data() { sentence_data && tokens_data; }
sentence_data() { echo condition/%/sentence.scp,sentence,kaldi_ark; }
tokens_data() { echo condition/%/tokens.scp,tokens,kaldi_ark; }
units_data() { echo raw/%/text,caption,text; }
phonemes_data() {
    echo phonemes/%/phonemes,phonemes,text
    sentence_data
    echo raw/%/utt2num_samples,num_samples,text_int
}

# Print the options of trainings that read text.
encoders_options() { :; }
units_options() { printf '%s\n' --text_encoder units --units_model "${dumpdir}/units"; }
phonemes_options() {
    printf '%s\n' --text_encoder phonemes --g2p "${g2p}" --cleaner "${cleaner}" \
        --token_list "$(phoneme_list)"
    all_spoken || printf '%s\n' --phonemes_conf optional=true
}

# Print encoders, data and options of the diffusion model, which does not read phonemes: in a
# system for speech it is conditioned on LOA only, or on LOA and captions (tokens_dim).
encoders_ldm_identity() { encoders_identity; }
units_ldm_identity() { units_identity; }
phonemes_ldm_identity() { specifies without_tokens || phonemes_dump_identity; }
encoders_ldm_data() {
    sentence_data
    specifies without_tokens || tokens_data
}
units_ldm_data() { units_data; }
phonemes_ldm_data() { specifies without_tokens || encoders_ldm_data; }
# Print the data of the joint training, whose two models may read different text.
encoders_joint_data() { encoders_data; }
units_joint_data() { units_data; }
phonemes_joint_data() {
    phonemes_data
    specifies without_tokens || tokens_data
}
encoders_ldm_options() { :; }
units_ldm_options() { units_options; }
phonemes_ldm_options() { :; }

# Print the files with the encodings of the empty caption, as NAME=FILE.
encoders_null() {
    local null=${dumpdir}/condition/null
    specifies without_tokens || echo "null_tokens=${null}/tokens.npy"
    ! specifies film || echo "null_sentence=${null}/sentence.npy"
}
units_null() { :; }
phonemes_null() { specifies without_tokens || encoders_null; }

# Print the options of generation that name the encoders of captions.
encoders_caption_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens_encoder}"
}
units_caption_options() { printf '%s\n' --units_model "${dumpdir}/units"; }
phonemes_caption_options() {
    phonemes_encoder_options
    if all_spoken; then
        printf '%s\n' --transcript "$(phonemes_transcripts)"
    else
        printf '%s\n' --phonemes "$(phonemes_transcripts)"
    fi
}
phonemes_encoder_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}"
    specifies without_tokens || printf '%s\n' --tokens_encoder "${tokens_encoder}"
}

# Print the options of packing that name the encoders of captions.
encoders_pack_options() { encoders_caption_options; }
units_pack_options() { :; }
phonemes_pack_options() { encoders_caption_options; }

# Print the file of test transcripts, as words or, if some clips have none, as phonemes;
# nothing if captions are the only text.
encoders_transcripts() { :; }
units_transcripts() { :; }
phonemes_transcripts() {
    if all_spoken; then
        echo "${dumpdir}/raw/${test_set}/transcript"
    else
        echo "${dumpdir}/phonemes/${test_set}/phonemes"
    fi
}

# Print the encoders for the result page, as NAME=ENCODER.
encoders_named() {
    printf '%s\n' "sentence_encoder=${sentence_encoder}" "tokens_encoder=${tokens_encoder}"
}
units_named() { :; }
phonemes_named() {
    printf '%s\n' "sentence_encoder=${sentence_encoder}" "g2p=${g2p}"
    specifies without_tokens || echo "tokens_encoder=${tokens_encoder}"
}

# Print the sets that scoring reads. Classifier probes are fitted on training and validation
# sets to predict the class of a caption. Speech has no classes, so it needs only the test set.
# has_classes is in speech.sh.
encoders_scored_sets() { printf '%s\n' train valid test; }
units_scored_sets() { encoders_scored_sets; }
phonemes_scored_sets() { if has_classes; then encoders_scored_sets; else echo test; fi; }

# Print the options of bin.score with the files of the captions' sentence vectors.
encoders_score_options() {
    printf '%s\n' --train_sentences "${dumpdir}/condition/${train_set}/sentence.scp" \
        --test_sentences "${dumpdir}/condition/${test_set}/sentence.scp"
}
units_score_options() { :; }
phonemes_score_options() { ! has_classes || encoders_score_options; }

# Compute scores beside the scores of sounds; phonemes_score is in speech.sh.
encoders_score() { :; }
units_score() { :; }

# Print the options of bin.report for the scores of speech.
encoders_report_options() { :; }
units_report_options() { :; }
phonemes_report_options() {
    ! has_speech || printf '%s\n' --speech_scores "$(score_dir)/speech_scores.json"
}
