#!/usr/bin/env bash
# Print utt2spk made of spk2utt: [spk2utt]
exec python3 -m espnet2.gen_audio.bin.data_dir utt2spk "$@"
