"""From conditions to the language of audio (LOA): a GPT-2 over vectors.

In reading order: ``sequence`` (the input sequence: conditions, markers, LOA), ``gpt2``
(the transformer), ``lm`` (GPT-2 over this sequence: teacher forcing, generation with
and without a cache), ``masked_history`` (the model that is not autoregressive: all
vectors in one pass), ``positions`` (initial values of the position table), ``head`` and
``flow_head`` (from a hidden state to a vector: the state itself, or a sample of a small
flow), ``choices`` (the table of heads), ``guided_attention`` (a loss that aligns
attention and text), ``espnet_model`` (the loss and the logged statistics), ``build``
(from a config to the model). Letters of shapes in all files: B clips, V vectors of one
condition, S columns of the sequence of all conditions and markers, L LOA tokens, K
tokens of a prefix, A = S + L - 1 columns of a training pass, D width of GPT-2 and of
LOA.
"""
