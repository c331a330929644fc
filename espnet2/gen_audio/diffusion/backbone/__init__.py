"""The networks that predict noise, clean latent or velocity from a noisy latent.

In reading order: ``abs_backbone`` (the interface of a network), ``channels``
(conditions as channels beside the latent), ``unet`` (the U-Net of AudioLDM 2, which
uses diffusers' U-Net), ``choices`` (the names in a config).
"""
