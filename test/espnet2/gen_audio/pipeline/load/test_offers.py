"""A user's path with a student: packed, asked what it offers, and generated with."""

import contextlib
import io
import re
import sys

import pytest
import soundfile
import yaml

from espnet2.gen_audio.bin import doctor
from espnet2.gen_audio.bin.gen_audio import main as generate
from espnet2.gen_audio.bin.pack import main as pack
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.load.offers import offers_of
from espnet2.gen_audio.pipeline.options import SAMPLERS

sys.path.insert(0, __file__.rsplit("/pipeline/", 1)[0])
from conftest import caption_encoder  # noqa: E402


@pytest.fixture(scope="module")
def archives(experiments, student_experiment, tmp_path_factory):
    """Return the archives of the tiny system with its student, and without."""
    root, found = tmp_path_factory.mktemp("packed"), {}
    parts = [f"--{name}_dir={experiments[name]}" for name in ("vae", "loa_lm", "ldm")]
    parts += ["--tokens_encoder", "owner/t5", "--sentence_encoder", "owner/clap"]
    for name, more in (
        ("plain", []),
        ("taught", ["--student_dir", str(student_experiment)]),
    ):
        found[name] = root / f"{name}.zip"
        pack([f"--outpath={found[name]}", *parts, *more])
    return found


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run the command on an archive, with an encoder of captions that is at hand."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        CaptionEncoder, "from_models", lambda *_, **__: caption_encoder()
    )

    def run(archive, *words):
        generate(["a drum", f"--model={archive}", f"-o={tmp_path / 'a.wav'}", *words])
        return soundfile.read(tmp_path / "a.wav")[0]

    return run


def refusal(capsys, run):
    with pytest.raises(SystemExit) as stop:
        run()
    lines = [x for x in capsys.readouterr().err.splitlines() if "error:" in x]
    assert stop.value.code == 2 and len(lines) == 1
    return lines[0]


def test_a_packed_student_samples_in_its_passes_and_sounds_unlike_its_teacher(
    archives, call, capsys
):
    made = {
        preset: call(archives["taught"], "--preset", preset)
        for preset in ("instant", "fast2")
    }
    again = call(archives["taught"], "--preset", "instant", "--low_memory")
    assert (made["instant"] == again).all() and made["instant"].any()
    assert (made["instant"] != made["fast2"]).any()
    assert "error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--guidance_scale", "9"], "trained for 1 to 5; .* the preset balanced"),
        (["--negative_prompt", "rain"], "use the preset balanced"),
        (["--task", "inpainting", "--span", "0.2", "0.3"], "use the preset balanced"),
        (["--task", "continuation"], "use the preset balanced"),
        (["--task", "super_resolution", "--cut", "2000"], "use the preset balanced"),
        (["--task", "style_transfer"], "use the preset balanced"),
    ],
)
def test_what_a_student_cannot_do_is_refused_in_a_line_that_names_the_preset(
    archives, call, capsys, tmp_path, source, words, message
):
    if "--task" in words:
        soundfile.write(tmp_path / "in.wav", source.wave.numpy(), 16000)
        words = [*words, "--source", str(tmp_path / "in.wav")]
    said = refusal(
        capsys, lambda: call(archives["taught"], "--preset", "instant", *words)
    )
    assert re.search(message, said), said
    assert not (tmp_path / "a.wav").exists()


def test_without_a_student_its_presets_are_refused_before_anything_is_loaded(
    archives, call, capsys, monkeypatch
):
    monkeypatch.setattr(CaptionEncoder, "from_models", None)  # would fail if called
    said = refusal(capsys, lambda: call(archives["plain"], "--preset", "fast2"))
    assert "does not offer instant or fast2" in said and "preset fast" in said


def test_a_system_lists_the_presets_it_can_sample_with(archives, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plain, taught = (offers_of(archives[name]) for name in ("plain", "taught"))
    assert taught.presets == list(SAMPLERS)
    assert set(taught.presets) - set(plain.presets) == {"fast2", "instant"}
    assert "ldm_student" in taught.parts and taught.scales == (1.0, 5.0)
    assert "not instant and fast2: it has no student" in plain.lines()[-1]


def in_this_process(code):
    """Run code as the doctor does, without the seconds of another interpreter."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(code, {})
    except ValueError as error:
        return 1, f"ValueError: {error}"
    return 0, said.getvalue().strip()


def test_the_doctor_says_what_an_archive_offers(archives, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "run_python", in_this_process)
    (found,) = doctor.look_at_system(str(archives["taught"]))
    assert found.state == "ok" and "instant (1 steps)" in found.what
    (bad,) = doctor.look_at_system(str(tmp_path / "none.zip"))
    assert bad.state == "broken" and "none.zip does not exist" in bad.what


def test_a_student_of_another_model_is_not_packed(
    experiments, student_experiment, tmp_path, capsys
):
    other = tmp_path / "other"
    other.mkdir()
    config = yaml.safe_load((student_experiment / "config.yaml").read_text())
    config["ldm_conf"]["latent_scale"] = 4.0
    (other / "config.yaml").write_text(yaml.safe_dump(config))
    (other / "valid.loss.best.pth").symlink_to(
        student_experiment / "valid.loss.best.pth"
    )
    words = [f"--{name}_dir={experiments[name]}" for name in ("vae", "loa_lm", "ldm")]
    with pytest.raises(SystemExit):
        pack([f"--outpath={tmp_path / 'a.zip'}", *words, f"--student_dir={other}"])
    assert "a latent scale of 4.0" in capsys.readouterr().err
    assert not (tmp_path / "a.zip").exists()
