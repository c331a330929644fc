"""Everything that only makes inference faster; the models do not know of it.

``prepare`` is the one call: it takes parts of a system and has them run faster code,
which gives the same numbers but for rounding. Without it every part is slower and
reads as its paper. In reading order: ``prepare`` and ``predictors`` (what a caller
needs), ``fast_vae_decoder``, ``fast_hifi_gan`` with ``fast_fir``, ``cached_gpt2``,
``cached_unet`` with ``cached_cross_attention``, ``compiled_unet``, ``onednn`` (linear
layers on CPUs), ``allocator`` (freed memory), ``library_internals`` (names inside of
torch, transformers and diffusers that this package alone may use).
"""
