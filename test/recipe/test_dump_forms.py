"""Options of dumped features reach the dumps and the trainings of the recipe."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import RECIPE, call  # noqa: E402

from espnet2.gen_audio.bin.check_data import main as check_data  # noqa: E402

EXPERIMENTS = ("--audiomae_exp", "a", "--vae_exp", "v", "--skip_joint", "true")
PARTS = (
    "audiomae() { echo a; }; vae() { echo v; }; ldm() { echo l; }; "
    'loa_lm() { echo m; }; best_of() { echo "$1/best"; }; made_by() { :; }; '
)


@pytest.fixture
def dumps(tmp_path):
    for name, count in (("train", 2500), ("valid", 3), ("test", 3)):
        folder = tmp_path / "raw" / name
        folder.mkdir(parents=True)
        rows = [f"k{number:04d} {number}.wav\n" for number in range(count)]
        (folder / "wav.scp").write_text("".join(rows))
        (folder / "text").write_text("".join(rows))
    return tmp_path


def steps(functions, dumps, *options):
    status, out, error = call(PARTS + functions, "--dumpdir", dumps, *options)
    assert status == 0, error
    return [line.split("\t") for line in out.splitlines() if line.startswith("step")]


def test_defaults_add_nothing_to_the_commands(dumps):
    for words in steps("dump_loa; dump_latent", dumps, *EXPERIMENTS):
        assert not {"--bits", "--loa_factor"} & {*words}
        assert f"{dumps}/some/train" not in words


def test_bits_and_pooling_reach_the_dumps(dumps):
    options = ("--dump_bits", "16", "--loa_factor", "8")
    found = steps("dump_loa; dump_latent", dumps, *EXPERIMENTS, *options)
    for words in found[:-1]:  # the last measures the latent scale
        assert words[words.index("--bits") + 1] == "16"
        assert ("--loa_factor" in words) == words[1].startswith("dump_loa")


def test_trainings_on_pooled_loa_have_its_factor_and_other_parts_nothing(dumps):
    line = 'for part in ldm loa_lm vae; do echo "$(args_of ${part})"; done'
    given = ("--loa_factor", "8", "--ldm_args", "--max_epoch 2")
    status, out, _ = call(line, *given)
    assert status == 0 and out.splitlines() == [
        "--conditions_conf loa_factor=8 --conditions_conf loa_factors=[8] "
        "--max_epoch 2",
        "--model_conf loa_factor=8 ",
        "",
    ]


def test_on_the_fly_a_thousand_spread_training_clips_are_dumped_and_the_rest_trained(
    dumps,
):
    options = (*EXPERIMENTS, "--features", "on_the_fly")
    found = steps("dump_loa; dump_latent", dumps, *options)
    trained = [words for words in found if words[1].endswith(".train")]
    assert len(trained) == 2
    assert all(f"{dumps}/some/train" in words for words in trained)
    some = (dumps / "some" / "train").read_text().splitlines()
    numbers = np.array([int(line[1:5]) for line in some])
    assert len(numbers) == 1000 and set(np.diff(numbers)) == {2, 3}
    line = "options=() reads=() data=(latent/%/latent.scp,latent,kaldi_ark "
    line += "loa/%/loa.scp,loa,kaldi_ark x/%/x.scp,x,kaldi_ark); "
    line += 'data_options "${data[@]}"; printf \'%s\\n\' "${options[@]}"; '
    line += 'echo reads "${reads[@]}"'
    status, out, error = call(PARTS + line, "--dumpdir", dumps, *options)
    assert status == 0, error
    lines = out.splitlines()
    sound = f"{dumps}/raw/train/wav.scp,audio,sound"
    assert lines.count(sound) == 1 and f"{dumps}/x/train/x.scp,x,kaldi_ark" in lines
    assert f"{dumps}/raw/train/utt2num_samples" in lines
    encoded = [lines[n + 1] for n, word in enumerate(lines) if word == "--encode_audio"]
    assert encoded == ["latent=v", "loa=a"]
    assert not any(
        "train/latent.scp" in word or "train/loa.scp" in word for word in lines
    )
    assert f"{dumps}/latent/valid/latent.scp,latent,kaldi_ark" in lines
    assert " v/best " in lines[-1] and " a/best " in lines[-1]


@pytest.mark.parametrize("given", [("--features", "sometimes"), ("--dump_bits", "12")])
def test_unknown_forms_are_refused_with_what_is_accepted(given):
    status, _, error = call("check_features", *given)
    assert status == 2 and f"{given[0]} {given[1]}" in error
    assert "dumped or on_the_fly, and 32, 16 or 8" in error


def test_statistics_of_jobs_add_up_and_few_clips_are_one_job(tmp_path):
    script = (RECIPE / "scripts/train_model.sh").read_text()
    start = script.index("collect_in_jobs() {")
    function = script[start : script.index("\n}\n", start) + 3]
    stub = """
python3() { printf 'call'; printf '\\t%s' "$@"; echo; }
run_logged() { printf 'alone'; printf '\\t%s' "$@"; echo; }
"""
    shape = tmp_path / "shape"
    shape.write_text("".join(f"k{number} 1\n" for number in range(50)))
    for per_job, jobs in ((100, 1), (20, 3), (1, 4)):
        line = f"{stub}{function} train=(python3 -m x --train_shape_file {shape} -y); "
        line += f"nj=4 per_job={per_job}; collect_in_jobs {tmp_path}/stats{jobs}"
        status, out, error = call(line)
        assert status == 0, error
        if jobs == 1:
            assert out.startswith("alone\t0\t")
            continue
        first, second = out.splitlines()
        assert f"JOB=1:{jobs}" in first and f"{tmp_path}/stats{jobs}/keys.JOB" in first
        assert second.count("--input_dir") == jobs
        parts = [
            (tmp_path / f"stats{jobs}" / f"keys.{n}").read_text()
            for n in range(1, jobs + 1)
        ]
        assert "".join(parts) == shape.read_text()


def test_the_number_of_jobs_is_no_part_of_a_command_and_reaches_it(tmp_path):
    status, out, _ = call("nj=7 scripts/in_jobs.sh echo check")
    assert status == 0 and out.split() == ["check", "--nj", "7"]


def test_processes_do_not_change_the_result_of_a_check(tmp_path, monkeypatch):
    monkeypatch.setattr("espnet2.gen_audio.bin.check_data._LEAST_CLIPS", 4)
    import soundfile

    names = [f"k{number}" for number in range(10)]
    org = tmp_path / "org"
    org.mkdir()
    for number, name in enumerate(names):
        wave = np.zeros(3000) if number == 4 else np.sin(np.arange(3000 + number))
        soundfile.write(tmp_path / f"{name}.wav", 0.5 * wave, 16000)
    for file, value in (("wav.scp", "{p}/{n}.wav"), ("text", "x"), ("utt2spk", "{n}")):
        rows = (f"{n} {value.format(p=tmp_path, n=n)}\n" for n in names)
        (org / file).write_text("".join(rows))
    found = []
    for jobs in ("1", "3"):
        out = tmp_path / jobs
        words = ["--data_dir", str(org), "--output_dir", str(out), "--nj", jobs]
        check_data([*words, "--content", str(tmp_path / f"content{jobs}")])
        files = sorted(path for path in out.iterdir())
        found.append({path.name: path.read_text() for path in files})
        found[-1]["content"] = (tmp_path / f"content{jobs}").read_text()
    assert found[0] == found[1] and "digital silence" in json.dumps(found[0])
    assert len(found[0]["content"].splitlines()) == 9
