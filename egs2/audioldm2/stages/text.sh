# shellcheck shell=bash disable=SC2154  # options of gen_audio.sh, which sources this file
# Conditioning on text, in one of three ways, each with its own functions.
#
#   encoders   captions, encoded once by frozen encoders: a sentence vector and token states
#   units      captions as subword units; their encoder is trained with the models (--num_units)
#   phonemes   transcripts as phonemes, and a sentence vector of the caption (--g2p)
#
# 'text FUNCTION' calls encoders_FUNCTION, units_FUNCTION or phonemes_FUNCTION. Functions that
# print several words print one per line, see words_of in names.sh.
text_way() {
    if [ -n "${g2p}" ]; then
        echo phonemes
    elif [ "${num_units}" -gt 0 ]; then
        echo units
    else
        echo encoders
    fi
}
# text FUNCTION ARG...: call the function of the chosen way.
text() { "$(text_way)_$1" "${@:2}"; }

# Identity of the encoders, for the names of experiments.
encoders_identity() { echo "${sentence_encoder} ${tokens_encoder} ${num_units}"; }
units_identity() { encoders_identity; }
phonemes_identity() {
    echo "${sentence_encoder} ${sentence_source} ${g2p} ${cleaner} ${token_list}"
}

# Frozen encoders in use.
encoders_encoders() { printf '%s\n' "${sentence_encoder}" "${tokens_encoder}"; }
units_encoders() { :; }
phonemes_encoders() { echo "${sentence_encoder}"; }

# Identity of the encoders of dumped conditions; empty if none are dumped.
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

# Identity, data and options for the diffusion model, which for speech is conditioned on LOA only.
encoders_ldm_identity() { encoders_identity; }
units_ldm_identity() { units_identity; }
phonemes_ldm_identity() { :; }
encoders_ldm_data() {
    sentence_data
    specifies without_tokens || tokens_data
}
units_ldm_data() { units_data; }
phonemes_ldm_data() { :; }
encoders_ldm_options() { :; }
units_ldm_options() { units_options; }
phonemes_ldm_options() { :; }

# Encodings of the empty caption, as NAME=FILE.
encoders_null() {
    local null=${dumpdir}/condition/null
    specifies without_tokens || echo "null_tokens=${null}/tokens.npy"
    ! specifies film || echo "null_sentence=${null}/sentence.npy"
}
units_null() { :; }
phonemes_null() { :; }

# Options of generation for the encoding of captions.
encoders_caption_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}" --tokens_encoder "${tokens_encoder}"
}
units_caption_options() { printf '%s\n' --units_model "${dumpdir}/units"; }
phonemes_caption_options() {
    printf '%s\n' --sentence_encoder "${sentence_encoder}" --transcript "$(phonemes_transcripts)"
}

# Options of packing for the encoders of the system.
encoders_pack_options() { encoders_caption_options; }
units_pack_options() { :; }
phonemes_pack_options() { encoders_caption_options; }

# Transcripts of the test set; none if captions are the only text.
encoders_transcripts() { :; }
units_transcripts() { :; }
phonemes_transcripts() { echo "${dumpdir}/raw/${test_set}/transcript"; }

# Encoders that are not trained parts, as NAME=ENCODER, for the result page.
encoders_named() {
    printf '%s\n' "sentence_encoder=${sentence_encoder}" "tokens_encoder=${tokens_encoder}"
}
units_named() { :; }
phonemes_named() { printf '%s\n' "sentence_encoder=${sentence_encoder}" "g2p=${g2p}"; }

# Sets that scoring reads. Classifier probes are fitted on training and validation sets to
# predict the class of a caption. Speech has no classes, so it needs only the test set.
encoders_scored_sets() { printf '%s\n' train valid test; }
units_scored_sets() { encoders_scored_sets; }
phonemes_scored_sets() { echo test; }

# Options of the scores of sounds: the files of the captions' sentence vectors.
encoders_score_options() {
    printf '%s\n' --train_sentences "${dumpdir}/condition/${train_set}/sentence.scp" \
        --test_sentences "${dumpdir}/condition/${test_set}/sentence.scp"
}
units_score_options() { :; }
phonemes_score_options() { :; }

# Further scores beside the scores of sounds; phonemes_score is in speech.sh.
encoders_score() { :; }
units_score() { :; }

# Options of the result page.
encoders_report_options() { :; }
units_report_options() { :; }
phonemes_report_options() {
    printf '%s\n' --speech_scores "$(score_dir)/speech_scores.json"
}
