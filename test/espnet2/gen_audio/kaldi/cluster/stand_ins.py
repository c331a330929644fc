"""Programs of a PATH that stand for sbatch, squeue, qsub, ssh and others.

They check what they are given: options of the scheduler, then one generated script.
Each call is a line of ``calls``: program and arguments as JSON. Files beside them
change what they do: ``dead`` (hosts that are not reached), ``blind`` (hosts that do not
see the folder), ``slow`` (seconds in which a connection closes) and ``lost`` (the
answer to a submission is).
"""

import json
import os
import sys
from pathlib import Path

from espnet2.gen_audio.bin.run_cluster_jobs import backend_of
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.run_array import run_array
from espnet2.gen_audio.kaldi.jobs import parse_array

CONF = Path(__file__).parents[5] / "egs2" / "audioldm2" / "conf"
HOSTS = "option host=one 0 1\noption host=two 5\ndefault gpu=0\n"
# submissions start the script in the background, once for each number of an array
PROGRAM = """\
#!{python}
import json, os, pathlib, re, subprocess, sys, time
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


def read(name):
    return (place / name).read_text().split() if (place / name).exists() else []


def pids():
    return [int(pid) for pid in read("pids")]


def is_running(pid):
    stat = pathlib.Path("/proc/%d/stat" % pid)
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


if name in ("sbatch", "qsub"):
    script = words[-1]
    assert re.fullmatch(r"[\\w./-]+", script) and os.path.isfile(script), script
    options = " ".join(words[:-1])
    ranges = re.search(r"(?:--array=|-t |-J )(\\d+)-(\\d+)", options)
    first, last = map(int, ranges.groups()) if ranges else (0, 0)
    started = []
    for number in range(first, last + 1):
        variable = {number!r} if ranges else "NONE"
        with open(place / "said", "ab") as said:
            job = start(
                script, {{variable: str(number), {job!r}: "71"}},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )
        started.append(job.pid)
    with open(place / "pids", "a") as file:
        print(*started, file=file)
    named = re.search(r"(?:--job-name=|-N )(\\S+)", options)
    (place / "name").write_text(named[1])
    if (place / "lost").exists():
        sys.exit("submission: Socket timed out on send/recv operation")
    print({answer!r})
elif name in ("squeue", "qstat", "qselect"):
    asked = words[-1]
    if (asked[0].isdigit() or [asked] == read("name")) and any(
        map(is_running, pids())
    ):
        print({listed!r})
    elif name == "qstat":
        print({gone!r}, file=sys.stderr)
        sys.exit(1)
elif name in ("scancel", "qdel"):
    for pid in filter(is_running, pids()):
        os.killpg(pid, 15)
elif name == "ssh":
    *options, host, shell, script = words
    assert shell == "sh" and re.fullmatch(r"[\\w./-]+", script), words
    if host in read("dead"):
        print("ssh: connect to host %s: No route to host" % host, file=sys.stderr)
        sys.exit(255)
    if host in read("blind"):
        script = "/elsewhere" + script
    status = start(script, {{}}).wait()
    time.sleep(float("".join(read("slow")) or 0))  # the connection is closing
    sys.exit(255 if status < 0 else status)
"""
KINDS = {
    "slurm": (
        "sbatch squeue scancel",
        *("SLURM_ARRAY_TASK_ID", "SLURM_JOB_ID", "71", "71"),
        "",
    ),
    "sge": (
        "qsub qstat qdel",
        *("SGE_TASK_ID", "JOB_ID", "71.1-3:1", "job_number:                 71"),
        "Following jobs do not exist: 71",
    ),
    "pbs": (
        "qsub qstat qselect qdel",
        *("PBS_ARRAY_INDEX", "PBS_JOBID", "71[].server", "71[].server"),
        "qstat: Unknown Job Id 71[].server",
    ),
    "ssh": ("ssh", "", "", "", "", ""),
}


def install(place: Path, kind: str) -> str:
    """Write the programs of a back end.

    Args:
        place: Folder for them.
        kind: ``slurm``, ``sge``, ``pbs`` or ``ssh``.

    Returns:
        A PATH that begins with them.
    """
    place.mkdir(parents=True, exist_ok=True)
    names, number, job, answer, listed, gone = KINDS[kind]
    text = PROGRAM.format(
        python=sys.executable,
        place=str(place),
        number=number,
        job=job,
        answer=answer,
        listed=listed,
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


def run(kind, tmp_path, words, lives=lambda: True, repeats=0, **options):
    """Run an array with stand-ins; return the numbers of the jobs that failed.

    Args:
        kind: ``slurm``, ``sge``, ``pbs`` or ``ssh``.
        tmp_path: Folder of the programs, and for generated files.
        words: ``[JOB=1:n] log command ...``.
        lives: Whether the caller lives.
        repeats: How often failed jobs are repeated.
        **options: Options of each job.
    """
    config = CONF / f"{kind}.conf"
    if kind == "ssh":
        config = tmp_path / "ssh.conf"
        config.write_text(HOSTS)
    array = parse_array(words)
    backend = backend_of(kind, {"config": str(config), **options}, array)
    backend.ask_every, backend.settle = 0.5, 0.1
    # the script's name is checked by the stand-ins, so this folder has no quotes
    return run_array(backend, JobFolder(array, tmp_path / "jobs"), lives, repeats)
