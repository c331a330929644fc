"""Tables from the tensor names of published files to ours: one table per network.

In reading order: ``renaming`` (rules, and the function that applies them), then the
networks: ``unet``, ``vae``, ``vocoder``, ``lm`` (GPT-2), ``phoneme``, ``audiomae``,
``clap``, ``t5``.
"""
