"""From captions, transcripts and sounds to the conditions of GPT-2 and the U-Net.

In reading order: ``condition`` (embedding and mask: the type of every condition),
``spec`` (name, role, width, null value and drop probability of a condition), ``batch``
(conditions of a collated batch), ``dropout`` (drop masks in training); ``encoders``
(the table of encoders). Frozen encoders, whose output stage ``dump_condition`` stores:
``frozen_encoder`` (interface), ``frozen`` (load one by name), ``resolve`` (find its
files), ``hugging_face`` (FLAN-T5 or any other text encoder), ``clap`` (one vector of
text or audio). Encoders that are trained with a model: ``text_encoder`` (interface),
``text_units`` (sentencepiece units), ``phonemes`` (phonemes; ``front_end``,
``phoneme_vocabulary`` and ``phoneme_reader`` turn transcripts into ids,
``speech_config`` says which models read them).
"""
