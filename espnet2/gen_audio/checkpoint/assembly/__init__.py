"""Build parts from tensors with our names, whatever file they came from.

In reading order: ``sizes`` (a config from tensors), ``checked_sizes`` (``sizes``, with
an error that names a missing tensor), ``builders`` (the nets), ``clap_extractor`` and
``encoders`` (CLAP and FLAN-T5 in the form of transformers).
"""
