"""Faster inference: code whose results equal those of the models, except for rounding.

``prepare`` is the entry point: it makes models use this code. A model that is not
prepared runs the code of its own folder, which is slower and follows the paper. In
reading order: ``prepare`` and ``predictors`` (the functions for callers),
``fast_vae_decoder``, ``fast_hifi_gan`` with ``fast_fir``, ``cached_gpt2``,
``cached_unet`` with ``unet_layers`` and ``cached_cross_attention``, ``attention`` with
``native`` (C code, compiled where it is used), ``compiled_unet``, ``onednn`` (linear
layers on CPUs), ``allocator`` (freed memory), ``library_internals`` (names inside
torch, transformers and diffusers that only this package may use).
"""
