"""Metrics of sounds, one file each; ``bin.score`` computes all that it finds here.

Those that are marked ``protocols_only`` are computed where a protocol names them.

A new metric is a new file that adds a ``Metric`` to ``registry.SOUND_METRICS``; it is
computed from ``SystemOutputs`` and the ``EvaluationContext``. Reading order:
``kernel_distance`` (the shortest), ``frechet_distance``, ``mel_distance``,
``copying``, ``classifier_probe``.
"""
