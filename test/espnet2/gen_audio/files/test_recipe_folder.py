"""The folder of the recipe is the one of this checkout."""

from espnet2.gen_audio.files.recipe_folder import RECIPE


def test_the_folder_of_the_recipe_has_its_commands_and_configs():
    assert (RECIPE / "run.sh").is_file() and (RECIPE / "conf/mini").is_dir()
