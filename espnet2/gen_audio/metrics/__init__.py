"""Scores: how close sounds are to recordings, and whether they obey captions.

Sub-packages, each of which imports only those before it:

* ``measures``: pure functions from arrays to numbers, with intervals;
* ``encoders``: from sounds to the vectors that measures compare;
* ``evaluation``: test sets, systems, classifier probes, the evaluation context, the
  record of a metric and its registry;
* ``sound_metrics``: one file a metric of sounds, each with its record;
* ``speech``: recognisers, predictors of opinion, speaker encoder, their test set;
* ``speech_metrics``: one file a metric of speech;
* ``report``: files of scores, the page of results, its tables and pictures.

Start with ``evaluation/metric.py`` and ``sound_metrics/kernel_distance.py``: a new
metric is one more file like the latter, and nothing else has to be edited.
"""
