"""One request of options; the tests of the command show its refusals and files."""

import pytest
import soundfile
import torch

from espnet2.gen_audio.bin.gen_audio import get_parser
from espnet2.gen_audio.generation_options import single_request
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.request import Candidate
from espnet2.gen_audio.pipeline.text2audio import SINGLE


def parsed(*words):
    return get_parser().parse_args(["--model", "x", "-o", "a.wav", *words])


def test_options_become_a_request(system, source, tmp_path):
    path = tmp_path / "in.wav"
    soundfile.write(path, source.wave.numpy(), 16000)
    words = f"rain --seed 3 --task inpainting --source {path} --span 0.1 0.2".split()
    request = single_request.request_of(parsed(*words), system)
    assert (request.utt_id, request.caption, request.seed) == (SINGLE, "rain", 3)
    assert request.task == Inpainting(request.task.source, [[0.1, 0.2]])
    assert len(request.task.source) == len(source)


def test_the_files_of_all_candidates_are_known_before_they_are_made():
    paths = single_request.outputs_of(parsed("x", "--all", "--candidates", "3"))
    assert [path.name for path in paths] == ["a.wav", "a_2.wav", "a_3.wav"]
    (path,) = single_request.outputs_of(parsed("x", "--candidates", "3"))
    assert path.name == "a.wav"


def test_phonemes_are_for_speech_models(system, speech):
    args = parsed("a man", "--phonemes", "b a d")
    with pytest.raises(ValueError, match="this is no speech model"):
        single_request.request_of(args, system)
    assert single_request.request_of(args, speech).caption == "a man | b a d"


@pytest.mark.parametrize("peak, warned", [(0.001, True), (0.1, False)])
def test_a_sound_that_is_nearly_silent_is_warned_of(peak, warned, tmp_path, caplog):
    args = parsed("x")
    args.output = tmp_path / "a.wav"
    single_request.write(args, 16000, [Candidate(peak * torch.ones(1600))])
    said = "a.wav is nearly silent" in caplog.text and "another --seed" in caplog.text
    assert said is warned
