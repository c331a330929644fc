"""ESPnet tasks: the options, data and model of each trained part.

In the order of the recipe: ``audiomae.py``, ``gan_vae.py``, ``gan_vocoder.py``,
``loa_lm.py``, ``ldm.py``, ``joint.py``. Their base class is in ``training/task.py``;
``data_names.py`` accepts data of conditions that a config declares.
"""
