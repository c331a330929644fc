"""Text2Audio, the public class: from captions to waveforms.

It builds requests and passes them to ``generate``, which runs these steps:

    encode_all          captions         -> token states, sentence vector  text encoders
    predict_candidates  text             -> LOA, (L, D)                    GPT-2
    sample_all          noise, LOA, text -> latent, (C, T', F')            U-Net
    decode_all          latent           -> log mel, (N, M)                VAE
    vocode_all          log mel          -> waveform, (T,)                 vocoder

Source: AudioLDM 2, arXiv:2308.05734, figure 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.pipeline.behaviour import Behaviour
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.request import Candidate, Request
from espnet2.gen_audio.pipeline.system import System

SINGLE = "sound"  # id of a caption that is given without one


class Text2Audio:
    """Generate audio with a system of trained models.

    Args:
        system: The models, text encoders and settings; ``from_pretrained`` loads one.

    Examples:
        >>> import soundfile
        >>> from espnet2.gen_audio.pipeline.options import preset_options
        >>> from espnet2.gen_audio.pipeline.text2audio import Text2Audio
        >>> text2audio = Text2Audio.from_pretrained("exp/packed/joint_mini.zip")
        >>> options = preset_options("balanced", seed=1)
        >>> wave = text2audio("a dog barks", options, seconds=5)
        >>> soundfile.write("dog.wav", wave.numpy(), text2audio.sample_rate)
        >>> waves = text2audio({"a": "a dog barks", "b": "rain"}, options)  # by id

        With a speech model:

        >>> wave = text2audio("a calm female voice", transcripts="seven five one")

        A task on a given sound, one of ``pipeline.edit``:

        >>> from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
        >>> from espnet2.gen_audio.pipeline.edit.source import Source
        >>> from espnet2.gen_audio.pipeline.request import Request
        >>> source = Source.from_file("dog.wav", text2audio.sample_rate)
        >>> request = Request("x", "rain", task=Inpainting(source, [(1.0, 2.0)]))
        >>> for request, sounds in text2audio.make([request], options):
        ...     wave = sounds[0].wave
    """

    def __init__(self, system: System):
        self.system = system

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        behaviour: str | Behaviour = "ours",
        device: str = "cpu",
        dtype: str = "float32",
        low_memory: bool = False,
        *,
        model_tag: str | None = None,
    ) -> "Text2Audio":
        """Load a whole system.

        Args:
            model: A converted folder, a packed archive, or a tag of ESPnet's model zoo.
            behaviour: ``ours``, ``official`` (the authors' program), or a
                ``Behaviour``.
            device: Device of the networks.
            dtype: ``float32``, ``bfloat16``, ``float16`` or ``float64``.
            low_memory: Load each part when it is needed and release it afterwards.
            model_tag: The same as ``model``, by the name that ESPnet's classes give it.

        Returns:
            The system, ready to generate.

        Raises:
            ValueError: If not exactly one of ``model`` and ``model_tag`` is given.
        """
        if (model is None) == (model_tag is None):
            raise ValueError(
                f"model={model!r} and model_tag={model_tag!r}: give one, a folder,"
                " an archive or a tag of the model zoo"
            )
        given = model if model_tag is None else model_tag
        return cls(load_converted(given, behaviour, device, dtype, low_memory))

    @property
    def sample_rate(self) -> int:
        """Rate of the sounds, in Hz."""
        return self.system.sample_rate

    def __call__(
        self,
        captions: str | Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
        seconds: float | None = None,
        transcripts: str | Mapping[str, str] | None = None,
        conditions: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
    ) -> torch.Tensor | dict[str, torch.Tensor]:
        """Generate one waveform per caption: the best of its candidates.

        All captions are sampled as one batch; ``make`` takes a batch size.

        Args:
            captions: A caption, or captions by id. Seed and id determine the noise; a
                single caption has the id ``sound``, as in ``espnet-gen-audio``.
            options: ``preset_options("balanced", guidance_scale=2.0)``, for example;
                default: preset ``quality``, DDIM with 200 steps.
            candidates: Candidates per caption, ranked by CLAP; if None, the
                behaviour's number.
            seconds: Duration; if None, the duration of a training clip.
            transcripts: For a speech model, the transcript, or transcripts by id.
            conditions: Conditions that the config of the model declares, by name and
                id, (L, D) each; a condition is null for an id without values.

        Returns:
            The waveform, (T,), or waveforms by id, as the captions are given.

        Raises:
            ValueError: If a request cannot be fulfilled.
        """
        single = isinstance(captions, str)
        if single and isinstance(transcripts, str):
            transcripts = {SINGLE: transcripts}
        made = self.candidates(
            {SINGLE: captions} if single else captions,
            options,
            candidates,
            seconds,
            transcripts,
            conditions,
        )
        waves = {utt_id: sounds[0].wave for utt_id, sounds in made.items()}
        return waves[SINGLE] if single else waves

    def candidates(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
        seconds: float | None = None,
        transcripts: Mapping[str, str] | None = None,
        conditions: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
    ) -> dict[str, list[Candidate]]:
        """Generate several candidates per caption, ranked by CLAP.

        Candidate number 0 is the waveform that is generated if only one is requested.

        Args:
            captions: Captions by id.
            options: See ``__call__``.
            candidates: Candidates per caption; if None, the behaviour's number.
            seconds: Duration; if None, the duration of a training clip.
            transcripts: Transcripts for a speech model, by id.
            conditions: Conditions that the config of the model declares, by name and
                id, (L, D) each; a condition is null for an id without values.

        Returns:
            Candidates by id, the best first; only the best if the behaviour says so.

        Raises:
            ValueError: If captions or transcripts are not given by id, a request cannot
                be fulfilled, or a transcript or a condition has no caption.
        """
        requests = _requests_of(captions, seconds, transcripts or {}, conditions or {})
        kept = 1 if self.system.behaviour.keep == "best" else None
        made = self.make(requests, options, candidates, batch_size=len(requests))
        return {request.utt_id: sounds[:kept] for request, sounds in made}

    def make(
        self,
        requests: Sequence[Request],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
        batch_size: int = 1,
    ) -> Iterator[tuple[Request, list[Candidate]]]:
        """Generate from requests: text to audio, or an edit of a given sound.

        Args:
            requests: Any mixture of tasks, LOA sources, durations and seeds.
            options: See ``__call__``.
            candidates: Candidates per request; if None, the behaviour's number.
            batch_size: Number of sounds sampled together; they have equal length.

        Returns:
            An iterator over the requests in order, each with its candidates, the best
            first. A request is generated when the iterator reaches it.

        Raises:
            ValueError: If several candidates are requested from a system without CLAP.
                The iterator raises it if a request is not valid.
        """
        candidates = (
            self.system.behaviour.candidates if candidates is None else candidates
        )
        if candidates > 1 and self.system.ranking is None:
            raise ValueError(
                f"{candidates} candidates need a ranking by CLAP, so a CLAP model "
                "without fusion as sentence encoder; generate one candidate, or load "
                "such a model"
            )
        return generate(self.system, requests, options, candidates, batch_size)


def _requests_of(
    captions: Mapping[str, str],
    seconds: float | None,
    transcripts: Mapping[str, str],
    conditions: Mapping[str, Mapping[str, torch.Tensor]],
) -> list[Request]:
    """Return one request for each caption; refuse what belongs to no caption."""
    _refuse_no_mapping(captions, "captions")
    _refuse_no_mapping(transcripts, "transcripts")
    for name, rows in [*conditions.items(), ("transcript", transcripts)]:
        without = sorted(rows.keys() - captions.keys())
        if without:
            raise ValueError(
                f"{name} was given for {without}, which have no caption; give a "
                "caption for each of these"
            )
    return [
        Request(
            utt_id,
            caption,
            seconds,
            transcript=transcripts.get(utt_id),
            conditions={
                name: rows[utt_id]
                for name, rows in conditions.items()
                if utt_id in rows
            },
        )
        for utt_id, caption in captions.items()
    ]


def _refuse_no_mapping(given: object, name: str) -> None:
    """Refuse a list of texts, which other libraries take, and texts that are none."""
    texts = given.values() if isinstance(given, Mapping) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(
            f"{name}: got {str(given)[:60]!r}; give texts by id, such as "
            "{'sound': 'a dog barks'}: id and seed determine the noise"
        )
