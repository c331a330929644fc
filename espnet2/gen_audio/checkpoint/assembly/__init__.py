"""Build parts from tensors with our names, whatever file they came from.

In reading order: ``sizes`` (a config from tensors), ``checked_sizes`` (the same, with a
message if a tensor is missing), ``parts`` (the nets) and ``encoders`` (CLAP
and FLAN-T5 in the form of transformers).
"""
