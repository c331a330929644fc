"""Metrics of speech, one file per metric; ``bin.score_speech`` computes all of them.

A new metric is a new file that adds a ``Metric`` to ``registry.SPEECH_METRICS``; it is
computed from ``SpeechOutputs`` and the ``SpeechContext``. Reading order:
``mean_opinion`` (the shortest), ``spectral_distance``, ``speaker_similarity``,
``word_errors``.
"""
