"""Tasks: what a training configuration may name, one a part.

In the order of the recipe: ``audiomae.py``, ``gan_vae.py``, ``gan_vocoder.py``,
``loa_lm.py``, ``ldm.py``, ``joint.py``. What they share is ``training/task.py``.
"""
