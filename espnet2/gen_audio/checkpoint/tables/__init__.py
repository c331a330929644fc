"""What the tensors of published files are called here: one table a network.

In reading order: ``renaming`` (rules, and the one pass that applies them), then the
networks: ``unet``, ``vae``, ``vocoder``, ``lm`` (GPT-2), ``phoneme``, ``audiomae``,
``clap``, ``t5``.
"""
