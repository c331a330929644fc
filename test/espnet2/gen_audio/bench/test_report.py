import json

import pytest

from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.report import ONCE, Results, derived, machine
from espnet2.gen_audio.bench.timing import summary

ROWS = [
    summary("text", [(1.0, 2.0)], 0.0),
    summary("loa_generation", [(3.0, 5.0)], 0.0),
    summary("unet", [(0.5, 0.75)], 1e-6, units=5),
    summary("decode", [(10.0, 20.0)], 1e-5),
]


def test_a_derived_total_is_the_sum_of_its_parts():
    total = derived(ROWS, steps=10, binding_s=0.5)
    assert total["ours_s"] == 1 + 3 + 10 + 0.5 + 10 * 0.5
    # diffusers generates LOA for the empty prompt too
    assert total["baseline_s"] == 2 + 2 * 5 + 20 + 10 * 0.75
    assert total["ratio"] == total["ours_s"] / total["baseline_s"]


@pytest.mark.parametrize("missing", [*ONCE, "unet"])
def test_no_total_is_derived_without_all_parts(missing):
    assert derived([row for row in ROWS if row.part != missing], 10) == {}


def test_all_that_was_measured_is_told_and_totals_are_marked():
    results = Results({"prompt": "x"}, list(ROWS), steps=(10, 25))
    results.peaks = [Peak("a", 2.0), Peak("b", 1.0)]
    results.unet_speed = {"ours_gflop": 1.0, "baseline_gflop": 2.0}
    results.unet_speed |= {"ours_gflops": 3.0, "baseline_gflops": 4.0}
    results.ceilings = {"matrix product": 100.0}
    text = "\n".join(results.lines())
    for row in ROWS:
        assert row.part in text
    assert "a step of 5" in text and "derived total, 25 steps" in text
    assert "0.500 of a" in text and "matrix product" in text
    found = json.loads(json.dumps(results.to_dict()))
    assert [part["part"] for part in found["parts"]] == [row.part for row in ROWS]
    assert [total["steps"] for total in found["derived_totals"]] == [10, 25]
    assert found["memory"][1] == {"system": "b", "gigabytes": 1.0}
    assert found["prompt"] == "x" and found["unet_speed"]["baseline_gflops"] == 4.0


def test_the_baseline_generates_loa_twice_a_sound_and_compiling_is_told_apart():
    rows = [*ROWS, summary("unet, compiled", [(0.4, 0.75)], 1e-6, units=5)]
    lines = Results({}, rows, compile_s=90.0).lines()
    (generated,) = (line for line in lines if "LOA generation of a" in line)
    assert generated.split()[-3:] == ["3.000s", "10.000s", "0.300"]
    assert "90.0s" in next(line for line in lines if "compiling" in line)
    assert not any("compiling" in line for line in Results({}, ROWS).lines())


def test_nothing_measured_gives_no_lines():
    assert Results({}).lines() == []


def test_the_machine_is_told_with_versions():
    found = machine()
    assert found["processor"] and found["threads"] >= 1
    assert set(found["versions"]) == {"torch", "diffusers", "transformers"}
