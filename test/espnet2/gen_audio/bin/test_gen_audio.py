"""The command for people: one request, one file, one clear line where it cannot be."""

import json
import os
import resource

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin import gen_audio
from espnet2.gen_audio.bin.gen_audio import main


@pytest.fixture
def call(editor, tmp_path, monkeypatch, source):
    """Run the command on the tiny system, which has no phonemes."""
    monkeypatch.setattr(
        gen_audio.Text2Audio,
        "from_pretrained",
        lambda *arguments: gen_audio.Text2Audio(editor),
    )
    soundfile.write(tmp_path / "in.wav", source.wave.numpy(), 16000)

    def run(*words, output="out.wav"):
        quick = ["--steps", "2", "--model", "tiny", "-o", str(tmp_path / output)]
        main([*map(str, words), *quick])
        return tmp_path / output

    run.given = ["--source", str(tmp_path / "in.wav")]
    return run


def left_over(folder):
    return [path.name for path in folder.iterdir() if path.name != "in.wav"]


def test_a_prompt_becomes_a_file_and_the_file_is_named(call, capsys):
    path = call("a dog barks", "--seconds", "1.0", output="new/dog.flac")
    assert soundfile.info(path).frames == 16000
    output = capsys.readouterr()
    assert (
        str(path) in output.out and "made in" in output.out and "sampling" in output.err
    )


def test_json_is_one_line_and_nothing_else(call, capsys):
    path = call("a dog barks", "--json")
    output = capsys.readouterr()
    found = json.loads(output.out)
    assert found["sounds"] == [{"file": str(path), "seconds": 0.64, "clap": None}]
    assert output.err == ""


def test_the_same_request_gives_the_same_bytes_and_another_seed_does_not(call):
    first = call("drum").read_bytes()
    assert call("drum", output="again.wav").read_bytes() == first
    assert call("drum", "--seed", "1", output="other.wav").read_bytes() != first


@pytest.mark.parametrize(
    "words, seconds",
    [
        (["--task", "audio_prompt"], 0.64),
        (["--task", "continuation", "--seconds", "0.5"], 1.4),
        (["rain", "--task", "inpainting", "--span", "0.3", "0.5"], 0.9),
        (["--task", "super_resolution", "--cut", "2000"], 0.9),
        (["rain", "--task", "style_transfer", "--strength", "0.3"], 0.9),
    ],
)
def test_every_task_makes_a_file_of_its_length(call, words, seconds):
    info = soundfile.info(call(*words, *call.given))
    assert info.frames == round(seconds * 16000) and info.subtype == "PCM_16"


@pytest.mark.parametrize(
    "words, message",
    [
        (["drum", "--seconds", "-1"], "--seconds: got '-1'; give a number above 0"),
        (["drum", "--seconds", "nan"], "--seconds: got 'nan'"),
        (["", "--steps", "5"], "the prompt '' is empty"),
        (["a \udcff dog"], "prompt: got 'a \\udcff dog', in which '\\udcff' is no"),
        (["drum", "--negative_prompt", "\udcff"], "--negative_prompt: got '\\udcff'"),
        (["\u200b"], "the prompt '\\u200b' is empty"),
        (
            ["a man", "--transcript", "\u200b "],
            "--transcript: got '\\u200b '; give words",
        ),
        (["drum", "--task", "continuation"], "needs --source"),
        (
            ["drum", "--source", "none.wav", "--task", "audio_prompt"],
            "--source: got none.wav, which",
        ),
        (["drum", "--scheduler", "nope"], "'nope' is unknown"),
        (["a man speaks", "--phonemes", "h"], "no speech model"),
        (
            ["a man speaks", "--transcript", "hi"],
            "--transcript was given, but this is no speech model",
        ),
        (["a man", "--transcript", "a", "--phonemes", "a"], "give one of them"),
        (["a man", "--source_transcript", "a"], "needs --transcript and --source"),
        (["drum", "--task", "inpainting"], "needs --span"),
        (
            ["x", "--task", "inpainting", "--span", "2", "1", "--source", "y"],
            "--span: got 2 1",
        ),
        (["drum", "--candidates", "3"], "need a ranking"),
        (["drum", "--candidates", "0"], "--candidates: got '0'"),
    ],
)
def test_a_bad_request_ends_in_one_line_and_leaves_no_file(
    call, capsys, tmp_path, words, message
):
    with pytest.raises(SystemExit) as stop:
        call(*words)
    assert stop.value.code == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1 and message in errors[0]
    assert left_over(tmp_path) == []


def test_the_given_sound_is_not_written_over(call, capsys, tmp_path):
    content = (tmp_path / "in.wav").read_bytes()
    with pytest.raises(SystemExit):
        call("x", *call.given, "--task", "audio_prompt", output="in.wav")
    assert "in.wav would be written over" in capsys.readouterr().err
    assert (tmp_path / "in.wav").read_bytes() == content


def test_zero_steps_are_refused(call, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["drum", "--model", "x", "-o", "x.wav", "--steps", "0"])
    assert stop.value.code == 2 and "--steps: got '0'" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_refused_before_loading(
    call, capsys, tmp_path, monkeypatch
):
    with pytest.raises(SystemExit):
        call("drum", output="out.mp3")
    assert "must end in .wav or .flac" in capsys.readouterr().err
    monkeypatch.setattr(os, "access", lambda *arguments: False)  # root may do all
    with pytest.raises(SystemExit) as stop:
        call("drum", output="closed/out.wav")
    assert stop.value.code == 2 and "not writable" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        call("drum", output="in.wav/out.wav")
    assert stop.value.code == 2 and "in.wav is no folder" in capsys.readouterr().err


def test_a_file_that_finds_no_room_ends_in_one_line_and_leaves_no_half_of_it(
    call, capsys, tmp_path
):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # as on a full disk
    try:
        with pytest.raises(SystemExit) as stop:
            call("drum")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert stop.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(f"{tmp_path / 'out.wav'}: File too large")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    "content, message",
    [
        (b"0.1 0.2", "is no .npy file of numbers"),
        (b"", "is no .npy file of numbers"),
        (np.ones((4, 1)), "condition 'loudness' was given, but this model has none"),
    ],
)
def test_a_condition_that_cannot_be_used_ends_in_one_line(
    call, capsys, tmp_path, content, message
):
    path = tmp_path / "contour.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    with pytest.raises(SystemExit) as stop:
        call("drum", "--condition", f"loudness={path}")
    assert stop.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_sound_with_nan_is_refused(call, capsys, tmp_path):
    soundfile.write(tmp_path / "in.wav", np.full(9000, np.nan), 16000, "FLOAT")
    with pytest.raises(SystemExit) as stop:
        call("rain", "--task", "style_transfer", *call.given)
    assert stop.value.code == 2 and "not finite" in capsys.readouterr().err


def test_a_transcript_sounds_as_its_phonemes_do(
    call, speech, monkeypatch, tmp_path, capsys
):
    text2audio = gen_audio.Text2Audio(speech)
    monkeypatch.setattr(gen_audio.Text2Audio, "from_pretrained", lambda *_: text2audio)
    written = call("a man", "--transcript", "hello").read_bytes()
    spelt = call("a man", "--phonemes", "hello", output="spelt.wav").read_bytes()
    other = call("a man", "--transcript", "bad", output="other.wav").read_bytes()
    assert written == spelt and written != other
    with pytest.raises(SystemExit) as stop:
        call("a man | bad", "--transcript", "hello")
    assert stop.value.code == 2
    assert "give either these or a transcript" in capsys.readouterr().err
