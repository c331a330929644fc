"""Old names of options: they work, and the log says what replaced them."""

from espnet2.gen_audio.bin import bench
from espnet2.gen_audio.recipe.renamed_options import BENCH, renamed


def test_old_names_are_replaced_wherever_they_stand_and_the_log_says_so(caplog):
    words = ["--peer_dtype=bfloat16", "--parts", "unet", "loa_rollout", "--steps", "2"]
    wanted = words.copy()
    wanted[0], wanted[3] = "--baseline_dtype=bfloat16", "loa_generation"
    assert renamed(words, BENCH) == wanted
    assert "--peer_dtype is an old name; use --baseline_dtype" in caplog.text


def test_a_command_line_of_new_names_stays_as_it_is(caplog):
    words = ["--output", "x.json", "--baseline", "diffusers"]
    assert renamed(words, BENCH) == words and not caplog.text


def test_without_arguments_those_of_the_process_are_read(monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "--peer", "diffusers"])
    assert renamed(None, BENCH) == ["--baseline", "diffusers"]


def test_every_new_name_is_one_of_the_command():
    parser = bench.get_parser()
    known = parser.parse_args(["--output", "x.json", "--parts", BENCH["loa_rollout"]])
    for old, new in BENCH.items():
        if old.startswith("--"):
            assert hasattr(known, new.removeprefix("--")), new
