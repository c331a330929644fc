"""From condition to language of audio (LOA): a GPT-2 that regresses vectors.

In reading order: ``sequence`` (where conditions, markers and LOA stand), ``lm``
(GPT-2 over that sequence, teacher forcing and generation), ``masked_history`` (its
inputs if it is not autoregressive), ``guided_attention`` (some heads follow the text),
``espnet_model`` (the loss and what the log shows), ``build`` (all from a config).
"""
