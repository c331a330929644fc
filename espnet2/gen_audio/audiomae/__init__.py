"""AudioMAE: masked pre-training on filter banks, and the features LOA is pooled from.

Reading order: ``patches.py`` and ``positions.py`` (what a token is), ``masking.py``,
``encoder.py`` and ``decoder.py``, ``mae.py`` (the loss), ``loa.py`` (pooling into the
language of audio), ``espnet_model.py`` (what ESPnet trains), ``build.py``.
"""
