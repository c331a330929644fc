"""Files and commands in Kaldi's forms, without Kaldi.

Reading order: ``table.py`` (the user's own table), ``table_writer.py`` and
``json_list.py`` (tables of large corpora), ``data_dir.py`` (data folders),
``data_check.py`` (what is wrong with one), ``clip_plan.py`` (copies for small
corpora), ``rejects.py`` (clips left out), ``text.py`` (captions of one job),
``jobs.py`` (parallel jobs with logs), ``step.py`` (which step has to run again),
``atomic_file.py`` (whole files or none), ``progress.py`` (log lines of long loops),
``command.py`` (what commands share).
"""
