"""Measures: pure functions from arrays to numbers, without files, models or clocks.

Reading order: ``estimate`` (a number with its interval; what is drawn), then what
compares two sets of embeddings, ``kernel_distance`` (the headline), ``frechet`` and
``copying``; what compares a clip with its recording, ``mel_distance`` and
``mel_cepstral``; what compares words, ``word_errors``; what compares labels,
``accuracy``; what compares predicted LOA with true LOA, ``loa_error``; and what
compares two systems on the same prompts, ``paired_differences``.
"""
