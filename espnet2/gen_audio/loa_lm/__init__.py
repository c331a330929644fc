"""From conditions to the language of audio (LOA): a GPT-2 over vectors.

In reading order: ``sequence`` (the input sequence: conditions, markers, LOA), ``lm``
(GPT-2 over that sequence: teacher forcing, generation with and without a cache),
``positions`` (initial values of its position table), ``head`` and ``flow_head`` (from a
hidden state to a vector: the state itself, or a sample of a small flow), ``choices``
(the table of heads), ``masked_history`` (its inputs if it is not autoregressive),
``guided_attention`` (a loss that aligns attention and text), ``espnet_model`` (the loss
and what the log shows), ``build`` (from a config to the model).
"""
