"""Metrics of sounds, one file per metric; ``bin.score`` computes all of them.

A metric applies a formula of ``metrics.functional`` to the clips of a system and states
the title, unit and explanation of its column; formulas without clips belong there.
Metrics that are marked ``protocols_only`` are computed if a protocol names them. A
new metric is a new file that adds a ``Metric`` to ``registry.SOUND_METRICS``; it is
computed from ``SystemOutputs`` and the ``EvaluationContext``. Reading order:
``kernel_distance`` (the shortest), ``frechet_distance``, ``mel_distance``, ``copying``,
``classifier_probe``.
"""
