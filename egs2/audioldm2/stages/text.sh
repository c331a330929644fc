# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# How text reaches the models: one of three ways, each a set of functions.
#
#   encoders   captions through frozen encoders, dumped once: a vector and a sequence
#   units      captions as subword units, encoded by a part of the models (--num_units)
#   phonemes   transcripts as phonemes, beside a vector of the caption (--g2p)
#
# Functions that print several words print one a line, see words_of in names.sh.
text_way() {
    if [ -n "${g2p}" ]; then
        echo phonemes
    elif [ "${num_units}" -gt 0 ]; then
        echo units
    else
        echo encoders
    fi
}
# text FUNCTION ARG...: call a function of the way in use.
text() { "$(text_way)_$1" "${@:2}"; }

# What the encoders are, for the names of experiments.
encoders_identity() { echo "${sentence_encoder} ${tokens_encoder} ${num_units}"; }
units_identity() { encoders_identity; }
phonemes_identity() {
    echo "${sentence_encoder} ${sentence_source} ${g2p} ${cleaner} ${token_list}"
}

# Frozen encoders that are used.
encoders_encoders() { printf '%s\n' "${sentence_encoder}" "${tokens_encoder}"; }
units_encoders() { :; }
phonemes_encoders() { echo "${sentence_encoder}"; }

# What the dumped conditions were made with; nothing where none are dumped.
encoders_dump_identity() { echo "${sentence_encoder} ${tokens_encoder} ${sentence_source}"; }
units_dump_identity() { :; }
phonemes_dump_identity() { echo "${sentence_encoder} none ${sentence_source}"; }

# Data of the conditions in training: FILE,NAME,TYPE below dumpdir.
encoders_data() { sentence_data && tokens_data; }
sentence_data() { echo condition/%/sentence.scp,sentence,kaldi_ark; }
tokens_data() { echo condition/%/tokens.scp,tokens,kaldi_ark; }
units_data() { echo raw/%/text,caption,text; }
phonemes_data() {
    echo phonemes/%/phonemes,phonemes,text
    sentence_data
    echo raw/%/utt2num_samples,num_samples,text_int
}

# Options of the trainings that read text.
encoders_options() { :; }
units_options() { printf '%s\n' --text_encoder units --units_model "${dumpdir}/units"; }
phonemes_options() {
    printf '%s\n' --text_encoder phonemes --g2p "${g2p}" --cleaner "${cleaner}" \
        --token_list "$(phoneme_list)"
}

# The same for the diffusion model, which gets of speech its LOA alone.
encoders_ldm_identity() { encoders_identity; }
units_ldm_identity() { units_identity; }
phonemes_ldm_identity() { :; }
encoders_ldm_data() {
    sentence_data
    fact without_tokens || tokens_data
}
units_ldm_data() { units_data; }
phonemes_ldm_data() { :; }
encoders_ldm_options() { :; }
units_ldm_options() { units_options; }
phonemes_ldm_options() { :; }

# Encodings of the empty caption, as NAME=FILE.
encoders_null() {
    local null=${dumpdir}/condition/null
    fact without_tokens || echo "null_tokens=${null}/tokens.npy"
    ! fact film || echo "null_sentence=${null}/sentence.npy"
}
units_null() { :; }
phonemes_null() { :; }

# Options of generation that say how captions are encoded.
encoders_caption_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens_encoder}"
}
units_caption_options() { printf '%s\n' --units_model "${dumpdir}/units"; }
phonemes_caption_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}" --transcript "$(phonemes_transcripts)"
}

# Encoders that an archive of the system names.
encoders_pack_options() { encoders_caption_options; }
units_pack_options() { :; }
phonemes_pack_options() { encoders_caption_options; }

# Transcripts of the test set; none where captions are all the text there is.
encoders_transcripts() { :; }
units_transcripts() { :; }
phonemes_transcripts() { echo "${dumpdir}/raw/${test_set}/transcript"; }

# Encoders beside the parts that were trained, as NAME=ENCODER for the page of results.
encoders_named() {
    printf '%s\n' "sentence_encoder=${sentence_encoder}" "tokens_encoder=${tokens_encoder}"
}
units_named() { :; }
phonemes_named() { printf '%s\n' "sentence_encoder=${sentence_encoder}" "g2p=${g2p}"; }

# Sets that the scores are made from. The classifiers that learn from the other sets ask
# which caption a sound has; descriptions of speakers are all alike, so speech needs none.
encoders_scored_sets() { printf '%s\n' train valid test; }
units_scored_sets() { encoders_scored_sets; }
phonemes_scored_sets() { echo test; }

# Options of the scores of sounds: where the sentence vectors of captions are.
encoders_score_options() {
    printf '%s\n' --train_sentences "${dumpdir}/condition/${train_set}/sentence.scp" \
        --test_sentences "${dumpdir}/condition/${test_set}/sentence.scp"
}
units_score_options() { :; }
phonemes_score_options() { :; }

# What is scored beside sounds; phonemes_score is in speech.sh.
encoders_score() { :; }
units_score() { :; }

# Options of the page of results.
encoders_report_options() { :; }
units_report_options() { :; }
phonemes_report_options() {
    printf '%s\n' --speech_scores "$(score_dir)/speech_scores.json"
}
