"""The framework of an evaluation: test sets, systems, context, rows.

Reading order: ``metric`` (the record of a metric and the registry), ``row_scorer``
(from records to rows of scores.json), ``set_scores`` (values with intervals); the data,
``sound_set`` and ``systems``; the evaluation of sounds, ``classifier_probe``,
``probe_set``, ``context`` (the inputs of a metric of sounds), ``recordings``,
``baselines`` and ``loa_files``. The metrics
themselves are in ``metrics.sound_metrics``, one file each.
"""
