"""Sets of one run: names, order and what is refused before a sound is read."""

import pytest

from espnet2.gen_audio.metrics.protocol.sets import Part, ScoredSets, SetTables
from espnet2.gen_audio.metrics.protocol.sound_files import SoundFiles


def read(generated, reference, *texts, part=Part()):
    """Read the tables of a run; nothing is cut."""
    tables = SetTables(generated, reference, *texts)
    return ScoredSets.read(tables, SoundFiles(reference.parent / "store"), part)


def test_sets_are_named_after_their_folders_and_ids_are_sorted(sets):
    scps = [f"{sets}/same/wav.scp", f"ours@3={sets}/noisy/wav.scp"]
    found = read(scps, sets / "ref/wav.scp", sets / "text")
    assert {name: list(seeds) for name, seeds in found.wavs.items()} == {
        "same": [""],
        "ours": ["3"],
    }
    assert found.reference.ids == sorted(found.reference.ids)
    assert list(found.wavs["ours"]["3"]) == found.reference.ids
    assert len(found.captions_sha256) == 64


def test_recordings_of_several_captions_are_known_by_their_table(sets, tmp_path):
    scp = tmp_path / "wav.scp"
    scp.write_text((sets / "ref/wav.scp").read_text())
    (tmp_path / "utt2recording").write_text("c00 one\nc01 one\n")
    found = read([f"{sets}/same/wav.scp"], scp)
    assert found.reference.recordings["c01"] == "one"
    assert found.reference.recordings["c02"] == "c02"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a gone.wav\n", "the sound of a is gone.wav, which is not there"),
        ("a cat a.wav |\n", r"is a command \(cat a.wav \|\); add --run_pipes"),
        ("", "names no sound file"),
    ],
)
def test_sounds_that_are_not_there_are_refused_by_id(lines, message, tmp_path):
    (tmp_path / "wav.scp").write_text(lines)
    with pytest.raises(ValueError, match=message):
        read([], tmp_path / "wav.scp")


def test_ids_missing_on_a_side_are_named(sets, tmp_path):
    lines = (sets / "same/wav.scp").read_text().splitlines(keepends=True)
    (tmp_path / "wav.scp").write_text("".join(lines[1:]))
    with pytest.raises(ValueError, match="wav.scp lacks c00 of .*ref/wav.scp"):
        read([f"{tmp_path}/wav.scp"], sets / "ref/wav.scp")
    (tmp_path / "text").write_text("c00 a tone\n")
    with pytest.raises(ValueError, match="text lacks c01"):
        read([], sets / "ref/wav.scp", tmp_path / "text")


def test_jobs_share_the_ids_between_them_and_check_all(sets):
    scps, reference = [f"{sets}/same/wav.scp"], sets / "ref/wav.scp"
    texts = (sets / "text", sets / "text")
    whole = read(scps, reference, *texts)
    parts = [read(scps, reference, *texts, part=Part(n, 3)) for n in (1, 2, 3)]
    found = [clip for part in parts for clip in part.reference.ids]
    assert sorted(found) == whole.reference.ids and len(found) == 16
    assert {one.captions_sha256 for one in parts} == {whole.captions_sha256}
    assert list(parts[1].transcripts) == parts[1].reference.ids


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/"])
def test_a_part_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is not <job>/<jobs>"):
        Part.of(text)
