"""Files and commands in Kaldi's forms, without Kaldi.

Reading order: ``data_dir.py`` (data folders), ``data_check.py`` (faults of a data
folder), ``caption_file.py`` (captions to generate from), ``several_captions.py`` (of
one clip), ``matrices.py`` (archives of matrices), ``jobs.py`` (parallel jobs with
logs), ``lifetime.py`` (jobs end with their caller), ``cluster/`` (jobs on other
machines).
"""
