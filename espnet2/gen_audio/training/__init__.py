"""ESPnet's tasks and trainers with a moving average, checks and atomic saves.

In reading order: ``task`` and ``gan_task`` (options and building of a part),
``config_file``, ``initial``, ``init_from`` and ``finetune`` (initial weights),
``index_check`` (matrix indexes without commands), ``shuffled_batches``, ``trainer`` and
``gan_trainer`` (ESPnet's loops with additions), ``start`` (validation before the first
step), ``finite`` (NaN and infinity stop the training), ``atomic_save`` and
``plain_state`` (the writing of checkpoints), ``previous_epoch`` (two checkpoints, one
of which is always complete), ``restore`` (repair of the folder of a killed run).
"""
