"""ESPnet's tasks and trainers, made safe: what every trained part has in common.

In reading order: ``task`` and ``gan_task`` (options and the building of a part),
``config_file`` and ``init_from`` (what they read), ``trainer`` and ``gan_trainer``
(ESPnet's loops with a moving average, checks and safe saves around), ``finite``
(bad numbers stop the work and name the clips), ``atomic_save``, ``plain_state`` (how
files are written), ``previous_epoch`` (two checkpoints, of which one is always whole),
``restore`` (what is mended before a killed run goes on).
"""
