"""Tasks on a given sound.

A task is a dataclass that plans a request. The plan states which part of the given
sound's LOA and latent is kept, how much noise is added to the latent, and how the given
sound and the generated sound are joined. In reading order: ``source`` (the given
sound), ``encode_source`` (its latent and LOA), ``cross_fade`` (joining sounds), then
one task per file: ``audio_prompt``, ``continuation``, ``inpainting``,
``super_resolution``, ``style_transfer``.
"""
