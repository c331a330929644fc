"""From captions to token ids; words beyond the encoder's length are logged.

Shapes: B captions, L tokens (padded to the longest caption).
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.encoder.resolve import library_refusals

_SHOWN = 20  # most words that a log line lists


class CaptionTokenizer:
    """Turn captions into padded token ids, for all encoders.

    Args:
        folder: Model folder with the tokenizer's files.
        max_length: Longest caption in tokens, special tokens included. Longer captions
            are cut, with one warning each.

    Attributes:
        cut: For each caption that was too long, the words that were left out.
    """

    def __init__(self, folder: Path, max_length: int):
        from transformers import AutoTokenizer

        # Only from_pretrained reads a T5 vocabulary correctly: T5Tokenizer(file) maps
        # every word to the unknown token, without a warning.
        with library_refusals(folder):
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
        """Return the end of a caption for which the encoder has no positions.

        Args:
            caption: Any caption.

        Returns:
            Its last words, from the first word that is cut; empty if no word is cut.
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
            end -= 1  # go back to the beginning of a word
        return caption[end:].strip()

    def _warn_of_cut(self, caption: str) -> None:
        """Store and log the words that are left out of a caption, if there are any."""
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
