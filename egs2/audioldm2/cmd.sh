# shellcheck shell=bash disable=SC2034,SC2154
# How jobs are started. 'run.pl' runs them on this machine; on a cluster put Kaldi's
# slurm.pl, queue.pl or pbs.pl of an ESPnet checkout here, with their usual options.
export train_cmd="run.pl"   # data and dump stages
export cuda_cmd="run.pl"    # training
export decode_cmd="run.pl"  # generation
