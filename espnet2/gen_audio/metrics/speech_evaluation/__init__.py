"""The inputs of speech metrics: recognisers, MOS predictors, the test set.

Reading order: ``plain_words`` and ``vocabulary`` (texts), ``recogniser`` (the interface
of recognisers), ``whisper`` and ``espnet_recogniser``; ``predicted_mos``,
``speaker_encoder`` and ``world_analysis`` (sounds); ``cached_results`` (computes and
caches results for each sound), ``speech_set`` (transcripts and recordings) and
``context`` (system outputs). The metrics themselves are in ``metrics.speech_metrics``,
one file each.
"""
