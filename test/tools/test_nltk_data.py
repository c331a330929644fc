"""The files of NLTK for g2p_en: their form, and that no code of a pickle is run."""

import importlib.util
import json
import pickle
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[2] / "tools" / "installers" / "nltk_data.py"


@pytest.fixture(scope="module")
def nltk_data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nltk_data", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pronunciations_are_numbered_and_comments_are_gone(
    nltk_data: ModuleType,
) -> None:
    lines = ["'bout B AW1 T", "a(2) EY1 # letter", "", "# nothing", "a AH0"]
    assert nltk_data.nltk_dictionary(lines) == "'BOUT 1 B AW1 T\nA 2 EY1\nA 1 AH0\n"


def test_the_tagger_is_read_from_plain_containers(nltk_data: ModuleType) -> None:
    content = ({"bias": {"NN": 1.5}}, {"the": "DT"}, {"NN", "DT"})
    files = nltk_data.nltk_tagger(pickle.dumps(content, protocol=2))
    names = [name.removeprefix("averaged_perceptron_tagger_eng.") for name in files]
    assert names == ["weights.json", "tagdict.json", "classes.json"]
    assert [json.loads(text) for text in files.values()] == [
        {"bias": {"NN": 1.5}},
        {"the": "DT"},
        ["DT", "NN"],
    ]


def test_a_pickle_that_names_anything_else_is_refused_and_not_run(
    nltk_data: ModuleType, tmp_path: Path
) -> None:
    class Hostile:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "run",)

    with pytest.raises(ValueError, match="the tagger's file names"):
        nltk_data.nltk_tagger(pickle.dumps(Hostile(), protocol=2))
    assert not (tmp_path / "run").exists()


def test_the_same_packages_give_the_same_archives(
    nltk_data: ModuleType, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        nltk_data.main([str(tmp_path / name)])
    for inside in (
        "corpora/cmudict.zip",
        "taggers/averaged_perceptron_tagger_eng.zip",
    ):
        first, second = tmp_path / "one" / inside, tmp_path / "two" / inside
        assert first.read_bytes() == second.read_bytes()
        assert list(first.parent.iterdir()) == [first]  # nothing temporary is left
    with zipfile.ZipFile(tmp_path / "one" / "corpora" / "cmudict.zip") as archive:
        words = archive.read("cmudict/cmudict").decode().splitlines()
    assert "HELLO 1 HH AH0 L OW1" in words and len(words) > 100_000


def test_a_missing_package_is_named(nltk_data: ModuleType) -> None:
    with pytest.raises(FileNotFoundError, match="pip install no-such-package"):
        nltk_data.file_of("no-such-package", ".pickle")
