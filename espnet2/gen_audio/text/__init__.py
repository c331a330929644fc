"""From transcripts and captions to ids, without networks.

In reading order: ``front_end`` (a transcript to phonemes, with ``spoken_forms``,
``spoken_numbers`` and ``unread_words`` before the grapheme-to-phoneme conversion of
``g2p_engines``), ``phoneme_vocabulary`` and ``published_phonemes`` (phonemes to ids),
``phoneme_reader`` (both steps, as a model's config describes them),
``phoneme_preprocessor`` and ``caption_preprocessor`` (the same for training examples),
``caption_units`` (captions to sentencepiece units).
"""
