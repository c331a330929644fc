"""Tables of training: first and best value, their ratio; errors of the LOA."""

from espnet2.gen_audio.metrics.report.training_tables import curve_table, loa_table

CURVE = {"key": "mel_l1", "first": 0.9, "best": 0.45, "best_epoch": 7, "ratio": 0.5}


def test_curves_show_first_best_and_their_ratio():
    table = curve_table({"curves": {"vae": CURVE}})
    assert "| vae | mel_l1 | – | 0.9 | 0.45 (epoch 7) | 0.50 |" in table
    assert curve_table({}) == ""


def test_a_part_stands_beside_what_needs_no_training():
    table = curve_table({"curves": {"vae": CURVE | {"linear": 0.098}}})
    row = "| principal components with the latent size of vae, not trained | mel_l1 "
    assert f"{row}| – | – | 0.098 | – |" in table
    assert row not in curve_table({"curves": {"vae": CURVE | {"linear": None}}})


def test_loa_errors_are_listed_and_other_entries_left_out():
    errors = {"predicted": 0.11, "other": 0.3, "note": "text is left out"}
    assert loa_table({"loa_error": errors}).splitlines()[2:] == [
        "| predicted by GPT-2 | 0.11 |",
        "| LOA of another test clip | 0.3 |",
    ]
    assert loa_table({"loa_error": {}}) == ""
