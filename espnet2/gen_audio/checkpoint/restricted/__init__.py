"""Read files of ``torch.save`` that hold Python objects beside tensors; run none.

Files with tensors only are read by ``files.tensor_file``, which uses ``torch.load``. It
cannot read the objects (callbacks, options) that the authors' trainers stored, so this
reader exists for files that are converted. In reading order: ``unpickler`` (the few
classes that a file may build), ``storages`` (the numbers, in torch's zip and in its
older format) and ``reader``.
"""
