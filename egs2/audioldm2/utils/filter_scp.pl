#!/usr/bin/env bash
# Print the lines whose id is in a list: [--exclude] [-f n] ids [in]
exec python3 -m espnet2.gen_audio.bin.data_dir filter "$@"
