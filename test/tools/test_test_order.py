"""Long files of tests start first, and their processes collect garbage quickly."""

import gc
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def conftest(pytestconfig):
    """The module that orders the tests."""
    (found,) = (
        plugin
        for plugin in pytestconfig.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(TESTS / "conftest.py")
    )
    return found


def test_files_and_folders_that_start_first_exist(conftest):
    for name in conftest.FIRST:
        assert (TESTS / name).exists(), name


def test_tests_are_in_the_order_of_that_list(conftest, request):
    places = [conftest.place_of(item) for item in request.session.items]
    assert places == sorted(places)
    assert conftest.place_of(request.node) == len(conftest.FIRST)
    assert not request.config.option.loadscopereorder  # pytest-xdist keeps the order


def test_a_file_comes_before_its_folder(conftest):
    class Item:
        path = TESTS / "recipe" / "test_recipe.py"

    assert conftest.place_of(Item) == 0
    Item.path = TESTS / "recipe" / "test_run_corpora.py"
    assert conftest.place_of(Item) == conftest.FIRST.index("recipe")


def test_what_was_loaded_before_the_tests_is_exempt_from_garbage_collection():
    assert gc.get_freeze_count() > 10000
    assert not any(each is sys.modules for each in gc.get_objects())


def test_it_is_exempt_again_after_a_test_that_ended_this():
    gc.unfreeze()
    assert gc.get_freeze_count() == 0


def test_as_it_is_after_the_test_above():
    assert gc.get_freeze_count() > 10000
