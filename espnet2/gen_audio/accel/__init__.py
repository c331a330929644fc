"""Faster inference: code that computes the same as the models, except for rounding.

``prepare`` is the entry point: it takes models and makes them use this code. Without
it, models run the plain code of their own folder, which is slower and follows the
paper. In reading order: ``prepare`` and ``predictors`` (what a caller needs),
``fast_vae_decoder``, ``fast_hifi_gan`` with ``fast_fir``, ``cached_gpt2``,
``cached_unet`` with ``cached_cross_attention``, ``compiled_unet``, ``onednn`` (linear
layers on CPUs), ``allocator`` (freed memory), ``library_internals`` (names inside of
torch, transformers and diffusers that this package alone may use).
"""
