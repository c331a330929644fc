"""Options of trainings on clips without captions and on clips with weights."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import call  # noqa: E402

from espnet2.gen_audio.kaldi.data_dir import write_scp  # noqa: E402

OPTIONS = ("--audiomae_exp", "a", "--vae_exp", "v")
SPEECH_DATA = [
    "phonemes/%/phonemes,phonemes,text",
    "condition/%/sentence.scp,sentence,kaldi_ark",
    "raw/%/utt2num_samples,num_samples,text_int",
]
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


def test_every_line_of_the_arguments_of_a_training_reaches_it(dump):
    more = ("--loa_lm_args", "--max_epoch 3\n --batch_size 4\n")
    found = words(dump, "train_loa_lm", *more)
    assert found[-4:] == ["--max_epoch", "3", "--batch_size", "4"]


@pytest.mark.parametrize(
    "option",
    [
        ("--features", "on_the_fly"),
        ("--dump_bits", "8"),
        ("--sentence_source", "audio"),
    ],
)
def test_an_option_that_changes_the_data_changes_the_names(dump, option):
    names, models = "loa_lm; ldm; joint", ("--audiomae_exp", "a", "--vae_exp", "v")
    (dump / "raw/content.train").write_text("x")
    small = ("--geometry", "conf/mini/geometry.yaml", "--dumpdir", dump)
    for part in ("loa_lm", "ldm", "joint"):
        small += (f"--{part}_config", f"conf/mini/train_{part}.yaml")
    first, second = (call(names, *small, *models, *o) for o in ((), option))
    assert first[0] == second[0] == 0, first[2] + second[2]
    assert not {*first[1].split()} & {*second[1].split()}
    assert first[1].count("_mini_") == 3


def test_a_diffusion_model_beside_speech_takes_captions_if_its_config_says_so(dump):
    options = ("--g2p", "char", "--tokens_encoder", "t", "--sentence_encoder", "s")
    line = "text encoders; text dump_identity; text ldm_data; text null; text data"
    for config, wanted in (
        ("mini_speech/train_ldm.yaml", ["s", "s none text"]),
        (
            "starter/train_ldm.yaml",
            [
                *("s", "t", "s t text", "condition/%/sentence.scp,sentence,kaldi_ark"),
                "condition/%/tokens.scp,tokens,kaldi_ark",
                f"null_tokens={dump}/condition/null/tokens.npy",
            ],
        ),
    ):
        config = ("--ldm_config", f"conf/{config}", "--dumpdir", dump)
        code, out, error = call(line, *options, *config)
        assert code == 0, error
        assert out.splitlines() == [*wanted, *SPEECH_DATA]


def test_sounds_beside_speech_have_no_transcripts_and_are_scored_by_their_classes(dump):
    line = "text options; text identity; text transcripts; text scored_sets; "
    line += "has_speech || echo no speech"
    options = ("--g2p", "char", "--cleaner", "none", "--token_list", "published")
    options += ("--sentence_encoder", "s", "--dumpdir", dump, "--transcripts")
    for name in ("train", "test"):
        (dump / f"raw/{name}").mkdir(parents=True, exist_ok=True)
        (dump / f"raw/{name}/utt2label").write_text("a dog\n")
    code, out, error = call(line, *options, "some")
    assert code == 0, error
    first, *rest = out.split("--phonemes_conf\noptional=true\n")
    assert rest[0].splitlines() == [
        "s text char none published some",
        f"{dump}/phonemes/test/phonemes",
        *("train", "valid", "test", "no speech"),
    ]
    code, out, error = call(line, *options, "all")
    assert out == first + (
        f"s text char none published\n{dump}/raw/test/transcript\ntest\n"
    )


def test_a_model_without_loa_needs_neither_audiomae_nor_gpt2_nor_joint_training(dump):
    line = "for each in audiomae loa_lm; do is_needed ${each} && echo ${each}; done; "
    line += "specifies without_tokens && echo no tokens; specifies film && echo film; :"
    for name, wanted in (
        ("train_ldm.yaml", ["audiomae", "loa_lm"]),
        ("train_ldm_16k_t5.yaml", []),
        ("train_ldm_48k.yaml", ["no tokens", "film"]),
    ):
        code, out, error = call(line, "--ldm_config", f"conf/{name}")
        assert code == 0 and out.splitlines() == wanted, (name, error)


def test_an_earlier_run_with_a_student_or_given_parts_has_one_model_of_each_part(
    tmp_path,
):
    for name in ("ldm_a", "ldm_student_b", "vae_x", "vae_of_y", "ldm_of_z"):
        (tmp_path / name).mkdir()
    line = "earlier ldm; earlier vae; has_earlier joint || echo none"
    code, out, error = call(line, "--init_from_expdir", tmp_path)
    assert code == 0, error
    assert out.split() == [f"{tmp_path}/ldm_a", f"{tmp_path}/vae_x", "none"]


def test_texts_longer_than_the_model_reads_are_found_in_stage_4(tmp_path):
    config = ("--loa_lm_config", "conf/mini_speech/train_loa_lm.yaml")
    options = ("--g2p", "g2p_en_no_space", "--dumpdir", tmp_path)
    code, out, error = call("phonemes_prepare", *options, *config)
    assert code == 0 and out.count("--max_length\t60") == 3, error
    code, out, error = call("phonemes_prepare", *options)
    assert code == 0 and "--max_length" not in out, error
