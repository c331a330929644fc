"""Captions, transcripts and sounds become conditions of the generators.

In reading order: ``condition`` (embeddings with a mask, the one type everything
downstream takes), ``resolve`` (where an encoder's files are), ``hugging_face`` (FLAN-T5
or any other text encoder), ``clap`` (one vector for text or audio), ``text_units`` (a
small trainable encoder over sentencepiece units), ``front_end``,
``phoneme_vocabulary`` and ``phoneme_reader`` (transcripts, to phonemes, to ids),
``phonemes`` (their encoder, trained likewise), ``encoders`` (the table of all),
``speech_config`` (what a config says of phonemes), ``dropout`` (which clips lose their
condition in training).
"""
