"""Sets of one run: names, order and what is refused before a sound is read."""

import pytest

from espnet2.gen_audio.metrics.protocol.sets import ScoredSets


def test_sets_are_named_after_their_folders_and_ids_are_sorted(sets):
    scps = [f"{sets}/same/wav.scp", f"ours@3={sets}/noisy/wav.scp"]
    found = ScoredSets.read(scps, sets / "ref/wav.scp", sets / "text")
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
    found = ScoredSets.read([f"{sets}/same/wav.scp"], scp, None)
    assert found.reference.recordings["c01"] == "one"
    assert found.reference.recordings["c02"] == "c02"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a gone.wav\n", "the sound of a is gone.wav, which is not there"),
        ("a cat a.wav |\n", "pipes are not run"),
        ("", "names no sound file"),
    ],
)
def test_sounds_that_are_not_there_are_refused_by_id(lines, message, tmp_path):
    (tmp_path / "wav.scp").write_text(lines)
    with pytest.raises(ValueError, match=message):
        ScoredSets.read([], tmp_path / "wav.scp", None)


def test_ids_missing_on_a_side_are_named(sets, tmp_path):
    lines = (sets / "same/wav.scp").read_text().splitlines(keepends=True)
    (tmp_path / "wav.scp").write_text("".join(lines[1:]))
    with pytest.raises(ValueError, match="wav.scp lacks c00 of .*ref/wav.scp"):
        ScoredSets.read([f"{tmp_path}/wav.scp"], sets / "ref/wav.scp", None)
    (tmp_path / "text").write_text("c00 a tone\n")
    with pytest.raises(ValueError, match="text lacks c01"):
        ScoredSets.read([], sets / "ref/wav.scp", tmp_path / "text")


def test_segments_beside_a_table_are_refused(sets, tmp_path):
    (tmp_path / "wav.scp").write_text((sets / "ref/wav.scp").read_text())
    (tmp_path / "segments").write_text("")
    with pytest.raises(ValueError, match="segments beside it"):
        ScoredSets.read([], tmp_path / "wav.scp", None)
