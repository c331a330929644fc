"""The documented list of entry points is that of the code, and each has its tests."""

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from readers import ROOT, modules, readers_of  # noqa: E402

from espnet2.gen_audio.feats.clip import ClipGeometry  # noqa: E402
from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader  # noqa: E402
from espnet2.gen_audio.tasks import audiomae, ldm  # noqa: E402
from espnet2.gen_audio.vae.mel_block_pca import read_moments  # noqa: E402

PAGE = ROOT / "egs2/audioldm2/ENTRY_POINTS.md"
SECTIONS = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]


def quoted(section, label):
    """Return the words in backquotes of a line, and of the list below it."""
    (found,) = re.findall(rf"^- {label}:((?:.|\n  )*)", section, re.MULTILINE)
    return re.findall(r"`([^`]+)`", found)


def place(name, below):
    return name if name.startswith(("egs2/", "tools/", "test/")) else below + name


@pytest.fixture(scope="module")
def found():
    """Return what each module reads files with."""
    texts = {str(m): (ROOT / m).read_text(encoding="utf-8") for m in modules()}
    readers = {name: readers_of(text) for name, text in texts.items()}
    return {name: words for name, words in readers.items() if words}


def test_every_module_that_reads_files_is_on_the_page_once_and_no_other(found):
    listed = [
        place(name, "espnet2/gen_audio/")
        for section in SECTIONS
        for name in quoted(section, "read by")
    ]
    assert sorted(listed) == sorted(found)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text[:30])
def test_a_module_reads_with_nothing_but_what_the_page_says(section, found):
    names = [place(n, "espnet2/gen_audio/") for n in quoted(section, "read by")]
    assert {*quoted(section, "with")} == set().union(*(found[name] for name in names))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text[:30])
def test_every_entry_point_has_tests_that_exist(section):
    tests = quoted(section, "tests")
    assert tests
    for test in tests:
        file, name = place(test, "test/espnet2/gen_audio/").split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}


def test_the_recipes_readme_leads_to_the_page():
    assert "(ENTRY_POINTS.md)" in (PAGE.parent / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "source, reader",
    [
        ("import torch\ntorch.load(x)", "torch.load"),
        ("import torch as t\nload = t.load", "torch.load"),
        (
            "from safetensors.torch import load_file as f\nf(x)",
            "safetensors.torch.load_file",
        ),
        ("import yaml\nyaml.load(x, Loader=L)", "yaml.load"),
        ("import soundfile as sf\nsf.read(x)", "soundfile.read"),
        ("import kaldiio\nkaldiio.load_mat(x)", "kaldiio.load_mat"),
        ("from pickle import Unpickler\nclass A(Unpickler): ...", "pickle.Unpickler"),
        ("import numpy as np\nnp.load(x)", "numpy.load"),
        ("from json import loads\nloads(x)", "json.loads"),
        ("model = Model.from_pretrained(x)", "from_pretrained"),
        ("def f():\n import zipfile\n zipfile.ZipFile(x)", "zipfile.ZipFile"),
        ("with open(x) as file: ...", "open"),
        ("Path(x).read_bytes()", "read_bytes"),
    ],
)
def test_a_new_reader_is_found_however_it_is_imported(source, reader):
    assert readers_of(source) == {reader}


@pytest.mark.parametrize(
    "source",
    [
        "open(x, 'w')",
        "path.open(mode='ab')",
        "import json\njson.dumps(x)",
        "import soundfile\nsoundfile.write(x, y, 1)",
        "wave = f(x)\nwave.mean()",
        "import torch\ntorch.save(x, y)",
    ],
)
def test_what_writes_or_computes_is_no_reader(source):
    assert readers_of(source) == set()


class Trap:
    """Writes a file when it is unpickled by a reader that runs what it reads."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


def test_arrays_are_read_without_pickles(tmp_path):
    marker, trap = tmp_path / "marker", tmp_path / "trap.npy"
    np.save(trap, np.array([Trap(marker)], dtype=object), allow_pickle=True)
    traps = dict.fromkeys(["sum", "sum_square", "count", "keys", "features"])
    traps = {name: np.array([Trap(marker)], dtype=object) for name in traps}
    np.savez(tmp_path / "trap.npz", allow_pickle=True, **traps)
    marker.unlink(missing_ok=True)  # saving may have called it
    with pytest.raises(ValueError, match="[Pp]ickle"):
        ldm.matrix_of("null_tokens", str(trap))
    with pytest.raises(ValueError, match="[Pp]ickle"):
        audiomae.read_fbank_stats(tmp_path / "trap.npz")
    with pytest.raises(ValueError, match="[Pp]ickle"):
        read_moments(tmp_path / "trap.npz")
    FeatureReader(SmallEmbedder(), ClipGeometry(), tmp_path / "trap.npz")
    assert not marker.exists()


class SmallEmbedder:
    """Enough of an embedding to open its store."""

    name, version, rate, size = "small", "1", 16000, 2
