"""Foreign files of ``torch.save`` that hold more than tensors; none of it is run.

In reading order: ``unpickler`` (the few things that a file may build), ``storages``
(the numbers, in torch's zip and in its older format) and ``reader``.
"""
