"""The page's sounds and refusals are those of the command, to the bit and the word."""

import logging
import shlex
import threading

import pytest
import soundfile
import torch

from espnet2.gen_audio.bin import gen_audio
from espnet2.gen_audio.demo import sound_maker
from espnet2.gen_audio.pipeline.load import offers


@pytest.fixture
def given(source, tmp_path):
    """Return the file of a given sound."""
    path = tmp_path / "in.wav"
    soundfile.write(path, source.wave.numpy(), 16000)
    return str(path)


@pytest.fixture
def command(editor, monkeypatch, tmp_path):
    """Return what runs the command on the tiny system, and reads what it wrote."""
    text2audio = gen_audio.Text2Audio(editor)
    monkeypatch.setattr(gen_audio.Text2Audio, "from_pretrained", lambda *_: text2audio)
    monkeypatch.setattr(offers, "offers_of", lambda _: offers.Offers(("ldm",)))

    def run(*words):
        path = tmp_path / "command.wav"
        gen_audio.main(["--model", "tiny", "-o", str(path), *words])
        return path.read_bytes()

    return run


@pytest.fixture
def maker(maker_of, editor):
    return maker_of(editor, "--steps", "2")


@pytest.mark.parametrize(
    "entries, words",
    [
        ({"prompt": "a dog", "seed": "3"}, ["a dog", "--seed", "3"]),
        ({"task": "continuation", "seconds": "0.5"}, ["--seconds", "0.5"]),
        ({"prompt": "rain", "task": "inpainting", "span": "0.3 0.5"}, ["rain"]),
        ({"prompt": "x", "task": "style_transfer", "negative_prompt": "y"}, ["x"]),
    ],
)
def test_a_sound_is_that_of_the_command_to_the_bit(
    maker, command, given, entries, words
):
    task = entries.get("task", "text_to_audio")
    if task != "text_to_audio":
        entries = entries | {"source": given}
        words = [*words, "--task", task, "--source", given]
    words += ["--span", "0.3", "0.5"] if "span" in entries else []
    words += ["--negative_prompt", "y"] if "negative_prompt" in entries else []
    answer = maker.answer({"preset": "balanced", "steps": "2", **entries})
    made = answer.sound.read_bytes()
    assert made == command("--steps", "2", *words)
    # and that of the command that the page shows
    shown = shlex.split(answer.command.replace("in.wav", given))
    assert shown[:3] == ["espnet-gen-audio", "-o", "sound.wav"]
    assert made == command(*shown[3:])
    assert (
        maker.answer({**entries, "steps": "2", "seed": "4"}).sound.read_bytes() != made
    )


def test_what_a_sound_took_is_said(maker):
    guided = maker.answer({"prompt": "a dog", "steps": "3"})
    first, warned = guided.text.splitlines()
    assert first.startswith("0.64 s of sound, made in ")
    assert first.endswith("dpm++, 6 passes of the diffusion model")
    assert warned.startswith("warning: sound.wav: peak ")  # an untrained system's
    plain = maker.answer({"prompt": "a dog", "steps": "3", "guidance_scale": "1"})
    assert ", 3 passes of the diffusion model" in plain.text
    assert plain.picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "entries",
    [
        {"prompt": " \u200b"},
        {"prompt": "a dog", "seed": "1_0"},
        {"prompt": "a dog", "steps": "many"},
        {"prompt": "a dog", "scheduler": "nope"},
        {"prompt": "a dog", "seconds": "-1"},
        {"prompt": "a dog", "preset": "instant"},
        {"prompt": "a dog", "negative_prompt": "x", "guidance_scale": "1"},
        {"task": "continuation"},
        {"task": "inpainting", "source": "in.wav"},
        {"task": "style_transfer", "source": "in.wav", "prompt": ""},
        {"task": "super_resolution", "source": "broken.wav", "cut": "2000"},
        {"task": "super_resolution", "source": "gone.wav"},
    ],
)
def test_a_refusal_is_the_line_of_the_command_and_leaves_no_file(
    maker, command, capsys, given, tmp_path, entries
):
    (tmp_path / "broken.wav").write_text("no sound")
    words = [f"--{k}={v}" for k, v in entries.items() if k not in ("prompt", "source")]
    if "source" in entries:
        entries = entries | {"source": str(tmp_path / entries["source"])}
        words.append(f"--source={entries['source']}")
    with pytest.raises(SystemExit):
        command(entries.get("prompt", ""), *words)
    line = capsys.readouterr().err.splitlines()[-1].split(": ", 1)[1]
    answer = maker.answer(entries)
    assert answer.text == line.replace(f"{tmp_path}/", "")
    assert answer.text.startswith("error: ") and "\n" not in answer.text
    assert answer.sound is None and answer.picture is None and answer.command == ""
    assert list(maker.folder.iterdir()) == []


