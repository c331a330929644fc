"""A tiny AudioLDM2Pipeline of diffusers' own classes, loud enough to be compared.

Tokenizers are trained here; heads are set as the published network has them (diffusers
means the number of heads by ``attention_head_dim``).
"""

import json

import torch
import transformers

from espnet2.gen_audio.compat import pipeline_language_model

SENTENCES = [
    "a dog barks in the rain",
    "a short thud of a bass drum",
    "rain falls on a tin roof",
    "birds sing while a river flows",
]
WIDTHS = (32, 64, 96)
LOA, T5, CLAP = 64, 32, 16
GEOMETRY = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "latent_channels": 4}


def pipeline(folder, seed=0):
    """Return the pipeline; its tokenizers' files are made in ``folder``."""
    from diffusers import AudioLDM2Pipeline

    torch.manual_seed(seed)
    parts = nets() | encoders() | tokenizers(folder)
    pipe = AudioLDM2Pipeline(**parts, scheduler=scheduler())
    with torch.no_grad():
        for name in ("unet", "vae", "vocoder", "language_model", "projection_model"):
            liven(getattr(pipe, name))
    loud(pipe.vocoder)
    return pipe


def nets():
    from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL
    from diffusers.pipelines.audioldm2 import AudioLDM2ProjectionModel
    from transformers import GPT2Config, SpeechT5HifiGan, SpeechT5HifiGanConfig

    unet = AudioLDM2UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        cross_attention_dim=((None, LOA, T5),) * 3,
        attention_head_dim=tuple(width // 32 for width in WIDTHS),
    )
    vae = AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(32, 32, 64),
        layers_per_block=1,
        latent_channels=4,
        scaling_factor=0.41,
        sample_size=64,
    )
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=16,
            sampling_rate=16000,
            upsample_initial_channel=64,
            upsample_rates=[5, 4, 2, 2, 2],
            upsample_kernel_sizes=[16, 16, 8, 4, 4],
            normalize_before=False,
        )
    )
    # the class that the installed pipeline calls
    gpt2 = getattr(transformers, pipeline_language_model())(
        GPT2Config(
            vocab_size=20,
            n_positions=64,
            n_embd=LOA,
            n_layer=2,
            n_head=1,
            # 64 x 32 filter bank in 16 x 16 patches, pooled by 8: one vector
            max_new_tokens=1,
        )
    )
    projection = AudioLDM2ProjectionModel(CLAP, T5, LOA)
    return {
        "unet": unet,
        "vae": vae,
        "vocoder": vocoder,
        "language_model": gpt2.eval(),
        "projection_model": projection,
    }


def encoders():
    from transformers import ClapConfig, ClapModel, T5Config, T5EncoderModel

    text = {
        "vocab_size": 300,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 40,
        "projection_dim": CLAP,
    }
    audio = {
        "patch_embeds_hidden_size": 8,
        "hidden_size": 32,
        "depths": [1, 1, 1],
        "num_attention_heads": [1, 2, 4],
        "num_hidden_layers": 3,
        "spec_size": 64,
        "num_mel_bins": 16,
        "window_size": 4,
        "projection_dim": CLAP,
    }
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=CLAP)
    t5 = T5Config(
        vocab_size=120,
        d_model=T5,
        d_kv=8,
        d_ff=48,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
    )
    return {
        "text_encoder": ClapModel(config).eval(),
        "text_encoder_2": T5EncoderModel(t5).eval(),
    }


def tokenizers(folder):
    """Train a byte-level BPE (RoBERTa) and a sentencepiece unigram model (T5)."""
    import sentencepiece
    from tokenizers import ByteLevelBPETokenizer
    from transformers import ClapFeatureExtractor, RobertaTokenizer, T5Tokenizer

    text = folder / "text"
    text.write_text("\n".join(SENTENCES * 20))
    bpe = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe.train([str(text)], vocab_size=300, special_tokens=special, show_progress=False)
    bpe.save_model(str(folder))
    roberta = RobertaTokenizer.from_pretrained(str(folder), model_max_length=38)
    place = folder / "t5"
    place.mkdir(exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(place / "spiece"),
        vocab_size=60,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    (place / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "T5Tokenizer", "extra_ids": 0})
    )
    t5 = T5Tokenizer.from_pretrained(str(place), extra_ids=0, model_max_length=64)
    extractor = ClapFeatureExtractor(
        feature_size=16, truncation="rand_trunc", max_length_s=1
    )
    return {"tokenizer": roberta, "tokenizer_2": t5, "feature_extractor": extractor}


def scheduler():
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.0015,
        beta_end=0.0195,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="leading",
    )


def liven(module):
    """Draw all weights anew, so that no branch is zero and none explodes."""
    module.eval()
    for name, weight in module.named_parameters():
        if weight.dim() == 1:
            near = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            torch.nn.init.normal_(weight, near, 0.1)
        else:
            inputs = weight[0].numel() if "upsampler" not in name else weight.shape[0]
            torch.nn.init.normal_(weight, 0.0, max(inputs, 1) ** -0.5)


def loud(vocoder):
    """Scale the last layer: a freshly made HiFi-GAN is nearly silent."""
    with torch.no_grad():
        wave = vocoder(torch.randn(1, 16, 16))
        vocoder.conv_post.weight.mul_(0.3 / wave.std().clamp(min=1e-6))
