"""Long recordings become clips a hop apart; what is left is counted."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.kaldi.data_dir import DataFolder
from espnet2.gen_audio.preprocess.segmenter import Segmenter, cut

RATE = 8000


def lengths(spans):
    return [round(end - start, 3) for start, end in spans]


def test_segments_without_overlap_cover_a_recording_of_a_minute():
    spans = Segmenter(10.24, 10.24).spans(0.0, 60.0)
    assert lengths(spans) == [10.24] * 5 + [8.8]
    assert [start for start, _ in spans] == pytest.approx(np.arange(6) * 10.24)
    assert spans[-1][1] == 60.0


def test_segments_overlap_by_what_the_hop_is_shorter():
    spans = Segmenter(10.24, 5.12).spans(0.0, 60.0)
    assert len(spans) == 11 and spans[1] == pytest.approx((5.12, 15.36))
    assert spans[-1] == pytest.approx((51.2, 60.0))


@pytest.mark.parametrize("end, count", [(10.0, 1), (10.24, 1), (11.0, 1), (11.3, 2)])
def test_a_rest_shorter_than_the_least_length_is_no_segment(end, count):
    assert len(Segmenter(10.24, 10.24, least=1.0).spans(0.0, end)) == count


def test_a_part_of_a_file_is_cut_within_its_bounds():
    assert Segmenter(2.0, 2.0).spans(3.0, 6.5) == [(3.0, 5.0), (5.0, 6.5)]


@pytest.mark.parametrize("values", [(0, 1, 1), (1, 0, 1), (2, 1, 3), (2, 1, 0)])
def test_impossible_lengths_are_refused(values):
    with pytest.raises(ValueError, match="lengths must be above 0"):
        Segmenter(*values)


@pytest.fixture
def folder(tmp_path):
    """One long recording with all columns, a short one, one that is no sound."""
    for name, seconds in (("long", 7.4), ("short", 1.5)):
        soundfile.write(tmp_path / f"{name}.wav", np.ones(int(seconds * RATE)), RATE)
    (tmp_path / "bad.wav").write_bytes(b"x")
    names = ("bad", "long", "short")
    files = {
        "wav.scp": {name: str(tmp_path / f"{name}.wav") for name in names},
        "text": {name: f"a {name} sound" for name in names},
        "utt2captions": {"long": "a long sound\tmuch"},
        "utt2label": {"long": "hum"},
        "utt2recording": {"long": "first"},
    }
    return DataFolder(files)


def places(folder):
    return {key: (path, (None, None)) for key, path in folder.files["wav.scp"].items()}


def test_segments_keep_the_columns_of_their_recording(folder):
    made, rejects = cut(folder, places(folder), Segmenter(2.0, 2.0, 1.5))
    long = ["long-00000000", "long-00002000", "long-00004000"]
    assert made.utterances == ["bad", *long, "short"]
    assert made.column("segments")[long[2]] == "long 4.000000 6.000000"
    for name in long:
        assert made.column("text")[name] == "a long sound"
        assert made.column("utt2captions")[name] == "a long sound\tmuch"
        assert made.column("utt2recording")[name] == "first"
    assert made.column("utt2recording")["short"] == "short"
    assert "short" not in made.column("utt2label")
    ((name, _, reason),) = rejects
    assert name == "long-rest"
    assert reason.startswith("rest too short: 1.40 s behind the last segment")


def test_a_short_recording_and_one_that_cannot_be_read_are_left_whole(folder):
    made, _ = cut(folder, places(folder), Segmenter(2.0, 2.0))
    assert made.column("segments")["short"] == "short 0.000000 -1.000000"
    assert made.column("segments")["bad"] == "bad 0.000000 -1.000000"


def test_a_transcript_is_not_given_to_parts_of_its_recording(folder):
    spoken = DataFolder({**folder.files, "transcript": {"long": "w", "short": "v"}})
    with pytest.raises(ValueError, match="long has a transcript and gives 4 segments"):
        cut(spoken, places(spoken), Segmenter(2.0, 2.0))


def test_an_id_that_another_clip_has_is_refused(folder):
    files = dict(folder.files)
    files["wav.scp"] = {**files["wav.scp"], "long-00002000": files["wav.scp"]["short"]}
    clash = DataFolder(files)
    with pytest.raises(ValueError, match="the id long-00002000, which another clip"):
        cut(clash, places(clash), Segmenter(2.0, 2.0))
