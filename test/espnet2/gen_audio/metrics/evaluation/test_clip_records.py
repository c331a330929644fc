"""Records in columns: what is given back is what was added."""

import json

import pytest

from espnet2.gen_audio.metrics.evaluation.clip_records import ClipRecords

FIRST = [
    {
        "id": "a",
        "system": "s",
        "seed": "",
        "loudness": -20.5,
        "words": {"deletions": 1},
    },
    {"id": "b", "system": "s", "seed": "", "loudness": -70.0, "recognised": None},
]
SECOND = [{"id": "a", "system": "t", "seed": "1", "correct": True, "edits": 3}]


def test_records_come_back_with_their_keys_values_and_types_in_order():
    records = ClipRecords([FIRST, SECOND])
    assert list(records) == FIRST + SECOND and len(records) == 3
    assert json.dumps(list(records)) == json.dumps(FIRST + SECOND)
    assert records[1] == FIRST[1] and records[-1] == SECOND[0]
    assert records[:2] == FIRST and records[5:] == []


def test_no_record_is_at_a_place_beyond_the_last():
    with pytest.raises(IndexError, match="3 records, none at 3"):
        ClipRecords([FIRST, SECOND])[3]
