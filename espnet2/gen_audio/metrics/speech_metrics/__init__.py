"""Metrics of speech, one file each; ``bin.score_speech`` computes all it finds here.

A new metric is a new file that adds a ``Metric`` to ``registry.SPEECH_METRICS``; it is
computed from ``SpeechOutputs`` and the ``SpeechContext``. Reading order:
``mean_opinion`` (the shortest), ``spectral_distance``, ``speaker_similarity``,
``word_errors``.
"""
