"""Titles and explanations of the rows of the tables."""

TITLES = {
    "recordings": "recordings",
    "reconstructions": "recordings through VAE and vocoder",
    "predicted": "generated, predicted LOA",
    "shuffled": "generated, predicted LOA, shuffled captions",
    "true": "generated, true LOA",
    "other": "generated, LOA of another caption",
    "zero": "generated, zero LOA",
    "mean": "generated, mean LOA",
    "loa_only": "generated, predicted LOA, no text",
    "untrained": "untrained model",
    "nearest_caption": "training recording with the nearest caption",
    "noise": "white noise",
    "another": "another random utterance",
}
SOUND_ROWS = {
    "recordings": "the test recordings. The distances in this row are between training "
    "and test recordings. They are a lower bound for generated clips, because both "
    "sets are real and of the same classes.",
    "reconstructions": "the test recordings, reconstructed with VAE and vocoder. Their "
    "scores are an upper bound for any language model and diffusion model. The "
    "probes may still classify generated clips better, because these resemble the "
    "average of their class; this does not mean better audio.",
    "predicted": "the whole system: caption -> LOA by GPT-2 -> latent -> mel -> "
    "waveform.",
    "shuffled": "the clips of the row 'generated, predicted LOA', classified against "
    "permuted captions.",
    "true": "clips from the true LOA of the recording and the text of the caption. "
    "Each clip is classified by a probe that was fitted without its recording "
    "(cross-validation).",
    "other": "clips from the text of the caption and the LOA predicted for another "
    "caption. The row shows whether the system follows the LOA or the text.",
    "zero": "clips from the text of the caption and a LOA of zeros.",
    "mean": "clips from the text of the caption and the mean LOA of the training set.",
    "loa_only": "clips from the predicted LOA and the text of the empty caption.",
    "untrained": "language model and diffusion model before training, with trained "
    "VAE and vocoder.",
    "nearest_caption": "for each test caption, the training recording with the nearest "
    "caption, reconstructed with VAE and vocoder; nothing is generated. The probe that "
    "was fitted on reconstructed training recordings has seen these clips, so that its "
    "score is too high here.",
    "noise": "Gaussian noise.",
}
SPEECH_ROWS = {
    "recordings": "the test recordings. The recogniser is not expected to understand "
    "generated speech better.",
    "reconstructions": "the test recordings, reconstructed with VAE and vocoder.",
    "true": "clips from the true LOA of the recording and the text.",
    "predicted": "the whole system: description and phonemes -> LOA -> latent -> "
    "waveform.",
    "another": "the test recordings, each compared with the transcript and the "
    "recording of another utterance, which has other words.",
}
GENERATED = "generated clips."  # explanation of rows with other names


def row_title(name: str) -> str:
    """Return the title of a row; a system of unknown name keeps its name."""
    return TITLES.get(name, name)
