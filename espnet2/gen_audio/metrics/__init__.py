"""Scores of generated sounds: distances to recordings, and match with captions.

Sub-packages, each of which imports only those before it:

* ``functional``: formulas, as pure functions from arrays to numbers, with intervals;
* ``encoders``: from sounds to the vectors that formulas compare;
* ``evaluation``: test sets, systems, classifier probes, the evaluation context, the
  record of a metric and its registry;
* ``sound_metrics``: one file per metric of sounds. It applies a formula to the clips of
  a system and states name, unit and explanation of its column;
* ``protocol``: anybody's sounds under named conditions, and comparison of two systems;
* ``speech_evaluation``: recognisers, MOS predictors, a speaker encoder, the test set of
  speech;
* ``speech_metrics``: one file per column of the table of speech;
* ``report``: score files, the result page, its tables and pictures.

Start with ``evaluation/metric.py`` and ``sound_metrics/kernel_distance.py``: a new
metric is one more file like ``kernel_distance.py``, and no other file is edited.
"""
