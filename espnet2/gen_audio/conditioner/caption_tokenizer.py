"""From captions to token ids; words beyond the encoder's length are reported.

Shapes: B captions, L tokens (padded to the longest caption).
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import torch

_SHOWN = 20  # words of what is left out, at the most, in a log line


class CaptionTokenizer:
    """Turn captions into padded token ids, the same way for every encoder.

    Args:
        folder: Model folder with the tokenizer's files.
        max_length: Longest caption in tokens, special tokens included. Longer ones are
            cut with one warning each.

    Attributes:
        cut: Words that were left out, by the caption that was too long.
    """

    def __init__(self, folder: Path, max_length: int):
        from transformers import AutoTokenizer

        # from_pretrained alone reads a T5 vocabulary rightly: T5Tokenizer(file) maps
        # every word to the unknown token without a word of warning.
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.max_length = min(max_length, self.tokenizer.model_max_length)
        special = self.tokenizer
        filler = (special.eos_token_id, special.pad_token_id, special.unk_token_id)
        self.filler = next((token for token in filler if token is not None), 0)
        self.pad = special.pad_token_id if special.pad_token_id is not None else 0
        self.name = Path(folder).name
        self.cut: dict[str, str] = {}

    def __call__(self, captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokenize a batch.

        Args:
            captions: B captions. An empty one becomes the tokenizer's special
                tokens, or one end token when it adds none: no row is ever empty.

        Returns:
            Token ids and the mask of valid ones, both (B, L), padded at the end.
        """
        encoded = self.tokenizer(
            list(captions), truncation=True, max_length=self.max_length
        )
        for caption, row in zip(captions, encoded["input_ids"]):
            if len(row) >= self.max_length and caption not in self.cut:
                self._warn_of_cut(caption)
        rows = [row or [self.filler] for row in encoded["input_ids"]]
        lengths = torch.tensor([len(row) for row in rows])
        ids = torch.full((len(rows), int(lengths.max())), self.pad)
        for row, target in zip(rows, ids):
            target[: len(row)] = torch.tensor(row)
        return ids, torch.arange(ids.shape[1]) < lengths[:, None]

    def words_left_out(self, caption: str) -> str:
        """Return the end of a caption that the encoder has no positions for.

        Args:
            caption: Any caption.

        Returns:
            Its last words, from the first that is not whole; empty if all are read.
        """
        whole = self.tokenizer(caption, truncation=False, verbose=False)["input_ids"]
        if len(whole) <= self.max_length:
            return ""
        options = {"truncation": True, "max_length": self.max_length}
        if not self.tokenizer.is_fast:
            read = self.tokenizer(caption, **options)["input_ids"]
            same = next((n for n, i in enumerate(read) if i != whole[n]), len(read))
            return self.tokenizer.decode(whole[same:], skip_special_tokens=True).strip()
        encoded = self.tokenizer(caption, return_offsets_mapping=True, **options)
        end = max(last for _, last in encoded["offset_mapping"])
        while end and not any(map(str.isspace, caption[end - 1 : end + 1])):
            end -= 1  # back to the beginning of a word that is read in part
        return caption[end:].strip()

    def _warn_of_cut(self, caption: str) -> None:
        """Note and tell what is left out of a caption, if anything is."""
        left_out = self.words_left_out(caption)
        if not left_out:
            return
        self.cut[caption] = left_out
        words = left_out.split()
        shown = " ".join(words[:_SHOWN]) + (" ..." if len(words) > _SHOWN else "")
        logging.warning(
            "caption %r is longer than the %d tokens that %s reads: its last %d words "
            "are left out: %r",
            caption if len(caption) < 60 else caption[:57] + "...",
            self.max_length,
            self.name,
            len(words),
            shown,
        )
