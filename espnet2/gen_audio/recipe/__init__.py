"""What the stages of a recipe share: whether to run, and what they demand of data.

Reading order: ``step.py`` (the decision whether a step has to run) and
``content_digests.py`` (of its input), ``demands.py`` (demands of later stages on data),
``augmentation_plan.py`` (copies for a small corpus), ``corpus.py`` and
``corpus_sounds.py`` (tables from published lists), ``rejects.py`` (clips that were left
out).
"""
