"""Hundreds of damaged sound files; the command in its docstring does thousands."""

import subprocess
import sys
from importlib import util
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).with_name("mutated_sounds.py")


def load_script():
    spec = util.spec_from_file_location("mutated_sounds", SCRIPT)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_damage_ends_in_a_traceback_a_crash_a_hang_or_much_memory():
    command = [sys.executable, SCRIPT, "--count", "400"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = [line.split(maxsplit=1) for line in ended.stdout.splitlines()[:-1]]
    counts = {words: int(number) for number, words in rows}
    assert sum(counts.values()) == 400
    assert counts["used"] > 20 and counts["truncated"] > 50


def test_a_fault_of_the_code_under_test_is_found_and_the_rest_goes_on(
    tmp_path, monkeypatch
):
    script = load_script()
    broken = tmp_path / "mutated_sounds.py"
    source = SCRIPT.read_text().replace(
        "    formatter = ",
        "    assert b'damaged.ogg' not in bytes(path)\n    formatter = ",
    )
    broken.write_text(source)
    monkeypatch.setattr(script, "__file__", str(broken))
    verdicts, faults, _, _ = script.run(4, 0)
    assert [fault.split(":")[0] for fault in faults] == ["file 2"]
    assert "AssertionError" in faults[0]
    assert sum(verdicts.values()) == 3


def test_the_same_seed_does_the_same_damage():
    script = load_script()
    content = bytes(range(256)) * 20
    once, again, other = (
        script.mutate(content, np.random.default_rng([0, n])) for n in (1, 1, 2)
    )
    assert once == again != other
