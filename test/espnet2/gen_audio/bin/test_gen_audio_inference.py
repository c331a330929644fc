"""The command that turns captions into audio files."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.bin import gen_audio_inference
from espnet2.gen_audio.bin.gen_audio_inference import main
from espnet2.gen_audio.compat import MatrixWriter, read_matrices
from espnet2.gen_audio.generation_options import model_options
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.load.experiments import load_vocoder
from espnet2.gen_audio.pipeline.reference_loa import SOURCES
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog", "d": "rain"}


@pytest.fixture
def call(experiments, system, tmp_path, monkeypatch):
    """Run the command on the tiny system; return the folder it wrote."""
    monkeypatch.setattr(model_options, "encoder_of", lambda args: system.encoder)
    text = tmp_path / "text"
    text.write_text("".join(f"{key} {caption}\n" for key, caption in CAPTIONS.items()))

    def run(name, *options, ids=""):
        words = ["--text", str(text), "--output_dir", str(tmp_path / name)]
        for option, part in (
            ("loa_lm_dir", "loa_lm"),
            ("ldm_dir", "ldm"),
            ("vae_dir", "vae"),
        ):
            words += [f"--{option}", str(experiments[part])]
        if ids:
            (tmp_path / "keys").write_text("".join(f"{key}\n" for key in ids))
            words += ["--key_file", str(tmp_path / "keys")]
        main([*words, "--steps", "2", "--eta", "1.0", *options])
        return tmp_path / name

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def test_every_caption_becomes_a_file_and_a_line_of_wav_scp(call):
    folder = call("out")
    lines = dict(line.split() for line in (folder / "wav.scp").read_text().splitlines())
    assert list(lines) == list(CAPTIONS)
    for path in lines.values():
        info = soundfile.info(path)
        assert (info.frames, info.samplerate, info.subtype) == (10240, 16000, "PCM_16")


def test_the_bytes_do_not_depend_on_order_or_on_how_jobs_are_split(call):
    whole = contents(call("whole"))
    parts = contents(call("one", ids="db")) | contents(call("two", ids="ca"))
    assert parts == whole and len(whole) == 4


def test_several_sources_and_seeds_get_a_folder_each(call):
    folder = call("many", "--seeds", "0", "1", "--sources", "predicted", "zero")
    names = {path.parent.name for path in folder.glob("*/wav.scp")}
    assert names == {"predicted_seed0", "predicted_seed1", "zero_seed0"}
    first = contents(folder / "predicted_seed0")
    assert first != contents(folder / "predicted_seed1")
    assert first == contents(call("single"))


@pytest.fixture
def recorded(tmp_path):
    """Options that name LOA of recordings, as stage dump_loa writes it."""
    rng = np.random.default_rng(0)
    with MatrixWriter(tmp_path / "loa.ark", tmp_path / "loa.scp") as writer:
        for utt_id in CAPTIONS:
            writer[utt_id] = rng.standard_normal((8, 16)).astype("float32")
    scp = str(tmp_path / "loa.scp")
    return ["--loa_scp", scp, "--train_loa_scp", scp]


def test_every_row_of_the_table_is_made_by_the_one_path(call, recorded):
    folder = call("rows", "--sources", *SOURCES, *recorded)
    rows = {row: contents(folder / f"{row}_seed0") for row in SOURCES}
    for row, sounds in rows.items():
        assert sounds.keys() == {f"{utt_id}.wav" for utt_id in CAPTIONS}, row
    assert len({sounds["a.wav"] for sounds in rows.values()}) == len(SOURCES)
    # the LOA of a row decides it: another caption's is that caption's prediction
    stored = read_matrices(str(folder / "loa.scp"))
    assert set(stored) == set(CAPTIONS) and stored["a"].shape == (2, 16)


def test_in_bfloat16_every_row_is_near_that_in_float32(call, recorded):
    options = ["--sources", *SOURCES, *recorded]
    single = call("single", *options)
    half = call("half", *options, "--dtype", "bfloat16")
    for row in SOURCES:
        for utt_id in CAPTIONS:
            name = f"{row}_seed0/{utt_id}.wav"
            wanted, made = (soundfile.read(f / name)[0] for f in (single, half))
            level = np.square(wanted).mean() ** 0.5
            assert 0.5 < np.square(made).mean() ** 0.5 / level < 2.0, name
    stored = read_matrices(str(half / "loa.scp"))
    wanted = read_matrices(str(single / "loa.scp"))
    for utt_id in CAPTIONS:
        near = torch.tensor(stored[utt_id]), torch.tensor(wanted[utt_id])
        torch.testing.assert_close(*near, rtol=0.05, atol=0.05)


def test_rows_of_references_are_refused_for_a_system_without_loa(
    call, system, monkeypatch, capsys
):
    specification = replace(system.specification, loa_factor=None)
    without = replace(system, specification=specification)
    monkeypatch.setattr(model_options, "load_experiments", lambda *_: without)
    with pytest.raises(SystemExit):
        call("bad", "--sources", "predicted", "zero")
    assert "--sources zero needs LOA" in capsys.readouterr().err


def loaded(*unused):
    raise AssertionError("a model was loaded")


@pytest.mark.parametrize(
    "options, message",
    [
        (["--sources", "guessed"], "choose from predicted, true"),
        (["--sources", "true"], "needs --loa_scp"),
        (["--scheduler", "nope"], "scheduler 'nope' is unknown"),
        (["--model", "x", "--sources", "untrained"], "in place of --model"),
        (["--candidates", "2"], "needs --model"),
        (["--behaviour", "official"], "--candidates 3 (default of behaviour official"),
        (["--guidance_scale", "-1"], "argument --guidance_scale: got '-1'; give"),
        (["--guidance_interval", "0.8", "0.2"], "--guidance_interval: got 0.8 0.2"),
        (["--steps", "1001"], "--steps: 1001 steps"),
        (["--scheduler", "dpm++", "--eta", "0.5"], "--eta: DPM"),
        (["--seeds", "1", "1"], "--seeds: got 1 1; give each value once"),
        (["--sources", "zero", "zero"], "--sources: got zero zero"),
        (["--seconds", "1e9"], "--seconds: got '1e9'; give a number above 0 to 3600"),
        (["--batch_size", "0"], "--batch_size: got '0'; give a whole number of 1"),
        (["--task", "continuation"], "--task continuation needs --source_scp"),
        (["--source_scp", "x"], "--task text_to_audio has no use for --source_scp"),
        (["--spans", "x"], "inpainting needs --spans"),
        (["--seeds", "0", "1", "--utt2seed", "x"], "--seeds 0 1 and --utt2seed: each"),
        (["--vocoder", "gone"], "--vocoder: got gone, which does not exist"),
        (["--weights", "gone.pth"], "--weights: got gone.pth, but --loa_lm_dir"),
        (["--sources", "true", "--loa_scp", "gone"], "--loa_scp: got gone, which"),
        (
            ["--behaviour", "official", "--candidates", "1", "--negative_prompt", "x"],
            "--negative_prompt: a negative prompt",
        ),
    ],
)
def test_what_cannot_work_ends_in_one_line_before_a_model_is_loaded(
    call, capsys, options, message, monkeypatch
):
    for module in (model_options, gen_audio_inference):
        monkeypatch.setattr(module, "system_of", loaded)
    with pytest.raises(SystemExit) as stop:
        call("bad", *options)
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and message in error


@pytest.fixture
def whole(call, system, monkeypatch):
    """Run the command on a whole system whose ranking prefers loud sounds."""
    vocoder = load_vocoder("griffin_lim", system.ldm)
    parts = replace(system.parts, vocoder=vocoder)

    def loudness(utt_id, caption, waves, *_):
        return waves.square().mean(dim=1).tolist()

    def opened(model, preset, device, dtype, low_memory):
        behaviour = behaviour_of(preset)
        return Text2Audio(System.of(parts, system.encoder, behaviour, loudness))

    monkeypatch.setattr(Text2Audio, "from_pretrained", opened)
    yield lambda name, *options: call(name, "--model", "a/system", *options)
    system.loa_lm.lm.sequence.padding = "strip"


def test_a_whole_system_makes_what_its_parts_make(call, whole):
    assert contents(whole("model")) == contents(call("parts"))


def test_the_best_candidate_is_written_and_all_scores_are_recorded(whole):
    folder = whole("best", "--candidates", "3")
    rows = [
        json.loads(line)
        for line in (folder / "candidates.jsonl").read_text().splitlines()
    ]
    assert len(rows) == 3 * len(CAPTIONS)
    for utt_id in CAPTIONS:
        own = [row for row in rows if row["id"] == utt_id]
        best = max(own, key=lambda row: row["clap"])
        assert [row for row in own if row["chosen"]] == [best]
        wave, _ = soundfile.read(folder / f"{utt_id}.wav")
        assert abs((wave**2).mean() - min(best["clap"], 1.0)) < 0.05 or best["clap"] > 1


def test_the_official_preset_makes_three_and_a_negative_prompt_needs_ours(
    whole, capsys
):
    rows = (
        whole("official", "--behaviour", "official") / "candidates.jsonl"
    ).read_text()
    assert len(rows.splitlines()) == 3 * len(CAPTIONS)  # the best is kept
    with pytest.raises(SystemExit):
        whole("led", "--behaviour", "official", "--negative_prompt", "rain")
    assert "--behaviour ours" in capsys.readouterr().err
    led = contents(whole("away", "--negative_prompt", "rain"))
    assert led != contents(whole("plain"))


@pytest.fixture
def speak(speech_experiments, tmp_path):
    """Run the command on the experiments of the tiny speech system."""

    def run(name, *options, text="a a man\nb a woman\n", **tables):
        (tmp_path / "text").write_text(text)
        words = ["--text", f"{tmp_path}/text", "--output_dir", f"{tmp_path}/{name}"]
        for option in ("loa_lm", "ldm", "vae"):
            words += [f"--{option}_dir", str(speech_experiments[option])]
        for table, rows in tables.items():
            (tmp_path / table).write_text(rows)
            words += [f"--{table}", str(tmp_path / table)]
        main([*words, "--steps", "2", "--eta", "0", *options])
        return contents(tmp_path / name)

    return run


def test_transcripts_phonemes_and_captions_that_hold_them_sound_alike(speak):
    written = speak("written", transcript="a hello\nb bad dog\n")
    assert written == speak("spelt", phonemes="a h e l l o\nb b a d <space> d o g\n")
    whole = "a a man | hello\nb a woman | bad dog\n"
    assert written == speak("whole", text=whole) and len(written) == 2


def test_ones_own_phonemes_need_no_caption_encoder(speak):
    options = ["--sentence_encoder", "no/such/model"]
    assert speak("out", *options, transcript="a hello\nb bad\n")


@pytest.mark.parametrize(
    "tables, message",
    [
        ({}, "has no phonemes; give a speech model a transcript"),
        ({"transcript": "a hello\n"}, "transcript has no line for b"),
        ({"transcript": "a hello\nb\n"}, "transcript, line 2: b without words; write"),
        ({"text": "a\nb a man\n", "phonemes": "a x\nb\n"}, "line 2: b without words"),
        ({"transcript": "a hello\nb \u2603\n"}, "hold no known symbol"),
        ({"transcript": "a x\n", "phonemes": "a x\n"}, "give one of them"),
        (
            {"transcript": "a x\n", "source_transcript": "a x\n"},
            "needs --transcript and --source_scp",
        ),
    ],
)
def test_speech_that_cannot_be_made_ends_in_one_line(speak, capsys, tables, message):
    with pytest.raises(SystemExit) as stop:
        speak("bad", **tables)
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and message in error


@pytest.mark.parametrize(
    "text, message",
    [
        ("a rain\nb\nc wind\n", "line 2: b without words; write them after the id"),
        ("a rain\n../x wind\n", "line 2: id '../x' cannot be a file name"),
        ("a rain\nb/c wind\n", "line 2: id 'b/c' cannot be a file name"),
        ("A dog barks\nRain falls\n", "an id or the first word of a caption?"),
        ("A dog barks\nA cat\n", "id A occurs twice.*for a list of captions without"),
        ("a rain\n wind\n", "line 2: no id at the start"),
    ],
)
def test_a_fault_of_the_text_is_told_before_anything_is_loaded_or_written(
    call, capsys, tmp_path, monkeypatch, text, message
):
    monkeypatch.setattr(model_options, "load_experiments", None)
    (tmp_path / "bad").write_text(text)
    with pytest.raises(SystemExit) as stop:
        call("out", "--text", str(tmp_path / "bad"))
    assert stop.value.code == 2
    assert re.search(message, capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_a_list_of_captions_becomes_numbered_sounds(call, tmp_path):
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbfcaption\r\n\r\nA dog\r\nRain\r\n")
    folder = call("out", "--text", str(tmp_path / "list"))
    assert sorted(contents(folder)) == ["caption-0001.wav", "caption-0002.wav"]


@pytest.mark.parametrize("option", ["transcript", "phonemes"])
def test_speech_of_a_model_without_phonemes_is_refused(call, capsys, tmp_path, option):
    lines = "".join(f"{key} hi\n" for key in CAPTIONS)
    (tmp_path / "words").write_text(lines)
    with pytest.raises(SystemExit) as stop:
        call("bad", f"--{option}", str(tmp_path / "words"))
    assert stop.value.code == 2
    assert f"--{option} {tmp_path}/words was given, but" in capsys.readouterr().err


def test_a_data_folder_is_not_written_into(call, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(gen_audio_inference, "system_of", loaded)
    (tmp_path / "wav.scp").write_text("a a.wav\n")
    (tmp_path / "text").write_text("a rain\n")
    with pytest.raises(SystemExit):
        call("own", "--text", str(tmp_path / "text"), "--output_dir", str(tmp_path))
    assert "wav.scp would be written over; give another" in capsys.readouterr().err


def test_the_seed_of_a_clip_is_recorded_with_its_candidates(whole, tmp_path):
    (tmp_path / "utt2seed").write_text("".join(f"{key} 7\n" for key in CAPTIONS))
    folder = whole(
        "own_seed", "--candidates", "2", "--utt2seed", f"{tmp_path}/utt2seed"
    )
    lines = (folder / "candidates.jsonl").read_text().splitlines()
    assert {json.loads(line)["seed"] for line in lines} == {7}
