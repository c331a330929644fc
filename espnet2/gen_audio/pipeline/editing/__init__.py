"""What is made of a given sound.

Every task is a small value that makes a ``Plan`` of a request: which of the sound's LOA
and latents stay, how much noise they get, and how the result is put together.
In reading order: ``text_to_audio`` (no given sound), ``audio_prompt``,
``continuation``, ``inpainting``, ``super_resolution``, ``style_transfer``.
"""
