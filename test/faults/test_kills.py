"""The command that kills the recipe: it finds what a kill damages, and nothing else.

Its short form on the recipe itself is in ``test/recipe/test_recipe.py``, where a
finished recipe is at hand.
"""

import json
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from kills import Kills, differences, digests_of  # noqa: E402
from kills_run import Run  # noqa: E402

RECIPE = """
import pathlib, sys, time
work, mode = pathlib.Path(sys.argv[1]) / "dump" / "set", sys.argv[2]
work.mkdir(parents=True, exist_ok=True)
for number, name in ((1, "one"), (2, "two")):
    print(f"Stage {number}/2 {name}: started", flush=True)
    path = work / name
    if path.exists():
        print(f"12:00 (step:1) INFO: {name}: up to date", flush=True)
        assert mode != "refuses" or path.read_text().endswith("9\\n"), f"{name} is cut"
    else:
        print(f"12:00 (step:1) INFO: {name}: started", flush=True)
        new = work / ".new" if mode == "atomic" else path
        with new.open("w") as file:
            for line in range(10):
                time.sleep(0.06)
                print(line, file=file, flush=True)
        new.rename(path)
    print(f"Stage {number}/2 {name}: ended after 0 s", flush=True)
"""


@pytest.fixture
def kills(tmp_path):
    """Return what makes kills of a recipe that writes in one of several ways."""

    def make(mode, shown=None):
        def words(work):
            return [sys.executable, "-c", RECIPE, str(work), mode]

        show = [].append if shown is None else shown.append
        made = Kills(tmp_path / mode, words, tmp_path, (1, 2), each=1, show=show)
        # a machine that was slow when it was measured would be too fast for the kill
        if not (made.work / "undisturbed.json").exists():
            measured = made.undisturbed() | {"seconds": {"1": 0.3, "2": 0.3}}
            (made.work / "undisturbed.json").write_text(json.dumps(measured))
        return made

    return make


def test_files_that_are_whole_or_absent_survive_all_kills(kills):
    shown = []
    made = kills("atomic", shown)
    made.go_on(4, seed=1)
    assert len(made.done) == 4 and made.faults == {"1": [], "2": []}
    assert {kill.stage for kill in made.done} == {"1 one", "2 two"}
    assert {kill.restart for kill in made.done} == {"one: started", "two: started"}
    assert sum("0 faults" in line for line in shown) == 2


def test_a_file_that_a_kill_leaves_half_is_a_fault(kills):
    made = kills("in place")
    made.go_on(2, seed=1)
    assert made.faults == {"1": ["dump/set/one differs", "dump/set/two differs"]}
    assert made.done[0].restart == "1 up to date"


def test_a_restart_that_ends_by_itself_is_a_fault(kills):
    made = kills("refuses")
    made.go_on(1, seed=1)
    fault = "ended with status 1: AssertionError: one is cut"
    assert made.faults == {"1": [fault]}


def test_it_goes_on_behind_the_last_kill_and_repeats_nothing(kills):
    whole = kills("atomic")
    whole.go_on(4, seed=1)
    logs = {log: log.stat().st_mtime_ns for log in whole.work.glob("logs/*.log")}
    table = whole.work / "kills.jsonl"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[:3]))  # as if it was killed in the second round
    (whole.work / "rounds.json").write_text('{"1": []}')
    (whole.work / "run/dump/set/two").unlink()
    again = kills("atomic")
    again.go_on(4, seed=1)
    assert again.faults == {"1": [], "2": []}
    assert [(k.round, k.stage) for k in again.done] == [
        (k.round, k.stage) for k in whole.done
    ]
    later = {log.stem for log, time in logs.items() if log.stat().st_mtime_ns != time}
    assert later == {"2.1", "2.2"}


def test_children_die_with_the_command(tmp_path):
    child = f"import time; time.sleep(1); open({str(tmp_path / 'late')!r}, 'w')"
    script = (
        "import subprocess, sys, time; "
        f"subprocess.Popen([sys.executable, '-c', {child!r}]); "
        "print('Stage 3/18 x: started', flush=True); time.sleep(60)"
    )
    run = Run([sys.executable, "-c", script], tmp_path, tmp_path / "log")
    assert run.wait_for_stage(3) and run.kill_after(0.1)
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()
    assert run.place() == ("3 x", "")


def test_a_run_that_ends_before_a_stage_never_reaches_it(tmp_path):
    run = Run([sys.executable, "-c", "print('hello')"], tmp_path, tmp_path / "log")
    assert not run.wait_for_stage(5)
    assert run.wait() == 0 and run.lines == ["hello"]
    assert run.place()[0] == "0 set-up"


def test_logs_hidden_files_and_parts_of_jobs_are_not_compared(tmp_path):
    for name in ("dump/a/x", "dump/a/log/y", "dump/a/shards/1/z", "dump/.t/w", "exp/q"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(digests_of(tmp_path)) == ["dump/a/x"]


def test_each_difference_is_named():
    wanted, found = {"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}
    texts = ["b differs", "c is missing", "d is left over"]
    assert differences(wanted, found) == texts
