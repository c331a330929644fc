"""Readers of long lists give what the toolkit's readers give."""

import pickle

import numpy as np
import soundfile
from espnet2.train.dataset import ESPnetDataset

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.kaldi.listed_data import listed_data


def test_every_form_of_data_is_read_as_by_the_toolkit_also_in_another_process(tmp_path):
    with MatrixWriter(tmp_path / "x.ark", tmp_path / "x.scp") as writer:
        for number, name in enumerate("ab"):
            writer[name] = np.full((3, 2), number)
            wave = np.linspace(-0.5, number, 40)
            soundfile.write(tmp_path / f"{name}.wav", wave, 8000)
    lines = "".join(f"{name} {tmp_path / name}.wav\n" for name in "ab")
    (tmp_path / "wav.scp").write_text(lines)
    (tmp_path / "ids").write_text("a 1 2 3\nb 4\n")
    data = [
        (str(tmp_path / "x.scp"), "latent", "kaldi_ark"),
        (str(tmp_path / "wav.scp"), "audio", "sound"),
        (str(tmp_path / "ids"), "ids", "text_int"),
    ]
    assert [form for *_, form in listed_data(data)][2] == "text_int"
    toolkit = ESPnetDataset(data)
    for own in (
        ESPnetDataset(listed_data(data)),
        pickle.loads(pickle.dumps(ESPnetDataset(listed_data(data)[:1]))),
    ):
        for name in "ab":
            expected, found = toolkit[name][1], own[name][1]
            for stream, values in found.items():
                np.testing.assert_array_equal(values, expected[stream])
                assert values.dtype == expected[stream].dtype


def test_texts_reach_the_preprocessor(tmp_path):
    (tmp_path / "text").write_text("a two  words\nb \n")

    def count(uid, data):
        return {"count": np.array([len(data["text"])])}

    data = [(str(tmp_path / "text"), "text", "text")]
    own = ESPnetDataset(listed_data(data), preprocess=count)
    assert own["a"][1]["count"] == len("two  words") and own["b"][1]["count"] == 0
