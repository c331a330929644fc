"""Tasks on a given sound.

A task is a small dataclass that plans a request: which part of the sound's LOA and
latent is kept, how much noise is added to the latent, and how the given and the
generated sound are joined.
In reading order: ``source`` (the given sound), ``encoding`` (its latent and LOA),
``cross_fade`` (joining), ``audio_prompt``, ``continuation``, ``inpainting``,
``super_resolution``, ``style_transfer``.
"""
