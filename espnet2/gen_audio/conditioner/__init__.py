"""Captions, transcripts and sounds become conditions that the generators listen to.

In reading order: ``condition`` (embeddings with a mask, the one type everything
downstream takes), ``resolve`` (where an encoder's files are), ``hugging_face`` (FLAN-T5
or any other text encoder), ``clap`` (one vector for text or audio), ``text_units`` (a
small trainable encoder over sentencepiece units), ``front_end``,
``phoneme_vocabulary`` and ``phoneme_reader`` (what is said, to phonemes, to ids),
``phonemes`` (their encoder, trained likewise), ``dropout`` (which clips lose their
condition in training).
"""
