#!/usr/bin/env bash
# What of a training log a person follows: epoch_lines.sh < LOG
#
# Lines about epochs and errors, without the times of single operations and the counters
# of the optimiser, so that the values of validation stand within a screen's width. Lines of
# epochs are whole, however many values a model measures; of errors there is the beginning.
grep --line-buffered -E 'epoch started|epoch results|starting fresh|goes on from|Error: |error: ' |
    sed -u -E 's/^\[[^]]*\] //; s/\([^)]*\) [A-Z]+: //' |
    sed -u -E 's/[a-z_]*(iter|forward|backward|optim_step|train)_time=[^,]*, //g' |
    sed -u -E 's/(clip|loss_scale|gpu_[A-Za-z_]*)=[^,]*, //g; /epoch results/!s/^(.{1000}).*/\1/'
