"""AudioMAE: masked pre-training on filter banks; LOA is pooled from its features.

Reading order: ``patches.py`` and ``positions.py`` (tokens of patches), ``masking.py``,
``encoder.py`` and ``decoder.py``, ``mae.py`` (the loss), ``loa.py`` (pooling into the
language of audio), ``espnet_model.py`` (the model that ESPnet trains), ``build.py``.
"""
