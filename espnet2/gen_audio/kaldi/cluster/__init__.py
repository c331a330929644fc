"""Arrays of jobs on other machines: Slurm, Grid Engine, PBS, or several hosts by ssh.

Reading order: ``job_folder.py`` (what a scheduler gets: the name of a generated file),
``rules.py`` (options of a request, from conf/*.conf), ``schedulers.py`` and
``hosts.py`` (the back ends), ``run_array.py`` (submit, watch, repeat what failed, end).
"""
