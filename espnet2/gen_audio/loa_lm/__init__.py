"""From condition to language of audio (LOA): a GPT-2 that regresses vectors.

In reading order: ``sequence`` (where conditions, markers and LOA stand), ``lm``
(GPT-2 over that sequence, teacher forcing and roll-out), ``history`` (what it hears of
the past), ``guide`` (attention led through the text), ``espnet_model`` (the loss and
what the log shows), ``build`` (all of it from a plain config).
"""
