"""Options of trainings on clips without captions and on clips with weights."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import call  # noqa: E402

from espnet2.gen_audio.kaldi.data_dir import write_scp  # noqa: E402

OPTIONS = ("--audiomae_exp", "a", "--vae_exp", "v")
TAGS = ("--loa_lm_tag", "t", "--ldm_tag", "t", "--joint_tag", "t")


@pytest.fixture
def dump(tmp_path):
    for name in ("train", "valid"):
        write_scp(tmp_path / f"raw/{name}/text", {"a": "rain", "b": "a dog"})
        for stream in ("loa", "latent"):
            shapes = {"a": "4,8", "b": "2,8"}
            write_scp(tmp_path / f"{stream}/{name}/{stream}_shape", shapes)
    return tmp_path


def words(dump, function, *options):
    more = ("--dumpdir", dump, "--expdir", dump / "exp", *OPTIONS, *TAGS, *options)
    code, out, error = call(function, *more)
    assert code == 0, error
    return out.strip().split("\t")


def given(found, option):
    return [found[n + 1] for n, word in enumerate(found) if word == option]


def test_captions_of_all_clips_leave_the_shapes_and_options_as_they_were(dump):
    found = words(dump, "train_loa_lm")
    assert given(found, "--train_shape_file") == [f"{dump}/loa/train/loa_shape"]
    assert "--clip_weights" not in found and not (dump / "captioned").exists()


def test_clips_without_a_caption_train_the_diffusion_model_alone(dump):
    write_scp(dump / "raw/train/text", {"a": "", "b": "a dog"})
    (shape,) = given(words(dump, "train_loa_lm"), "--train_shape_file")
    assert Path(shape).read_text() == "b 2,8\n"
    (shape,) = given(words(dump, "train_ldm"), "--train_shape_file")
    assert shape == f"{dump}/latent/train/latent_shape"


def test_without_any_caption_gpt2_is_not_trained(dump):
    write_scp(dump / "raw/train/text", {"a": "", "b": ""})
    (line,) = words(dump, "train_loa_lm")
    assert line == "loa_lm: not trained, because no clip of train has a caption"
    assert words(dump, "train_ldm")[0] == "step"


def test_speech_needs_no_captions(dump):
    write_scp(dump / "raw/train/text", {"a": "", "b": "a dog"})
    found = words(dump, "train_loa_lm", "--g2p", "char")
    assert given(found, "--train_shape_file") == [f"{dump}/loa/train/loa_shape"]


def test_weights_of_the_training_set_reach_every_training(dump):
    write_scp(dump / "raw/train/utt2weight", {"a": "2", "b": "1"})
    for function in ("train_vocoder", "train_loa_lm", "train_ldm"):
        found = words(dump, function, "--vocoder_tag", "t")
        assert given(found, "--clip_weights") == [f"{dump}/raw/train/utt2weight"]
        assert f"{dump}/raw/train/utt2weight" in found[: found.index("--writes")]


def test_names_of_experiments_change_with_captions_and_weights(dump):
    write_scp(dump / "raw/content.train", {"a": "1", "b": "2"})
    geometry = ("--geometry", "conf/mini/geometry.yaml", "--dumpdir", dump)
    seen = [call("data_identity", *geometry)[1]]
    for name, rows in (("utt2captions", {"a": "rain\tx"}), ("utt2weight", {"a": "2"})):
        write_scp(dump / "raw/train" / name, rows)
        seen.append(call("data_identity", *geometry)[1])
    assert len(set(seen)) == 3


@pytest.mark.parametrize("part, option", [("train", True), ("test", False)])
def test_long_recordings_of_training_are_cut_to_the_geometry(dump, part, option):
    code, out, error = call("format_audio", "--datadir", dump, "--segment_hop", "5.12")
    assert code == 0, error
    (line,) = [x for x in out.splitlines() if f"format_audio.{part}" in x]
    assert ("--segment_hop\t5.12\t--segment_seconds\t10.24" in line) is option


def test_a_run_without_gpt2_may_be_started_from(tmp_path):
    for part in ("audiomae", "vae", "ldm"):
        folder = tmp_path / "earlier" / f"{part}_a"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text("latent_scale: 0.25\n")
    functions = (
        "prepare_earlier; is_continued ldm && echo ldm; is_continued loa_lm || true"
    )
    options = ("--expdir", tmp_path / "exp")
    options += ("--init_from_expdir", tmp_path / "earlier")
    code, out, error = call(functions, *options)
    assert code == 0, error
    lines = out.split("\n")
    assert lines[0].endswith("has no loa_lm_*; GPT-2 starts from random weights")
    assert lines[1] == "ldm"
    assert (tmp_path / "exp/earlier/latent_scale").read_text().strip() == "0.25"
