"""Captions to waveforms: the public class.

Source: AudioLDM 2, arXiv:2308.05734, figure 1: condition -> LOA -> latent -> mel ->
waveform; ``generate`` has the steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.preset import Behaviour
from espnet2.gen_audio.pipeline.request import Candidate, Request
from espnet2.gen_audio.pipeline.system import System


class Text2Audio:
    """Make sounds with a system of trained parts.

    Args:
        system: The parts.
    """

    def __init__(self, system: System):
        self.system = system

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path,
        preset: str | Behaviour = "ours",
        device: str = "cpu",
        dtype: str = "float32",
        low_memory: bool = False,
    ) -> "Text2Audio":
        """Load a whole system.

        Args:
            model: A converted folder, a packed archive, or the tag of a model zoo.
            preset: ``ours`` or ``official``.
            device: Where the networks run.
            dtype: ``float32``, ``bfloat16``, ``float16`` or ``float64``.
            low_memory: Load each part when it is needed and release it thereafter.

        Returns:
            The system, ready to generate.
        """
        return cls(load_converted(model, preset, device, dtype, low_memory))

    @property
    def sample_rate(self) -> int:
        """Rate of the sounds, in Hz."""
        return self.system.sample_rate

    def __call__(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
        seconds: float | None = None,
        transcripts: Mapping[str, str] | None = None,
        conditions: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
    ) -> dict[str, torch.Tensor]:
        """Make one sound a caption: the best, where several are made.

        Args:
            captions: Captions by id; the id and the seed decide the noise.
            options: How to sample.
            candidates: Sounds made of each; the preset's number if None.
            seconds: Length of each; the models' clip if None.
            transcripts: Transcripts for a speech model, by id.
            conditions: Conditions that the config of the model declares, by name and
                id, (L, D) each; null for an id that has none.

        Returns:
            A waveform (T,) by id.

        Raises:
            ValueError: If a request cannot be met.
        """
        made = self.candidates(
            captions, options, candidates, seconds, transcripts, conditions
        )
        return {utt_id: sounds[0].wave for utt_id, sounds in made.items()}

    def candidates(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        number: int | None = None,
        seconds: float | None = None,
        transcripts: Mapping[str, str] | None = None,
        conditions: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
    ) -> dict[str, list[Candidate]]:
        """Make several sounds of each caption and rank them, each caption's alone.

        The first candidate is the sound that is made where only one is wanted.

        Args:
            captions: Captions by id.
            options: How to sample.
            number: Sounds of each; the preset's number if None.
            seconds: Length of each; the models' clip if None.
            transcripts: Transcripts for a speech model, by id.
            conditions: Conditions that the config of the model declares, by name and
                id, (L, D) each; null for an id that has none.

        Returns:
            Candidates by id, the best first; one only where the preset keeps one.

        Raises:
            ValueError: If a request cannot be met, or a condition has no caption.
        """
        words, given = transcripts or {}, conditions or {}
        for name, rows in given.items():
            if rows.keys() - captions.keys():
                raise ValueError(
                    f"condition {name} was given for {sorted(rows)}, but captions for "
                    f"{sorted(captions)}; give every condition a caption"
                )
        requests = [
            Request(
                utt_id,
                caption,
                seconds,
                transcript=words.get(utt_id),
                conditions={
                    n: row[utt_id] for n, row in given.items() if utt_id in row
                },
            )
            for utt_id, caption in captions.items()
        ]
        kept = 1 if self.system.behaviour.keep == "best" else None
        made = self.make(requests, options, number, batch_size=len(requests))
        return {request.utt_id: sounds[:kept] for request, sounds in made}

    def make(
        self,
        requests: Sequence[Request],
        options: SamplingOptions = SamplingOptions(),
        number: int | None = None,
        batch_size: int = 1,
    ) -> Iterator[tuple[Request, list[Candidate]]]:
        """Make the requested sounds, of captions and of given sounds.

        Args:
            requests: Any mixture of tasks, LOA sources, lengths and seeds.
            options: How to sample.
            number: Sounds of each request; the preset's number if None.
            batch_size: Sounds sampled at once, as far as their lengths agree.

        Returns:
            Requests in their order, each with its sounds, the best first.

        Raises:
            ValueError: If a request cannot be met, or several sounds are wanted and
                there is no ranking.
        """
        number = self.system.behaviour.candidates if number is None else number
        if number > 1 and self.system.ranking is None:
            raise ValueError(
                f"{number} candidates need a ranking, which needs a CLAP model as "
                "sentence encoder; make one candidate, or load such a model"
            )
        return generate(self.system, requests, options, number, batch_size)
