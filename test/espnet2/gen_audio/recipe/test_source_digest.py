"""The digest of code follows what the code does, not how it is written down."""

import pytest

from espnet2.gen_audio.recipe.source_digest import PACKAGE, digest_of_code


@pytest.fixture
def digest(tmp_path):
    """Return the digest of one source text in a folder."""
    (tmp_path / "part").mkdir()

    def of(source, name="one.py"):
        (tmp_path / "part" / name).write_text(source)
        return digest_of_code(["part"], tmp_path)

    return of


CODE = '"""A."""\n\n\ndef f(x):\n    """Add."""\n    return x + 1  # one\n'


def test_comments_docstrings_and_line_breaks_make_no_difference(digest):
    plain = digest("def f(x):\n    return (x +\n            1)\n")
    assert digest(CODE) == digest(CODE.replace("Add.", "Add one.")) == plain


def test_a_number_a_default_and_a_new_file_make_one(digest):
    first = digest(CODE)
    changed = {digest(CODE.replace("+ 1", "+ 2")), digest(CODE.replace("(x)", "(x=0)"))}
    again = digest(CODE)
    assert again == first and first not in changed and len(changed) == 2
    assert digest("", "two.py") != first


def test_folders_of_the_package_are_known_and_others_refused():
    assert len(digest_of_code(["metrics/encoders"])) == 64
    assert digest_of_code(["metrics/encoders"]) != digest_of_code(
        ["metrics/functional"]
    )
    with pytest.raises(FileNotFoundError, match="--code gone: .* does not exist"):
        digest_of_code(["gone"], PACKAGE)
