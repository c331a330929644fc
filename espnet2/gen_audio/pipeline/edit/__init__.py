"""Tasks on a given sound.

Every task is a small value that plans a request: which of the sound's LOA and latents
are kept, how much noise the latents get, and how given and generated sound are joined.
In reading order: ``source`` (the given sound), ``encoding`` (its latent and LOA),
``cross_fade`` (joining), ``audio_prompt``, ``continuation``, ``inpainting``,
``super_resolution``, ``style_transfer``.
"""
