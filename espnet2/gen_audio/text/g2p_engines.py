"""Open ESPnet's phoneme tokenizers without a network; errors name the remedy.

ESPnet's module of tokenizers imports g2p_en, and g2p_en downloads two files of NLTK if
it does not find them. Here nothing is downloaded: tools/setup_env.sh makes both files
from packages.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from espnet2.gen_audio.text.espeak_text import WholeText
from espnet2.gen_audio.text.front_end_alphabet import (
    ENGLISH,
    ENGLISH_ESPEAK,
    ESPEAK,
)

_NLTK_FILES = ("corpora/cmudict.zip", "taggers/averaged_perceptron_tagger_eng.zip")


def phoneme_tokenizer(g2p: str) -> Callable[[str], list[str]]:
    """Open one of ESPnet's phoneme tokenizers.

    Args:
        g2p: A type that ``espnet2.text.phoneme_tokenizer`` knows, for example
            ``g2p_en_no_space`` or ``espeak_ng_english_us_vits``.

    Returns:
        Function from a text to its tokens.

    Raises:
        ValueError: If ESPnet has no such type.
        RuntimeError: If a package that the type needs is not installed.
    """
    if g2p in ENGLISH:
        require_english()
    if g2p.startswith(ESPEAK):
        require_espeak()
    with _no_download():
        from espnet2.text.phoneme_tokenizer import PhonemeTokenizer
    try:
        tokenizer = PhonemeTokenizer(g2p)
    except (NotImplementedError, ImportError) as error:
        raise ValueError(
            f"--g2p {g2p} cannot be used ({error}); use one of {', '.join(ENGLISH)}, "
            f"{ENGLISH_ESPEAK} or another of ESPnet's, char, published"
        ) from error
    if g2p.startswith(ESPEAK):
        return WholeText(tokenizer.g2p)
    if g2p in ENGLISH:
        _try(tokenizer.text2tokens)
    return tokenizer.text2tokens


def require_english() -> None:
    """Check before the import that g2p_en works on this machine.

    Raises:
        RuntimeError: If the package or NLTK's files are missing.
    """
    if find_spec("g2p_en") is None or find_spec("nltk") is None:
        raise RuntimeError(
            "g2p_en needs the package espnet-g2p-en; run tools/setup_env.sh, or pip "
            "install espnet-g2p-en"
        )
    lacking = [name for name in _NLTK_FILES if not _nltk_has(name)]
    if lacking:
        raise RuntimeError(
            f"g2p_en needs {' and '.join(lacking)} below a folder of NLTK_DATA; run "
            "tools/setup_env.sh, which makes them without a network"
        )


def require_espeak() -> None:
    """Check that phonemizer and espeak are installed, and choose the espeak library.

    The library of the package espeakng-loader is preferred to the system's, so that all
    installations of the plugin use one version. PHONEMIZER_ESPEAK_LIBRARY overrides
    both.

    Raises:
        RuntimeError: If either is missing.
    """
    try:
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
    except ImportError as error:
        raise RuntimeError(
            "espeak's phonemes need the package phonemizer; pip install phonemizer "
            "espeakng-loader"
        ) from error
    if "PHONEMIZER_ESPEAK_LIBRARY" not in os.environ and find_spec("espeakng_loader"):
        import espeakng_loader

        EspeakWrapper.set_library(espeakng_loader.get_library_path())
        EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    try:
        version = EspeakWrapper().version
    except (RuntimeError, OSError) as error:
        raise RuntimeError(
            f"espeak-ng does not load ({error}); pip install espeakng-loader, or "
            "apt-get install espeak-ng"
        ) from error
    logging.debug("espeak-ng %s", version)


def _try(tokens_of: Callable[[str], list[str]]) -> None:
    """Load g2p_en's dictionary now, so that a fault of its files is found at once."""
    try:
        tokens_of("a")
    except (LookupError, OSError) as error:
        # NLTK also refuses hard links
        raise RuntimeError(
            f"NLTK cannot read the files of g2p_en ({error}); make them again with "
            "python tools/installers/nltk_data.py FOLDER, FOLDER that of NLTK_DATA"
        ) from error


def _nltk_has(name: str) -> bool:
    from nltk.data import find

    try:
        find(name)
    except LookupError:
        return False
    return True


@contextlib.contextmanager
def _no_download() -> Iterator[None]:
    """Prevent the import of g2p_en from using the network."""
    if find_spec("nltk") is None:
        yield
        return
    import nltk

    download, nltk.download = nltk.download, lambda *unused, **also_unused: False
    try:
        yield
    finally:
        nltk.download = download
