"""Formatting: mixed files in, one form out; bad files listed; any number of jobs."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.bin.data_dir import main as data_dir
from espnet2.gen_audio.bin.format_audio import main
from espnet2.gen_audio.bin.prepare_table import main as prepare_table
from espnet2.gen_audio.feats import sound_limits
from espnet2.gen_audio.kaldi.data_dir import read_data_dir, read_scp
from espnet2.gen_audio.recipe.rejects import read_rejects


def noise(seconds, rate, channels, seed=0):
    wave = np.random.default_rng(seed).standard_normal(
        (round(seconds * rate), channels)
    )
    return 0.1 * wave


@pytest.fixture
def corpus(tmp_path):
    """Write 20 files of all formats and rates, three bad; name a missing one."""
    rows = ["id\taudio\tcaption\tlabel\tspeaker"]
    rates = (8000, 11025, 16000, 22050, 32000, 44100, 48000)
    for n in range(17):
        path = tmp_path / f"c{n}.{('wav', 'flac', 'ogg')[n % 3]}"
        soundfile.write(path, noise(0.3, rates[n % 7], 1 + n % 2, n), rates[n % 7])
        label, speaker = ("cat", "s1") if n < 2 else ("dog", "")
        rows.append(f"c{n:02d}\t{path.name}\tCaption {n}.\t{label}\t{speaker}")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "cut.wav").write_bytes((tmp_path / "c0.wav").read_bytes()[:3000])
    (tmp_path / "text.wav").write_text("this is text\n" * 20)
    for name in ("empty", "cut", "text"):
        rows.append(f"{name}\t{name}.wav\tBad.\tdog\t")
    rows.append("gone\tgone.wav\tMissing.\tdog\t")
    (tmp_path / "my.tsv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "data"
    prepare_table(["--table", str(tmp_path / "my.tsv"), "--output_dir", str(out)])
    return out


def run(data, out, *options):
    main(["--data_dir", str(data), "--output_dir", str(out), *map(str, options)])
    return read_data_dir(out)


def test_mixed_files_become_mono_flac_of_one_rate(corpus, tmp_path):
    folder = run(corpus, tmp_path / "org")
    assert len(folder.utterances) == 17
    for key, path in folder.column("wav.scp").items():
        info = soundfile.info(path)
        assert path == f"{tmp_path}/org/audio/{key}.flac"
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert info.frames == int(folder.column("utt2num_samples")[key])
        assert abs(info.frames - 4800) < 20
    assert folder.column("text")["c03"] == "Caption 3."
    assert folder.column("utt2label")["c03"] == "dog"


def test_bad_files_are_left_out_with_the_reason(corpus, tmp_path):
    run(corpus, tmp_path / "org")
    reasons = {reject.id: reject.reason for reject in read_rejects(tmp_path / "org")}
    assert set(reasons) == {"empty", "cut", "text", "gone"}
    assert reasons["gone"] == "there is no such file"
    assert reasons["empty"].startswith("empty file: 0 bytes; ")
    assert reasons["cut"].startswith("truncated: the header states")
    assert reasons["text"].startswith("not a sound file: it holds plain text; ")


def test_any_number_of_jobs_writes_the_same_sounds(corpus, tmp_path):
    options = ("--augment_clips", 40, "--seed", 5)
    alone = run(corpus, tmp_path / "one", *options)
    parts = []
    for job in range(3):
        keys = tmp_path / f"keys.{job}"
        keys.write_text("\n".join(list(read_scp(corpus / "text"))[job::3]) + "\n")
        part = tmp_path / f"part.{job}"
        run(corpus, part, "--key_file", keys, "--audio_dir", tmp_path / "a", *options)
        parts.append(str(part))
    data_dir(["combine", str(tmp_path / "joined"), *parts])
    joined = read_data_dir(tmp_path / "joined")
    for name in alone.files:
        if name != "wav.scp":
            assert joined.column(name) == alone.column(name)
    for key, path in alone.column("wav.scp").items():
        with open(path, "rb") as one, open(joined.column("wav.scp")[key], "rb") as two:
            assert one.read() == two.read(), key
    assert read_rejects(tmp_path / "joined") == read_rejects(tmp_path / "one")


def test_copies_fill_the_scarce_label_and_carry_its_facts(corpus, tmp_path):
    folder = run(corpus, tmp_path / "org", "--augment_clips", 40)
    labels = list(folder.column("utt2label").values())
    assert labels.count("cat") == 20
    assert folder.column("text")["c00-a1"] == "Caption 0."
    assert folder.column("utt2recording")["c00-a1"] == "c00"
    assert folder.column("utt2spk")["c00-a1"] == "s1"
    copies = [k for k in folder.utterances if k.startswith("c02-a")]
    assert all(folder.column("utt2spk")[key] == key for key in copies)
    original, copy = (
        soundfile.read(folder.column("wav.scp")[key])[0] for key in ("c00", "c00-a1")
    )
    assert len(original) != len(copy)


def test_another_seed_makes_other_copies_but_the_same_originals(corpus, tmp_path):
    one = run(corpus, tmp_path / "1", "--augment_clips", 25, "--seed", 1)
    two = run(corpus, tmp_path / "2", "--augment_clips", 25, "--seed", 2)
    lengths = [folder.column("utt2num_samples") for folder in (one, two)]
    same = {key for key in lengths[0] if lengths[0][key] == lengths[1][key]}
    assert {f"c{n:02d}" for n in range(17)} <= same
    assert len(same) < len(lengths[0])


CORPUS = Path(__file__).resolve().parents[4] / "egs2" / "audioldm2" / "corpus"


def test_clips_of_the_default_corpus_are_what_the_plain_libraries_write(tmp_path):
    from torchaudio.functional import resample

    out = tmp_path / "data"
    table = CORPUS / "valid.tsv"
    prepare_table(["--table", str(table), "--output_dir", str(out)])
    data = read_data_dir(out)
    folder = run(out, tmp_path / "org", "--sample_rate", 22050)
    for key in data.utterances[::4]:
        recording, start, end = data.column("segments")[key].split()
        wave, rate = soundfile.read(data.column("wav.scp")[recording], dtype="float32")
        last = round(float(end) * rate) if float(end) > 0 else len(wave)
        part = torch.from_numpy(wave[round(float(start) * rate) : last])
        plain = tmp_path / "plain.flac"
        clip = resample(part, rate, 22050).numpy()
        assert np.abs(clip).max() < 0.99  # none is lowered
        soundfile.write(plain, clip, 22050, "PCM_16")
        assert plain.read_bytes() == Path(folder.column("wav.scp")[key]).read_bytes()


def test_segments_of_one_vorbis_file_are_decoded_once(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.ogg", noise(6.0, 16000, 1), 16000)
    rows = [f"x{n:03d}\ta.ogg\tc\t{n / 20}\t{n / 20 + 0.1}" for n in range(110)]
    rows += ["y\ta.ogg\tc\t4\t9", "z\tb.ogg\tc\t0\t1"]
    soundfile.write(tmp_path / "b.ogg", noise(1.0, 16000, 1), 16000)
    (tmp_path / "my.tsv").write_text(
        "id\taudio\tcaption\tstart\tend\n" + "\n".join(rows) + "\n"
    )
    data = tmp_path / "data"
    prepare_table(["--table", str(tmp_path / "my.tsv"), "--output_dir", str(data)])
    decoded, plain = [], soundfile.SoundFile.read

    def read(file, *args, **options):
        block = plain(file, *args, **options)
        decoded.append(len(block))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", read)
    folder = run(data, tmp_path / "org")
    assert sum(decoded) <= 7 * 16000
    assert len(folder.utterances) == 111 and len(folder.column("text")) == 111
    assert set(folder.column("utt2num_samples").values()) == {"1600", "16000"}
    (reject,) = read_rejects(tmp_path / "org")
    assert reject.id == "y" and "ends at 9 s, but the file lasts 6.000" in reject.reason


@pytest.mark.parametrize(
    "wave, reason",
    [
        (np.full((4000, 2), 3e38), "level out of bounds: sample 0 is 3e"),
        (np.r_[1e6, np.full(3999, 0.1)][:, None], "buried by its peak: the peak is 1e"),
        (np.outer(noise(0.25, 16000, 1), [1, -1]), "channels cancel each other"),
    ],
)
def test_sounds_that_16_bits_cannot_hold_are_listed(tmp_path, wave, reason):
    soundfile.write(tmp_path / "a.wav", wave, 16000, "FLOAT")
    soundfile.write(tmp_path / "b.wav", noise(0.3, 16000, 1), 16000)
    (tmp_path / "wav.scp").write_text(f"x {tmp_path}/a.wav\ny {tmp_path}/b.wav\n")
    assert run(tmp_path, tmp_path / "org").utterances == ["y"]
    (reject,) = read_rejects(tmp_path / "org")
    assert reject.id == "x" and reject.reason.startswith(reason)


def test_a_clip_too_long_for_memory_at_the_new_rate_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(sound_limits, "MOST_SAMPLES", 9000)
    soundfile.write(tmp_path / "a.wav", noise(1.0, 8000, 1), 8000)
    soundfile.write(tmp_path / "b.wav", noise(0.5, 8000, 1), 8000)
    (tmp_path / "wav.scp").write_text(f"x {tmp_path}/a.wav\ny {tmp_path}/b.wav\n")
    assert run(tmp_path, tmp_path / "org").utterances == ["y"]
    assert "too long: more than 9000" in read_rejects(tmp_path / "org")[0].reason


def test_segments_are_cut(tmp_path):
    wave = noise(1.0, 16000, 1)
    soundfile.write(tmp_path / "a.wav", wave, 16000)
    (tmp_path / "my.tsv").write_text(
        "id\taudio\tcaption\tstart\tend\n"
        "x\ta.wav\tc\t0.25\t0.5\ny\ta.wav\tc\t0.5\t\nz\ta.wav\tc\t0.5\t9\n"
    )
    data = tmp_path / "data"
    prepare_table(["--table", str(tmp_path / "my.tsv"), "--output_dir", str(data)])
    folder = run(data, tmp_path / "org", "--audio_format", "wav")
    assert folder.column("utt2num_samples") == {"x": "4000", "y": "8000"}
    assert "segments" not in folder.files
    cut, _ = soundfile.read(folder.column("wav.scp")["x"])
    np.testing.assert_allclose(cut, wave[4000:8000, 0], atol=1e-4)
    (reject,) = read_rejects(tmp_path / "org")
    assert reject.id == "z" and "segment ends at 9 s" in reject.reason


def test_a_loud_clip_is_lowered_and_not_clipped(tmp_path):
    wave = 3 * noise(0.2, 16000, 1) / 0.1
    soundfile.write(tmp_path / "a.wav", wave, 16000, subtype="FLOAT")
    (tmp_path / "wav.scp").write_text(f"x {tmp_path}/a.wav\n")
    folder = run(tmp_path, tmp_path / "org")
    formatted, _ = soundfile.read(folder.column("wav.scp")["x"])
    expected = wave[:, 0] * (0.99 / np.abs(wave).max())
    np.testing.assert_allclose(formatted, expected, atol=1e-4)


def test_only_bad_files_stop_the_stage_but_not_one_job_of_many(tmp_path, capsys):
    (tmp_path / "wav.scp").write_text(f"x {tmp_path}/none.wav\n")
    (tmp_path / "keys").write_text("x\n")
    part = run(tmp_path, tmp_path / "part", "--key_file", tmp_path / "keys")
    assert part.utterances == []
    assert [reject.id for reject in read_rejects(tmp_path / "part")] == ["x"]
    with pytest.raises(SystemExit):
        run(tmp_path, tmp_path / "org")
    error = capsys.readouterr().err.splitlines()[-1]
    assert "none of 1 clips can be used; first: x: the file does not exist;" in error


@pytest.mark.parametrize(
    "wav_scp, keys, message",
    [
        ("x sox a.wav |\n", "x\n", "x is a pipe"),
        ("x a.wav\n", "y\n", "id y is not in the data folder"),
        ("x a.wav\n\0x x 0 1_0", "x\n", "segments: x must read '<recording> <start>"),
        ("x a.wav\n\0x x nan 1", "x\n", "segments: x must read '<recording> <start>"),
    ],
)
def test_pipes_and_unknown_ids_are_refused(tmp_path, capsys, wav_scp, keys, message):
    wav_scp, _, segments = wav_scp.partition("\0")
    (tmp_path / "wav.scp").write_text(wav_scp)
    if segments:
        (tmp_path / "segments").write_text(segments)
    (tmp_path / "keys").write_text(keys)
    with pytest.raises(SystemExit):
        run(tmp_path, tmp_path / "org", "--key_file", tmp_path / "keys")
    assert message in capsys.readouterr().err


@pytest.fixture
def minute(tmp_path):
    """One recording of a minute, of which each second has a level of its own."""
    levels = np.repeat(np.linspace(0.1, 0.69, 60), 8000)
    wave = levels * np.tile([1, -1], len(levels) // 2)
    soundfile.write(tmp_path / "long.flac", wave, 8000)
    soundfile.write(tmp_path / "short.flac", wave[:8000], 8000)
    text = "id\taudio\tcaption\nlong\tlong.flac\tx\nlong\tlong.flac\ty\n"
    (tmp_path / "my.tsv").write_text(text + "short\tshort.flac\tz\n")
    out = tmp_path / "data"
    prepare_table(["--table", str(tmp_path / "my.tsv"), "--output_dir", str(out)])
    return out


def test_a_recording_of_a_minute_gives_all_its_clips_and_no_sound_twice(
    minute, tmp_path
):
    hop = ("--segment_hop", 10.24, "--sample_rate", 8000)
    folder = run(minute, tmp_path / "org", *hop)
    assert len(folder.utterances) == 6 + 1
    lengths = [int(n) for n in folder.column("utt2num_samples").values()]
    assert lengths == [81920] * 5 + [70400, 8000]
    waves = [soundfile.read(path)[0] for path in folder.column("wav.scp").values()]
    whole = soundfile.read(tmp_path / "long.flac")[0]
    np.testing.assert_allclose(np.concatenate(waves[:-1]), whole, atol=1e-4)
    assert folder.column("utt2recording")["long-00010240"] == "long"
    assert folder.column("utt2captions")["long-00051200"] == "x\ty"


def test_jobs_cut_as_one_job_does_and_rests_are_listed_once(minute, tmp_path):
    options = ("--segment_hop", 7, "--segment_seconds", 7, "--segment_least", 5)
    whole = run(minute, tmp_path / "whole", *options)
    for n, key in enumerate(("long", "short")):
        (tmp_path / f"keys.{n}").write_text(f"{key}\n")
        audio = ("--audio_dir", tmp_path / "whole" / "audio")
        run(
            minute,
            tmp_path / f"{n}",
            *options,
            "--key_file",
            f"{tmp_path}/keys.{n}",
            *audio,
        )
    data_dir(["combine", f"{tmp_path}/joined", f"{tmp_path}/0", f"{tmp_path}/1"])
    assert read_data_dir(tmp_path / "joined").files == whole.files
    (reject,) = read_rejects(tmp_path / "joined")
    assert reject.reason.startswith("rest too short: 4.00 s behind the last segment")


def test_without_a_hop_nothing_is_cut(minute, tmp_path):
    assert run(minute, tmp_path / "org").utterances == ["long", "short"]


def test_cutting_and_enlarging_exclude_each_other(minute, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(minute, tmp_path / "org", "--segment_hop", 5, "--augment_clips", 9)
    assert "--augment_clips 9 and --segment_hop 5.0 exclude" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option, value",
    [
        ("--sample_rate", "1"),
        ("--sample_rate", "0"),
        ("--augment_clips", "-1"),
        ("--num_threads", "0"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_its_option(
    tmp_path, capsys, option, value
):
    with pytest.raises(SystemExit):
        run(tmp_path, tmp_path / "out", option, value)
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}: got {value!r}; give a whole number" in last


def test_neither_the_data_folder_nor_a_sound_of_it_is_written_over(tmp_path, capsys):
    (tmp_path / "data" / "audio").mkdir(parents=True)
    sound = tmp_path / "data" / "audio" / "a.flac"
    soundfile.write(sound, noise(0.3, 16000, 1), 16000)
    for name, value in {"wav.scp": sound, "text": "A dog.", "utt2spk": "a"}.items():
        (tmp_path / "data" / name).write_text(f"a {value}\n")
    before = sound.read_bytes()
    (tmp_path / "same").symlink_to(tmp_path / "data")
    for out in ("data", "same"):
        with pytest.raises(SystemExit):
            run(tmp_path / "data", tmp_path / out)
        assert f"--output_dir {tmp_path / out} is --data_dir" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(tmp_path / "data", tmp_path / "o", "--audio_dir", sound.parent)
    message = "a.flac of a would be written over; give another --audio_dir"
    assert message in capsys.readouterr().err
    assert sound.read_bytes() == before and not (tmp_path / "o").exists()
    run(tmp_path / "data", tmp_path / "o")
