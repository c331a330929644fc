"""Makers of the sounds of a page, of tiny systems."""

import pytest

from espnet2.gen_audio.bin.gen_audio import get_parser
from espnet2.gen_audio.demo.sound_maker import SoundMaker
from espnet2.gen_audio.pipeline.text2audio import Text2Audio


@pytest.fixture
def maker_of(tmp_path):
    """Return what makes the maker of a system that was given with some words."""

    def make(system, *words):
        parser = get_parser()
        args = parser.parse_args(["--demo", "--model", "tiny", *words])
        folder = tmp_path / "sounds"
        folder.mkdir(exist_ok=True)
        return SoundMaker(Text2Audio(system), parser, args, folder)

    return make
