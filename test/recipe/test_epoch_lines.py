"""Lines of a training log that the console shows."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "egs2/audioldm2/scripts/epoch_lines.sh"
LOG = """\
[host] 2026-01-01 10:00:00,123 (abs_task:1456) INFO: Model structure:
[host] 2026-01-01 10:00:01,123 (trainer:318) INFO: 2/8epoch started. Estimated time to \
finish: 1 minute
[host] 2026-01-01 10:00:02,123 (trainer:394) INFO: 2epoch results: [train] \
iter_time=0.029, discriminator_forward_time=0.004, discriminator_loss=0.100, \
discriminator_backward_time=0.002, discriminator_optim_step_time=0.008, \
optim1_lr0=1.000e-03, discriminator_train_time=0.020, generator_forward_time=0.199, \
mel_l1=1.397, clip=100.0, loss_scale=1.000, optim0_lr0=0.001, train_time=0.498, \
time=24.97 seconds, total_count=50, gpu_max_cached_mem_GB=0.1, \
[valid] mel_l1=0.269, time=4.96 seconds, total_count=4
"""


def shown(log):
    return subprocess.run(
        [SCRIPT], input=log, capture_output=True, text=True, check=False
    ).stdout.splitlines()


def test_values_keep_their_names_and_times_of_operations_are_left_out():
    assert shown(LOG) == [
        "2026-01-01 10:00:01,123 2/8epoch started. Estimated time to finish: 1 minute",
        "2026-01-01 10:00:02,123 2epoch results: [train] discriminator_loss=0.100, "
        "optim1_lr0=1.000e-03, mel_l1=1.397, optim0_lr0=0.001, time=24.97 seconds, "
        "total_count=50, [valid] mel_l1=0.269, time=4.96 seconds, total_count=4",
    ]


def test_the_line_of_an_epoch_is_whole_also_of_several_processes_and_many_values():
    many = ", ".join(f"value_{n}={n / 7:.3f}" for n in range(200))
    line = f"1epoch results: [train] {many}, [valid] {many}, last=1"
    log = f"[host:0/2] 2026-01-01 10:00:02,123 (trainer:394) INFO: {line}\n"
    assert shown(log) == [f"2026-01-01 10:00:02,123 {line}"]


def test_an_epoch_that_is_done_again_is_told():
    line = "[host] 2026-01-01 10:00:00,123 (previous_epoch:115) WARNING: x is damaged; "
    line += "training continues from the end of epoch 2\n"
    told = "2026-01-01 10:00:00,123 x is damaged; training continues from the end of "
    assert shown(line) == [told + "epoch 2"]


def test_errors_are_shown_and_cut_at_a_thousand_characters():
    lines = shown("ValueError: " + "x" * 2000 + "\nquiet\n")
    assert len(lines) == 1 and len(lines[0]) == 1000
