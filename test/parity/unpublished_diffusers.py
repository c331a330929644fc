"""A tiny AudioLDM2Pipeline in which every value that a config states is another one.

Nothing here is as published: no group, head, epsilon, activation, rate, kernel,
dilation, slope, schedule or scale. Classes are diffusers' own.
"""

import tiny_diffusers
import torch
import transformers
from tiny_diffusers import CLAP, T5, liven, loud, tokenizers

from espnet2.gen_audio.compat import pipeline_language_model

LOA = 60
SECONDS = 0.64
WIDTHS = (24, 48, 80)
HEADS = (2, 3, 4)
SCHEDULE = {
    "num_train_timesteps": 800,
    "beta_start": 0.001,
    "beta_end": 0.03,
    "beta_schedule": "linear",
    "prediction_type": "v_prediction",
    "clip_sample": True,
    "clip_sample_range": 1.2,
    "set_alpha_to_one": True,
    "steps_offset": 3,
    "timestep_spacing": "leading",
}


def pipeline(folder, seed=0):
    """Return the pipeline; its tokenizers' files are made in ``folder``."""
    from diffusers import AudioLDM2Pipeline, DDIMScheduler

    torch.manual_seed(seed)
    parts = nets() | encoders() | tokenizers(folder)
    pipe = AudioLDM2Pipeline(**parts, scheduler=DDIMScheduler(**SCHEDULE))
    with torch.no_grad():
        for name in tiny_diffusers.nets():
            liven(getattr(pipe, name))
        sharpen(pipe)
        pipe.vocoder.mean.normal_()
        pipe.vocoder.scale.uniform_(0.5, 2.0)
    loud(pipe.vocoder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def sharpen(pipe):
    """Scale weights so that a caption and every head of attention matter."""
    factors = [
        (pipe.text_encoder.text_model, "weight", 10.0),
        (pipe.language_model, "c_attn.weight", 3.0),
        (pipe.unet, "attn2.to_q.weight", 2.0),
        (pipe.unet, "attn2.to_k.weight", 2.0),
        (pipe.unet, "attn2.to_out.0.weight", 3.0),
    ]
    for module, end, factor in factors:
        for name, weight in module.named_parameters():
            if weight.dim() > 1 and name.endswith(end):
                weight.mul_(factor)


def nets():
    from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL
    from diffusers.pipelines.audioldm2 import AudioLDM2ProjectionModel
    from transformers import GPT2Config, SpeechT5HifiGan, SpeechT5HifiGanConfig

    unet = AudioLDM2UNet2DConditionModel(
        sample_size=28,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        cross_attention_dim=((None, LOA, T5),) * 3,
        attention_head_dim=HEADS,
        norm_num_groups=8,
        norm_eps=1e-3,
        act_fn="gelu",
        flip_sin_to_cos=False,
        freq_shift=1,
    )
    vae = AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 16, 24),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        scaling_factor=0.7,
        sample_size=112,
    )
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=16,
            sampling_rate=22050,
            upsample_initial_channel=48,
            upsample_rates=[7, 6, 3],
            upsample_kernel_sizes=[16, 12, 7],
            resblock_kernel_sizes=[3, 5],
            resblock_dilation_sizes=[[1, 2], [2, 4]],
            leaky_relu_slope=0.2,
            normalize_before=True,
        )
    )
    gpt2 = getattr(transformers, pipeline_language_model())(
        GPT2Config(
            vocab_size=20,
            n_positions=64,
            n_embd=LOA,
            n_layer=2,
            n_head=5,
            activation_function="relu",
            layer_norm_epsilon=1e-2,
            # 4 x 8 patches, pooled by 2
            max_new_tokens=8,
        )
    )
    return {
        "unet": unet,
        "vae": vae,
        "vocoder": vocoder,
        "language_model": gpt2.eval(),
        "projection_model": AudioLDM2ProjectionModel(CLAP, T5, LOA),
    }


def encoders():
    """Return CLAP and T5 with other epsilons and activations."""
    made = tiny_diffusers.encoders()
    from transformers import ClapConfig, ClapModel, T5Config, T5EncoderModel

    clap = made["text_encoder"].config.to_dict()
    clap["text_config"] |= {"layer_norm_eps": 1e-2, "hidden_act": "relu"}
    clap["text_config"]["projection_hidden_act"] = "gelu"
    clap["projection_hidden_act"] = "gelu"
    t5 = made["text_encoder_2"].config.to_dict()
    t5 |= {"layer_norm_epsilon": 1e-2, "feed_forward_proj": "gated-silu"}
    t5 |= {"relative_attention_max_distance": 16}
    for name in ("dense_act_fn", "is_gated_act"):
        t5.pop(name, None)
    return {
        "text_encoder": ClapModel(ClapConfig(**clap)).eval(),
        "text_encoder_2": T5EncoderModel(T5Config(**t5)).eval(),
    }
