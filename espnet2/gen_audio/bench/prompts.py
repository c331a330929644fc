"""The caption of the benchmark, and tokenizers with one token per word."""

import itertools
import json
from pathlib import Path
from typing import Any

PROMPT = (
    "a dog barks twice in the distance while heavy rain falls on a tin roof and "
    "a car passes by"
)
SENTENCE_PIECES, TOKEN_PIECES = 330, 110  # sizes of the two vocabularies


def tokenizers(folder: Path, longest: int) -> dict[str, Any]:
    """Train the tokenizers of diffusers' pipeline so that each word is one token.

    Args:
        folder: Folder for their files.
        longest: Largest number of tokens of CLAP's text encoder, to which diffusers
            pads.

    Returns:
        ``tokenizer``, ``tokenizer_2`` and ``feature_extractor``.
    """
    import sentencepiece
    from tokenizers import ByteLevelBPETokenizer
    from transformers import ClapFeatureExtractor, RobertaTokenizer, T5Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    text, place = folder / "text", folder / "t5"
    pairs = itertools.permutations(sorted(set(PROMPT.split())), 2)
    lines = [PROMPT, *(" ".join(pair) for pair in pairs)] * 3
    text.write_text("\n".join(lines), encoding="utf-8")
    bpe = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe.train(
        [str(text)],
        vocab_size=SENTENCE_PIECES,
        special_tokens=special,
        show_progress=False,
    )
    bpe.save_model(str(folder))
    roberta = RobertaTokenizer.from_pretrained(str(folder), model_max_length=longest)
    place.mkdir(exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(place / "spiece"),
        vocab_size=TOKEN_PIECES,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    named = {"tokenizer_class": "T5Tokenizer", "extra_ids": 0}
    (place / "tokenizer_config.json").write_text(json.dumps(named), encoding="utf-8")
    return {
        "tokenizer": roberta,
        "tokenizer_2": T5Tokenizer.from_pretrained(
            str(place), extra_ids=0, model_max_length=512
        ),
        "feature_extractor": ClapFeatureExtractor(truncation="rand_trunc"),
    }
