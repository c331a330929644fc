"""The table of a conversion: a row for every part, there or not, then the notes."""

from espnet2.gen_audio.checkpoint.archive.report_table import table

INDEX = {
    "variant": "custom",
    "notes": ["the schedule was checked"],
    "parts": {
        "vae": {
            "tensors": 204,
            "parameters": 55376873,
            "sha256": "ab" * 32,
            "source": "a.pth",
            "licence": "CC BY 4.0",
            "notes": ["loss.* left out"],
        }
    },
}


def test_every_part_has_a_row_and_those_not_there_are_absent():
    lines = table(INDEX).splitlines()
    row = next(line for line in lines if line.startswith("vae"))
    for word in ("204", "55 376 873", "abababababababab", "a.pth", "CC BY 4.0"):
        assert word in row
    for name in ("audiomae", "vocoder", "loa_lm", "ldm", "tokens_encoder"):
        assert any(line.split() == [name, "absent"] for line in lines)


def test_notes_of_the_whole_and_of_parts_follow():
    lines = table(INDEX).splitlines()
    assert "note: the schedule was checked" in lines
    assert "vae: loss.* left out" in lines
