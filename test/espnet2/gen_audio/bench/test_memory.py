"""Memory of fresh processes."""

import pytest

from espnet2.gen_audio.bench.memory import ARMS, main, measure, own_peak, run
from espnet2.gen_audio.bench.models import prepare


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("bench"), "tiny")


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_makes_a_sound(folders, arm):
    assert run(arm, folders, 1) >= 10240


def test_a_process_tells_its_own_peak_and_not_that_of_its_parent(folders):
    ballast = bytearray(2**30)
    ballast[:: 2**12] = b"x" * (2**30 // 2**12)
    peak = measure("ours float32 low memory", folders, 1, steps=1)
    assert 0.1 < peak.gigabytes < 1.5 and own_peak() > 2**20
    del ballast


def test_an_arm_that_fails_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="ours float32' failed"):
        measure("ours float32", (tmp_path, tmp_path), 1)


def test_the_command_prints_a_number_of_kibibytes(folders, capsys):
    main(["ours float32", *map(str, folders), "--steps", "1"])
    assert int(capsys.readouterr().out.split()[-1]) > 1000
