"""Generation in few passes: by the one path, with a student in place of its teacher."""

import copy
from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.diffusion.student.splitting import integrate
from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.edit.super_resolution import SuperResolution
from espnet2.gen_audio.pipeline.encode import encode_all, noise_id
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.lazy import Lazy, MemorySlot
from espnet2.gen_audio.pipeline.loa_source import ZERO
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.precision import in_precision
from espnet2.gen_audio.pipeline.predict_loa import predict_candidates
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.sample import diffusion_conditions, sample_all
from espnet2.gen_audio.pipeline.system import Parts
from espnet2.gen_audio.seeding import generator_of, normal_of
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

NAMES = ("ldm", "vae", "vocoder", "loa_lm", "audiomae", "student")


class Repeated(AbsVocoder):
    """Repeat the bands of a mel, in its precision."""

    def forward(self, mel, trim=True):
        return mel.flatten(1).repeat_interleave(10, dim=1)


def texts():
    words = ["drum", "a dog", "rain falls on a tin roof", "a dog barks", "rain"]
    seconds = [None, 0.4, 1.5]
    made = [Request(f"t{n}", words[n], seconds[n % 3], seed=n) for n in range(5)]
    return [*made, Request("z", "rain", loa=ZERO)]


def made(system, wanted, options, batch_size=1):
    pairs = generate(system, wanted, options, batch_size=batch_size)
    return {request.utt_id: sounds[0].wave for request, sounds in pairs}


@pytest.mark.parametrize("passes", [1, 2, 4])
def test_a_latent_is_the_noise_moved_along_the_average_velocity(taught, passes):
    options, request = preset_options("fast2", steps=passes, seed=3), Request(
        "a", "a drum"
    )
    system, student = taught.sampled_by(options), taught.parts.student
    encoded = encode_all(system, [request], options)
    loas = predict_candidates(system, encoded, 1, 1)
    ((latent,),) = sample_all(system, encoded, loas, options, 1, 1)
    conditions = diffusion_conditions(system, encoded[0].batch, loas[0][0])
    noise = normal_of([generator_of(3, noise_id("a", 0))], latent.shape)
    solver = student.process.build_scheduler(options.scheduler)
    scale = torch.tensor([options.guidance_scale])
    with torch.no_grad():
        wanted = integrate(
            lambda z, low, high: student.average(z, low, high, scale, conditions),
            solver.init_noise_sigma * noise,
            student.process.last,
            passes,
        )
    wanted = wanted[0] / student.latent_scale
    assert (latent - wanted).abs().max() < 1e-4 * wanted.abs().max()


@pytest.mark.parametrize(("preset", "passes"), [("instant", 1), ("fast2", 2)])
def test_a_preset_runs_its_passes_and_none_for_guidance(
    taught, preset, passes, monkeypatch
):
    rows, net = [], taught.parts.student.unet.net
    conv_in = net.conv_in.forward
    monkeypatch.setattr(
        net.conv_in, "forward", lambda x: rows.append(len(x)) or conv_in(x)
    )
    made(taught, [Request("a", "drum")], preset_options(preset))
    assert rows == [1] * passes


def test_the_guidance_scale_is_an_input_of_the_student(taught):
    request = [Request("a", "drum")]
    one, other = (
        made(taught, request, preset_options("instant", guidance_scale=scale))["a"]
        for scale in (2.0, 4.0)
    )
    assert not torch.equal(one, other)


def test_one_at_a_time_any_order_gives_the_same_bytes(taught):
    options, wanted = preset_options("fast2"), texts()
    first, again = made(taught, wanted, options), made(taught, wanted[::-1], options)
    assert all(torch.equal(first[utt_id], again[utt_id]) for utt_id in first)


def test_in_double_precision_batches_change_nothing(taught):
    names = ("ldm", "vae", "loa_lm", "student")
    parts = {n: copy.deepcopy(getattr(taught.parts, n)) for n in names}
    parts = {n: in_precision(p, torch.float64, "cpu") for n, p in parts.items()}
    parts["vocoder"] = Repeated()
    double = replace(taught, parts=replace(taught.parts, **parts))
    alone = made(double, texts(), preset_options("fast2"))
    together = made(double, texts()[::-1], preset_options("fast2"), 6)
    for utt_id, wave in alone.items():
        assert (together[utt_id] - wave).abs().max() <= 1e-10 * wave.abs().max()


def test_a_lazy_system_does_not_load_the_teacher(taught):
    loads, slot = [], MemorySlot()

    def load(name):
        loads.append(name)
        return getattr(taught.parts, name)

    lazy = Parts(**{n: Lazy(lambda n=n: load(n), slot) for n in NAMES})
    lean = replace(taught, parts=lazy)
    wanted = [Request("a", "drum")]
    own = made(lean, wanted, preset_options("instant"))["a"]
    assert torch.equal(own, made(taught, wanted, preset_options("instant"))["a"])
    assert "ldm" not in loads and "student" in loads


def test_without_a_student_its_presets_are_refused_in_one_line(editor):
    with pytest.raises(ValueError, match="this system has none; use the preset fast"):
        made(editor, [Request("a", "drum")], preset_options("instant"))


def test_a_scale_that_the_student_never_saw_is_refused(taught):
    with pytest.raises(ValueError, match="9 was given, but .* trained for 1 to 5"):
        made(
            taught,
            [Request("a", "drum")],
            preset_options("instant", guidance_scale=9.0),
        )


def test_tasks_that_keep_a_latent_are_refused_and_name_the_preset(taught, source):
    tasks = [
        Continuation(source),
        Inpainting(source, [(0.2, 0.5)]),
        StyleTransfer(source),
        SuperResolution(source, 4000.0),
    ]
    for task in tasks:
        wanted = [Request("a", "rain"), Request("b", "rain", 0.5, task=task)]
        with pytest.raises(ValueError, match="b: .* use the preset balanced"):
            made(taught, wanted, preset_options("fast2"))


def test_tasks_on_a_given_sound_without_its_latent_work(taught, source):
    wanted = [
        Request("p", "rain", task=AudioPrompt(source)),
        Request("c", "rain", 0.5, task=Continuation(source, keep_latent=False)),
    ]
    waves = made(taught, wanted, preset_options("fast2"))
    assert all(wave.isfinite().all() and wave.any() for wave in waves.values())


def test_a_long_sound_is_made_in_windows(taught):
    (wave,) = made(
        taught, [Request("a", "drum", 4.0)], preset_options("fast2")
    ).values()
    assert len(wave) == 64000 and wave.isfinite().all()


def test_in_bfloat16_a_student_makes_a_sound(taught):
    names = ("ldm", "vae", "loa_lm", "student")
    half = {n: copy.deepcopy(getattr(taught.parts, n)) for n in names}
    half = {n: in_precision(p, torch.bfloat16, "cpu") for n, p in half.items()}
    system = replace(taught, parts=replace(taught.parts, **half))
    (wave,) = made(system, [Request("a", "drum")], preset_options("instant")).values()
    assert wave.dtype == torch.float32 and wave.isfinite().all() and wave.any()
