"""From captions to waveforms: the order in which the trained parts work.

Reading order: ``captions`` (caption -> conditions), ``loa_source`` (which LOA the
diffusion model hears), ``text2audio`` (condition -> LOA -> latent -> mel -> waveform).
"""
