"""ESPnet's GANTrainer with a moving average, checks for NaN and atomic saves."""

from espnet2.train.gan_trainer import GANTrainer

from espnet2.gen_audio.training.trainer import SafeTraining


class GenAudioGANTrainer(SafeTraining, GANTrainer):
    """ESPnet's GANTrainer inside ``SafeTraining``; the first optimiser is averaged."""
