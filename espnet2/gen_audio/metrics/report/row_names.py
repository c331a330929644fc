"""Titles and explanations of the rows of the tables."""

TITLES = {
    "recordings": "recordings",
    "reconstructions": "recordings through VAE and vocoder",
    "predicted": "generated, predicted LOA",
    "shuffled": "the same, captions shuffled",
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
    "recordings": "the test recordings themselves. Distances: recordings of the "
    "training set against them, which is as close as other recordings of these classes "
    "come (floor).",
    "reconstructions": "the test recordings passed through VAE and vocoder: what a "
    "perfect language model and diffusion model could reach (ceiling). Generated clips "
    "may still be classified better, because they are prototypes of their class; that "
    "is not better audio.",
    "predicted": "the system: caption -> LOA by GPT-2 -> latent -> mel -> waveform.",
    "shuffled": "the same clips, classified against permuted captions.",
    "true": "the LOA is that of the recording, not of the caption; classified by "
    "cross-validation, by a probe that was fitted without the recording.",
    "other": "LOA predicted from another caption, the text kept: shows which of the "
    "two the system follows.",
    "zero": "no LOA, the text kept.",
    "mean": "mean LOA of the training set, the text kept.",
    "loa_only": "predicted LOA, the text replaced by that of the empty caption.",
    "untrained": "the same networks before training; VAE and vocoder trained.",
    "nearest_caption": "no generator: the training recording whose caption is nearest "
    "to the test caption, as the classifier probes get it. The probe of training "
    "reconstructions was fitted on these very clips.",
    "noise": "Gaussian noise.",
}
SPEECH_ROWS = {
    "recordings": "the test recordings, what the recogniser can reach.",
    "reconstructions": "the same passed through VAE and vocoder.",
    "true": "the LOA is that of the recording; the text is given as well.",
    "predicted": "the system: description and phonemes -> LOA -> latent -> waveform.",
    "another": "the recordings against transcripts and recordings of other "
    "utterances: speech that says something else.",
}
GENERATED = "a generated system."  # explanation of other rows


def row_title(name: str) -> str:
    """Return the title of a row; a system of unknown name keeps its name."""
    return TITLES.get(name, name)
