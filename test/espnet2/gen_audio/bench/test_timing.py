import pytest
import torch

from espnet2.gen_audio.bench import timing
from espnet2.gen_audio.bench.pair import Job
from espnet2.gen_audio.bench.timing import compare, difference_of, single, summary


def job_that_records(found, units=1, seconds=0.0):
    def work_of(name):
        def work():
            found.append(name)
            return torch.tensor([1.0, 2.0])

        return work

    return Job("part", work_of("ours"), work_of("baseline"), units)


@pytest.fixture
def clock(monkeypatch):
    """Every call takes four seconds: enough for no more rounds than asked for."""

    def seconds_of(work):
        work()
        return 4.0

    monkeypatch.setattr(timing, "seconds_of", seconds_of)


def test_systems_take_turns_after_a_warm_up_and_who_begins_changes(clock):
    found = []
    compare(job_that_records(found), 3)
    assert found == ["ours", "baseline"] + [
        "ours",
        "baseline",
        "baseline",
        "ours",
        "ours",
        "baseline",
    ]


def test_seconds_are_those_of_one_unit(clock):
    made = compare(job_that_records([], units=5), 2)
    assert made.ours_s == made.baseline_s == 0.8 and made.rounds == 2


def test_short_work_is_timed_more_often_but_not_endlessly():
    assert compare(job_that_records([]), 3).rounds == timing.MOST_ROUNDS
    assert compare(job_that_records([]), 40).rounds == 40


def test_the_interval_holds_the_ratio_and_swaps_with_the_systems():
    times = [(1.0, 2.0), (1.2, 2.1), (0.9, 2.2), (1.1, 1.9), (1.4, 2.0)]
    made = summary("x", times, 0.0)
    assert made.low <= made.ratio <= made.high < 1
    assert made.ratio == pytest.approx(1.2 / 2.1) and made.ours_s == 1.1
    swapped = summary("x", [(b, a) for a, b in times], 0.0)
    assert swapped.ratio == pytest.approx(1 / made.ratio)
    assert swapped.low == pytest.approx(1 / made.high)


def test_equal_rounds_leave_no_doubt():
    made = summary("x", [(3.0, 4.0)] * 4, 0.0)
    assert made.low == made.ratio == made.high == 0.75


def test_long_work_is_done_once_by_each_system():
    found = []
    made = single(job_that_records(found))
    assert found == ["ours", "baseline"] and made.low == made.ratio == made.high


def test_the_difference_is_a_share_of_the_baselines_peak():
    wanted = torch.tensor([0.0, -4.0, 1.0])
    assert difference_of(wanted + torch.tensor([0.1, 0.0, 0.0]), wanted) == (
        pytest.approx(0.025)
    )
    assert difference_of(wanted, wanted) == 0.0


def test_results_that_cannot_be_compared_are_refused():
    with pytest.raises(RuntimeError, match="work differs"):
        difference_of(torch.ones(2), torch.ones(3))
    with pytest.raises(RuntimeError, match="not finite"):
        difference_of(torch.ones(2), torch.tensor([1.0, float("nan")]))
