"""ESPnet's tasks and trainers with a moving average, checks and atomic saves.

In reading order: ``task`` and ``gan_task`` (options and building of a part),
``config_file``, ``init_options``, ``init_from`` and ``finetune`` (initial weights),
``index_check`` (matrix indexes without commands), ``batch_task``, ``shuffled_batches``,
``weighted_batches``, ``caption_draws``, ``split_batches`` and ``rank_draws`` (batches
and random numbers, also of several processes), ``trainer`` and ``gan_trainer``
(ESPnet's loops with additions), ``first_validation`` (before the first step),
``watch_examples`` and ``examples`` (sounds and pictures of validation clips),
``wrapped_model`` (a model that torch wraps for several processes), ``finite_check``
(NaN and infinity stop the training), ``atomic_save`` and ``plain_state`` (the writing
of checkpoints), ``previous_epoch`` (two checkpoints, one of which is always complete),
``restore`` (repair of the folder of a killed run).
"""
