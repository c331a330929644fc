"""What tests from text share: tokenizers of whole words, and conversion by command.

Tokens are the words of ``WORDS`` behind the special ones, as in RoBERTa and in T5.
"""

import json

import official_state
import torch
import yaml

from espnet2.gen_audio.bin.convert_checkpoint import main

WORDS = ["a", "woman", "man", "dog", "speaks", "barks", "slowly"]
SPECIAL = {
    "clap": ["<s>", "<pad>", "</s>", "<unk>"],
    "t5": ["<pad>", "</s>", "<unk>"],
}
AROUND = {"clap": "<s> $A </s>", "t5": "$A </s>"}
OPTIONS = {"clap": "--sentence_tokenizer", "t5": "--tokens_tokenizer"}


def ids_of(network, text):
    """Return the ids of a text, (1, N)."""
    table = SPECIAL[network] + WORDS
    words = AROUND[network].replace("$A", text).split()
    return torch.tensor([[table.index(word) for word in words]])


def below(state, prefix):
    """Return what stands below a prefix, without it."""
    own = {n: t for n, t in state.items() if n.startswith(prefix)}
    return {n.removeprefix(prefix): t for n, t in own.items()}


def write_tokenizer(network, folder):
    """Write the tokenizer of a network in transformers' form."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    table = {word: n for n, word in enumerate(SPECIAL[network] + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(table, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [word for word in AROUND[network].split() if word != "$A"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=AROUND[network], special_tokens=[(word, table[word]) for word in special]
    )
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "model_max_length": 18,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def convert(state, name, networks, root):
    """Save an official file and convert it with the tokenizers of networks."""
    torch.save({"state_dict": state}, root / f"{name}.pth")
    geometry = root / "geometry.yaml"
    geometry.write_text(yaml.safe_dump(official_state.GEOMETRY))
    words = ["--input", str(root / f"{name}.pth"), "--output", str(root / "out")]
    words += ["--geometry", str(geometry)]
    for network in networks:
        write_tokenizer(network, root / network)
        words += [OPTIONS[network], str(root / network)]
    main(words)
    return root / "out"
