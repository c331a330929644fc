"""Metrics as formulas: pure functions from arrays to numbers, without models.

``metrics.sound_metrics`` and ``metrics.speech_metrics`` apply these formulas to the
clips of a system, one file per column of the table. The formulas are apart because
several columns and commands use one formula, and tests need no sound files. Reading
order: ``estimate`` (a number with its interval); ``vectors`` (sets that are read a
block at a time); of two sets of embeddings:
``kernel_distance`` (the main one), ``kernel_sums`` (the kernel distance in constant
memory, and KAD), ``frechet``, ``gaussian`` (streamed moments), ``neighbours`` and
``copying``; of classes: ``class_scores``; of a clip and its recording:
``mel_distance``, ``mel_cepstral`` and ``reconstruction``; of one clip:
``signal_level``; of words: ``word_errors``; of labels: ``accuracy``; of predicted and
true LOA: ``loa_error``; of two systems with equal prompts: ``set_statistic`` and
``paired_differences``.
"""
