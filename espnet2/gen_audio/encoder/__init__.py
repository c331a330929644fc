"""From captions, transcripts and sounds to conditions.

In reading order: ``choices`` (the encoders that a config or option may name),
``resolve`` (find the files of a model). Frozen encoders, whose output stage
``dump_condition`` stores: ``abs_frozen_encoder`` (interface), ``build_frozen`` (load
one by name), ``hugging_face`` (FLAN-T5 or any other text encoder), ``clap`` (one vector
of text or audio). Encoders that are trained with a model: ``abs_text_encoder``
(interface), ``caption_unit_encoder`` (sentencepiece units), ``phoneme_encoder``
(phonemes), ``batch`` (conditions of a collated batch), ``speech_config`` (which models
read phonemes).
"""
