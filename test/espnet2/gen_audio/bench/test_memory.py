from pathlib import Path

import numpy as np
import pytest

from espnet2.gen_audio.bench import memory
from espnet2.gen_audio.bench.memory import SYSTEMS, main, measure, own_peak


def test_the_first_arm_is_the_baseline_in_single_precision():
    assert next(iter(SYSTEMS.values())) == ("baseline", "float32", False)


def test_the_peak_grows_with_what_is_resident_and_stays():
    status = Path("/proc/self/status").read_text()
    resident = int(status.partition("VmRSS:")[2].split()[0])
    before = own_peak()
    size = before - resident + 2**16  # KiB: 64 MiB above the peak so far
    held = np.ones(size * 1024, dtype=np.int8)
    assert held[-1] == 1 and own_peak() > before + 2**15
    del held
    assert own_peak() > before + 2**15


@pytest.mark.parametrize("system", ["diffusers_bfloat16", "ours_bfloat16_low_memory"])
def test_a_system_makes_a_sound_and_prints_its_peak(system, folders, capsys):
    main([system, *map(str, folders), "--threads", "1"])
    assert int(capsys.readouterr().out.split()[-1]) > 2**17


def test_a_process_of_its_own_is_not_charged_with_its_parent(folders, monkeypatch):
    monkeypatch.setattr(memory.sys, "executable", "/bin/echo")
    assert measure("ours_float32", folders, 2).gigabytes == 2 / 2**20


def test_a_process_that_fails_is_told_with_its_last_line(tmp_path):
    with pytest.raises(RuntimeError, match="ours_float32 ended with 1: .*no converted"):
        measure("ours_float32", (tmp_path, tmp_path), 1)
