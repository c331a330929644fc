"""The picture of the package is drawn from its imports, and is up to date."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "draw_architecture.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("draw_architecture", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "line",
    [
        "from espnet2.gen_audio.vae.loss import kl",
        "from espnet2.gen_audio import vae",
        "import espnet2.gen_audio.vae.loss",
        "def late():\n    from espnet2.gen_audio.vae import loss",
        "LAZY = 'espnet2.gen_audio.vae.build:build_vae'",
    ],
)
def test_an_import_of_any_form_is_an_arrow(tool, line):
    assert tool.imports_of(line) == {"vae"}


def test_a_sentence_that_names_a_module_is_no_import(tool):
    assert tool.imports_of('"""See espnet2.gen_audio.vae for more."""') == set()


def test_arrows_that_follow_from_others_are_left_out(tool):
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert tool.reduced(edges) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_the_page_has_the_picture_of_the_code_as_it_is(tool):
    page = tool.PAGE.read_text("utf-8")
    assert tool.drawing(tool.reduced(tool.edges_of())) in page
