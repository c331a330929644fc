"""Measures: pure functions from arrays to numbers, without files, models or clocks.

Reading order: ``estimate`` (a number with its interval; what is drawn), then what
compares two sets of embeddings, ``kernel_distance`` (the headline), ``kernel_sums``
(the distance in flat memory, and KAD), ``frechet``, ``gaussian`` (streamed moments),
``neighbours`` and ``copying``; what compares classes, ``class_scores``; what compares a
clip with its recording, ``mel_distance``, ``mel_cepstral`` and ``reconstruction``; what
a clip is by itself, ``signal_level``; what compares words, ``word_errors``; what
compares labels, ``accuracy``; what compares predicted LOA with true LOA, ``loa_error``;
and what compares two systems on the same prompts, ``set_statistic`` and
``paired_differences``.
"""