def test_a_fault_of_the_program_is_one_line_too(maker, monkeypatch):
    def fail(*_):
        raise AssertionError("impossible\nreally")

    monkeypatch.setattr(sound_maker, "sounds_of", fail)
    text = maker.answer({"prompt": "a dog"}).text
    assert text.startswith("error: AssertionError: impossible really (test_sound_maker")


def test_what_the_log_warns_of_is_shown(maker, monkeypatch):
    def warn(*words):
        logging.warning("the caption\nwas cut")
        threads = [threading.Thread(target=logging.warning, args=("of another",))]
        threads[0].start()
        threads[0].join()
        return sounds_of(*words)

    sounds_of = sound_maker.sounds_of
    monkeypatch.setattr(sound_maker, "sounds_of", warn)
    text = maker.answer({"prompt": "a dog", "steps": "2"}).text
    assert text.splitlines()[1] == "warning: the caption was cut"
    assert "of another" not in text


def test_requests_at_once_are_made_one_after_the_other(maker, monkeypatch):
    inside, most, sounds_of = [], [], sound_maker.sounds_of

    def slow(*words):
        inside.append(torch.get_num_threads())
        most.append(len(inside))
        made = sounds_of(*words)
        inside.pop()
        return made

    monkeypatch.setattr(sound_maker, "sounds_of", slow)
    answers = []
    entries = {"prompt": "a dog", "steps": "2"}
    threads = [
        threading.Thread(target=lambda: answers.append(maker.answer(entries)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4
    assert len({answer.sound.read_bytes() for answer in answers}) == 1
    assert len({answer.sound for answer in answers}) == 4


def test_every_thread_of_a_server_computes_with_the_threads_of_the_command(
    maker_of, editor, monkeypatch
):
    counts, sounds_of = [], sound_maker.sounds_of

    def note(*words):
        counts.append(torch.get_num_threads())
        return sounds_of(*words)

    monkeypatch.setattr(sound_maker, "sounds_of", note)
    maker = maker_of(editor, "--num_threads", "2")
    entries = {"prompt": "a dog", "steps": "1", "scheduler": "ddim"}
    thread = threading.Thread(target=maker.answer, args=(entries,))
    thread.start()
    thread.join()
    assert counts == [2]


def test_options_beside_the_page_are_its_start_or_hold_for_all_requests(
    maker_of, editor
):
    maker = maker_of(editor, "--steps", "2", "--seed", "5", "--guidance_rescale", "0.5")
    assert (maker.start_of("steps"), maker.start_of("seed")) == ("2", "5")
    assert (maker.start_of("seconds"), maker.start_of("loa_only")) == ("", False)
    assert maker.fixed == ["--model=tiny", "--guidance_rescale=0.5"]
    entries = {"prompt": "a dog", "steps": "2"}
    rescaled = maker.answer(entries).sound.read_bytes()
    plain = maker_of(editor).answer(entries).sound.read_bytes()
    assert rescaled != plain


def test_solver_steps_are_seen_by_who_watches(maker):
    seen = []

    def watch(steps):
        for step in steps:
            seen.append(int(step))
            yield step

    maker.answer({"prompt": "a dog", "steps": "3"}, watch)
    assert len(seen) == 3 and seen == sorted(seen, reverse=True)


def test_a_transcript_sounds_as_by_the_command(maker_of, speech, monkeypatch, tmp_path):
    text2audio = gen_audio.Text2Audio(speech)
    monkeypatch.setattr(gen_audio.Text2Audio, "from_pretrained", lambda *_: text2audio)
    path = tmp_path / "a.wav"
    words = ["a man", "--transcript", "hello", "--steps", "2"]
    gen_audio.main([*words, "--model", "tiny", "-o", str(path)])
    entries = {"prompt": "a man", "transcript": "hello", "steps": "2"}
    answer = maker_of(speech).answer(entries)
    assert answer.sound.read_bytes() == path.read_bytes()
