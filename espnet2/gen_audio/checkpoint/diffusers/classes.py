"""The components of an AudioLDM2Pipeline folder and the classes that open them."""

from typing import Any

from espnet2.gen_audio.compat import pipeline_language_model

# Class of each component; that of GPT-2 depends on the installed diffusers.
CLASSES = {
    "vae": ("diffusers", "AutoencoderKL"),
    "text_encoder": ("transformers", "ClapModel"),
    "text_encoder_2": ("transformers", "T5EncoderModel"),
    "projection_model": ("audioldm2", "AudioLDM2ProjectionModel"),
    "language_model": ("transformers", "GPT2LMHeadModel"),
    "tokenizer": ("transformers", "RobertaTokenizer"),
    "tokenizer_2": ("transformers", "T5Tokenizer"),
    "feature_extractor": ("transformers", "ClapFeatureExtractor"),
    "unet": ("audioldm2", "AudioLDM2UNet2DConditionModel"),
    "scheduler": ("diffusers", "DDIMScheduler"),
    "vocoder": ("transformers", "SpeechT5HifiGan"),
}
PHONEME_CLASSES = {
    "text_encoder_2": ("transformers", "VitsModel"),
    "tokenizer_2": ("transformers", "VitsTokenizer"),
}


def model_index(speech: bool) -> dict[str, Any]:
    """Return model_index.json of a whole pipeline.

    Args:
        speech: Whether the second encoder reads phonemes.

    Returns:
        Its contents.
    """
    import diffusers

    classes = CLASSES | (PHONEME_CLASSES if speech else {})
    classes["language_model"] = ("transformers", pipeline_language_model())
    named = {name: list(pair) for name, pair in classes.items()}
    return {
        "_class_name": "AudioLDM2Pipeline",
        "_diffusers_version": diffusers.__version__,
    } | named
