"""Lines of segments: what they mean, and what is no segment."""

import pytest

from espnet2.gen_audio.kaldi.segments import Segment, read_segment


def test_a_segment_has_recording_start_and_end_and_an_end_below_zero_is_the_files():
    assert read_segment("a", "r 0.5 2", "s") == Segment("r", 0.5, 2.0)
    assert read_segment("a", "r 0.5 -1", "s") == Segment("r", 0.5, None)


@pytest.mark.parametrize("line", ["r 1", "r 1 2 3", "r a 2", "r 1 nan", ""])
def test_another_form_is_refused_with_file_and_id(line):
    with pytest.raises(ValueError, match="segments: a must read '<recording> <start"):
        read_segment("a", line, "segments")
