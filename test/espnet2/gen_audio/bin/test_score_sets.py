"""The scoring command on anybody's sounds: one run, and every refusal in one line."""

import json

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin.score import main

PLAIN = """
text: a test
sample_rate: 16000
encoders: {mel: {kind: mel_statistics, metrics: [kad]}}
metrics: [loudness, silence]
"""


def write_set(folder, waves, rate=16000):
    folder.mkdir()
    for clip, wave in waves.items():
        soundfile.write(folder / f"{clip}.wav", wave, rate, subtype="FLOAT")
    lines = [f"{clip} {folder / clip}.wav\n" for clip in waves]
    (folder / "wav.scp").write_text("".join(lines))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a folder with a reference, two systems and a protocol."""
    folder = tmp_path_factory.mktemp("root")
    rng = np.random.default_rng(0)
    waves = {f"c{n}": rng.normal(0, 0.02 * (n + 1), 3200) for n in range(8)}
    write_set(folder / "ref", waves)
    write_set(folder / "near", {c: w * 0.9 for c, w in waves.items()})
    far = {c: np.convolve(w, np.ones(20) / 20)[: len(w)] for c, w in waves.items()}
    write_set(folder / "far", far)
    (folder / "plain.yaml").write_text(PLAIN)
    return folder


def words(root, *generated, **options):
    given = {"protocol": root / "plain.yaml", "draws": 50, "output_dir": root / "out"}
    given |= {"reference": root / "ref/wav.scp", **options}
    pairs = [(f"--{k}", str(v)) for k, v in given.items()]
    return ["--generated", *map(str, generated), *(w for pair in pairs for w in pair)]


def test_two_sets_are_scored_compared_and_written_without_any_model(root, capsys):
    scps = (root / "near/wav.scp", root / "far/wav.scp")
    main([*words(root, *scps), "--compare", "near", "far"])
    scores = json.loads((root / "out/scores.json").read_text())
    rows = {row["name"]: row for row in scores["rows"]}
    assert list(rows) == ["recordings", "near", "far", "noise"]
    assert rows["near"]["kad_mel"]["value"] < rows["far"]["kad_mel"]["value"]
    printed = capsys.readouterr().out
    assert "near minus far" in printed and "| loudness, LUFS |" in printed
    assert (root / "out/protocol.lock").is_file()
    assert len((root / "out/versa/far.jsonl").read_text().splitlines()) == 8


def changed(tmp_path, root, wave, rate=16000):
    """Return a wav.scp of the near set in which one clip has other samples."""
    soundfile.write(tmp_path / "c0.wav", wave, rate, subtype="FLOAT")
    text = (root / "near/wav.scp").read_text()
    scp = tmp_path / "wav.scp"
    scp.write_text(text.replace(f"{root}/near/c0.wav", f"{tmp_path}/c0.wav"))
    return scp


def refused(capsys, words):
    with pytest.raises(SystemExit) as end:
        main(words)
    error = [line for line in capsys.readouterr().err.splitlines() if "error:" in line]
    assert end.value.code == 2 and len(error) == 1
    return error[0]


@pytest.mark.parametrize(
    ("wave", "rate", "message"),
    [
        (np.full(400, 0.1), 8000, "its rate is 8000 Hz and the protocol's is 16000 Hz"),
        (np.array([0.1, np.nan] * 200), 16000, "not finite: sample 1 is nan"),
        (np.zeros(0), 16000, "c0.wav"),
    ],
)
def test_unusable_sounds_end_the_run(wave, rate, message, root, tmp_path, capsys):
    scp = changed(tmp_path, root, wave, rate)
    assert message in refused(capsys, words(root, scp))


def test_missing_ids_protocols_options_and_names_end_the_run(root, tmp_path, capsys):
    lines = (root / "near/wav.scp").read_text().splitlines(keepends=True)
    (tmp_path / "wav.scp").write_text("".join(lines[:-1]))
    near = root / "near/wav.scp"
    for given, message in (
        (words(root, tmp_path / "wav.scp"), "lacks c7"),
        (words(root, near, reference=tmp_path / "wav.scp"), "lacks c7"),
        (words(root, near, protocol="fad"), "--protocol fad: there is no such"),
        (words(root, near)[:2], "--reference must be given"),
        ([*words(root, near), "--compare", "near", "x"], "x is not scored"),
        (words(root, near, near), "is given twice"),
        (words(root, near, encoders="mel"), "'mel' is not NAME=PATH"),
    ):
        assert message in refused(capsys, given)


def test_too_few_clips_and_wrong_weights_end_the_run(root, tmp_path, capsys):
    near, path = root / "near/wav.scp", tmp_path / "mine.yaml"
    path.write_text(PLAIN.replace("[kad]", "[frechet_distance]"))
    message = refused(capsys, words(root, near, protocol=path))
    assert "8 clips are too few" in message and "use kad_mel" in message
    path.write_text(PLAIN.replace("metrics: [kad]", "sha256: '00', metrics: [kad]"))
    message = refused(capsys, words(root, near, protocol=path))
    assert "have the digest" in message and "states 00" in message


def test_the_offline_protocol_has_the_recipes_kernel_distances(root, tmp_path):
    from espnet2.gen_audio.files.recipe_folder import RECIPE

    short = (RECIPE / "conf/score/offline.yaml").read_text()
    short = short.replace("seconds: 10.24", "seconds: 0.64")
    (tmp_path / "short.yaml").write_text(short)
    (tmp_path / "geometry.yaml").write_text("seconds: 0.64\ndownsample: 8\n")
    given = {"protocol": tmp_path / "short.yaml", "output_dir": tmp_path / "sets"}
    main(words(root, root / "far/wav.scp", **given))
    recipe = {"test_data": root / "ref", "systems": f"far={root}/far/wav.scp"}
    recipe |= {
        "geometry": tmp_path / "geometry.yaml",
        "output_dir": tmp_path / "recipe",
    }
    main([word for k, v in recipe.items() for word in (f"--{k}", str(v))])
    one, other = (
        {row["name"]: row for row in json.loads(path.read_text())["rows"]}
        for path in (tmp_path / "sets/scores.json", tmp_path / "recipe/scores.json")
    )
    for name in ("far", "noise"):
        sets = one[name]["kernel_distance_yamnet"]["value"]
        assert sets == other[name]["kernel_distance"]["value"]
