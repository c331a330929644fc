"""CLAP: embeddings of captions and sounds in one space, one vector each.

Shapes: B clips, T samples, D = 512 features (the model's projection width).
Source: LAION CLAP, arXiv:2211.06687; AudioLDM 2 feeds the text vector to GPT-2 and
ranks candidates by the cosine between text and sound. The sound branch encodes the
first 10 s at 48 kHz. As in the authors' program, shorter sounds are neither padded nor
repeated: transformers' class interpolates the spectrogram bicubically in time to the
number of frames of the network (HTS-AT, arXiv:2202.00874).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import torch
from torch.nn.functional import normalize

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import (
    AUDIO,
    TEXT,
    AbsFrozenEncoder,
)
from espnet2.gen_audio.encoder.caption_tokenizer import CaptionTokenizer
from espnet2.gen_audio.encoder.hugging_face import load_frozen
from espnet2.gen_audio.encoder.resolve import (
    library_refusals,
    model_type,
    resolve_model,
)
from espnet2.gen_audio.files.plain_json import read_json

if TYPE_CHECKING:
    from transformers.modeling_outputs import BaseModelOutputWithPooling


class ClapEncoder(AbsFrozenEncoder):
    """Encode captions and sounds with a frozen CLAP model.

    Args:
        model: Folder, ``package:...`` or Hugging Face name of a ClapModel.
        max_length: Longest caption in tokens; longer captions are cut, with a warning
            that lists the words left out.
        device: Device of the encoder.
        dtype: Precision of the weights.

    The sound branch is loaded when it is first used.

    Attributes:
        width: D of the conditions it returns.

    Raises:
        ValueError: If the folder has another type of model.
    """

    streams = ("sentence",)
    sources = (TEXT, AUDIO)
    rate = 48000
    samples = 480000  # 10 s

    def __init__(
        self,
        model: str,
        max_length: int = 512,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        from transformers import ClapTextModelWithProjection

        self.folder = resolve_model(model)
        found = model_type(self.folder)
        if found != "clap":
            raise ValueError(
                f"{self.folder} holds a {found!r} model; a CLAP model is needed here"
            )
        self.device = torch.device(device)
        self.dtype = dtype
        text = load_frozen(ClapTextModelWithProjection, self.folder, dtype)
        self.text_model = text.to(self.device)
        # RoBERTa's positions start after its pad id, so two rows of the table are
        # unused
        longest = text.config.max_position_embeddings - 2
        self.tokenizer = CaptionTokenizer(self.folder, min(max_length, longest))
        self.width = text.config.projection_dim
        self._extractor = None

    @classmethod
    def of_stream(
        cls,
        name: str,
        stream: str,
        max_length: int,
        device: str,
        dtype: torch.dtype,
    ) -> Self:
        """Load the encoder; see ``AbsFrozenEncoder``."""
        return cls(name, max_length, device, dtype)

    @property
    def cut(self) -> Mapping[str, str]:
        """For each caption that was too long, the words that were left out."""
        return self.tokenizer.cut

    @cached_property
    def model(self) -> torch.nn.Module:
        """The whole model, both branches."""
        from transformers import ClapModel

        return load_frozen(ClapModel, self.folder, self.dtype).to(self.device)

    @torch.no_grad()
    def text(self, captions: Sequence[str]) -> Condition:
        """Encode captions.

        Args:
            captions: B captions; the empty string is allowed.

        Returns:
            Unit vectors, (B, 1, D).
        """
        ids, mask = self.tokenizer(captions)
        encoded = self.text_model(
            input_ids=ids.to(self.device), attention_mask=mask.long().to(self.device)
        )
        return self._as_condition(encoded.text_embeds)

    __call__ = text

    @torch.no_grad()
    def audio(
        self, wave: torch.Tensor, rate: int, lengths: torch.Tensor | None = None
    ) -> Condition:
        """Encode sounds.

        Args:
            wave: Samples, (B, T); only the first 10 s are used.
            rate: Sampling rate in Hz.
            lengths: Number of samples of each sound, (B,); later samples are ignored.
                All T if None.

        Returns:
            Unit vectors, (B, 1, D).

        Raises:
            ValueError: If the model has a fusion branch, whose features are random
                crops.
        """
        if self.model.config.audio_config.enable_fusion:
            raise ValueError(
                f"{self.folder} is a fusion CLAP, whose features are random crops; "
                "use a non-fusion model, as AudioLDM 2 does"
            )
        lengths = [wave.shape[1]] * len(wave) if lengths is None else lengths.tolist()
        vectors = torch.empty(
            len(wave), self.width, device=self.device, dtype=self.dtype
        )
        for length in set(lengths):  # a batch of the network has one length
            rows = [row for row, own in enumerate(lengths) if own == length]
            vectors[rows] = self._audio_features(wave[rows, :length], rate)
        return self._as_condition(vectors)

    def _audio_features(self, wave: torch.Tensor, rate: int) -> torch.Tensor:
        """Return the vectors of sounds of one length, (B, D)."""
        extractor = self._feature_extractor()
        wave = _resample(wave.cpu().float(), rate, extractor.sampling_rate)
        wave = wave[:, : extractor.nb_max_samples]
        features = extractor(
            list(wave.numpy()),
            truncation="rand_trunc",  # the default computes four fusion channels
            max_length=wave.shape[1],  # no padding, cutting or repetition
            sampling_rate=extractor.sampling_rate,
            return_tensors="pt",
        )["input_features"]
        features = features.to(self.device, self.dtype)
        return _projected(self.model.get_audio_features(features))

    def _feature_extractor(self):
        if self._extractor is None:
            from transformers import ClapFeatureExtractor

            with library_refusals(self.folder):
                self._extractor = ClapFeatureExtractor.from_pretrained(self.folder)
        return self._extractor

    def _as_condition(self, features: torch.Tensor) -> Condition:
        return Condition.from_lengths(normalize(features, dim=-1)[:, None])


def is_fusion(folder: Path) -> bool:
    """Return whether a CLAP model fuses random crops; it encodes no sounds here.

    Args:
        folder: Folder that ``resolve_model`` returned.

    Returns:
        The value of ``enable_fusion`` in its ``config.json``; False by default.
    """
    audio = read_json(folder / "config.json").get("audio_config") or {}
    return bool(audio.get("enable_fusion", False))


def _projected(
    features: "torch.Tensor | BaseModelOutputWithPooling",
) -> torch.Tensor:
    """Return the vectors: transformers 4 returns them, transformers 5 an object."""
    return getattr(features, "pooler_output", features)


def _resample(wave: torch.Tensor, rate: int, wanted: int) -> torch.Tensor:
    if rate == wanted:
        return wave
    from torchaudio.functional import resample

    return resample(wave, rate, wanted)
