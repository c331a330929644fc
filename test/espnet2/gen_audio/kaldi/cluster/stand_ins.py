"""Programs of a PATH that stand for sbatch, squeue, qsub, ssh and others.

They check what they are given: options of the scheduler, then one generated script.
Each call is a line of ``calls``: program and arguments as JSON.
"""

import json
import os
import sys
from pathlib import Path

# submissions start the script in the background, once for each number of an array
PROGRAM = """\
#!{python}
import json, os, pathlib, re, subprocess, sys
place = pathlib.Path({place!r})
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open(place / "calls", "a") as file:
    print(json.dumps([name, *words]), file=file)
bare = {{"PATH": "/usr/bin:/bin", "HOME": "/"}}  # no environment is handed over


def start(script, variables, **options):
    return subprocess.Popen(
        ["/bin/sh", script], env=bare | variables, cwd="/", start_new_session=True,
        **options,
    )


if name in ("sbatch", "qsub"):
    script = words[-1]
    assert re.fullmatch(r"[\\w./-]+", script) and os.path.isfile(script), script
    options = " ".join(words[:-1])
    ranges = re.search(r"(?:--array=|-t |-J )(\\d+)-(\\d+)", options)
    first, last = map(int, ranges.groups()) if ranges else (0, 0)
    pids = []
    for number in range(first, last + 1):
        variable = {number!r} if ranges else "NONE"
        with open(place / "said", "ab") as said:
            job = start(
                script, {{variable: str(number), {job!r}: "71"}}, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said,
            )
        pids.append(job.pid)
    with open(place / "pids", "a") as file:
        print(*pids, file=file)
    print({answer!r})
elif name in ("squeue", "qstat"):
    found = (place / "queue").read_text() if (place / "queue").exists() else ""
    print(found, end="")
    if not found and name == "qstat":
        print({gone!r}, file=sys.stderr)
        sys.exit(1)
elif name in ("scancel", "qdel"):
    for pid in (place / "pids").read_text().split():
        try:
            os.killpg(int(pid), 15)
        except ProcessLookupError:
            pass
    (place / "queue").unlink(missing_ok=True)
elif name == "ssh":
    *options, host, shell, script = words
    assert shell == "sh" and re.fullmatch(r"[\\w./-]+", script), words
    sys.exit(start(script, {{}}).wait())
"""
KINDS = {
    "slurm": ("sbatch squeue scancel", "SLURM_ARRAY_TASK_ID", "SLURM_JOB_ID", "71", ""),
    "sge": (
        "qsub qstat qdel",
        *("SGE_TASK_ID", "JOB_ID", "71.1-3:1"),
        "Following jobs do not exist: 71",
    ),
    "pbs": (
        "qsub qstat qdel",
        *("PBS_ARRAY_INDEX", "PBS_JOBID", "71[].server"),
        "qstat: Unknown Job Id 71[].server",
    ),
    "ssh": ("ssh", "", "", "", ""),
}


def install(place: Path, kind: str) -> str:
    """Write the programs of a back end.

    Args:
        place: Folder for them; ``place/queue`` is what the queue prints.
        kind: ``slurm``, ``sge``, ``pbs`` or ``ssh``.

    Returns:
        A PATH that begins with them.
    """
    place.mkdir(parents=True, exist_ok=True)
    names, number, job, answer, gone = KINDS[kind]
    text = PROGRAM.format(
        python=sys.executable,
        place=str(place),
        number=number,
        job=job,
        answer=answer,
        gone=gone,
    )
    for name in names.split():
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    return os.pathsep.join([str(place), os.environ["PATH"]])


def calls(place: Path, name: str) -> list[list[str]]:
    """Return the arguments of all calls of a program, in order.

    Args:
        place: Folder of the programs.
        name: The program.
    """
    lines = (place / "calls").read_text().splitlines()
    return [words for first, *words in map(json.loads, lines) if first == name]
