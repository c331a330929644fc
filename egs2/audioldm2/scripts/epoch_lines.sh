#!/usr/bin/env bash
# Print the main lines of a training log: epoch_lines.sh < LOG
#
# The main lines are those about epochs and errors. Times of single operations and counters
# of the optimiser are removed, so that the validation values fit on a screen. Lines about
# errors are cut to 1000 characters; lines about epochs are not.
grep --line-buffered -E 'epoch started|epoch results|newly initialised: |continues from|Error: |error: ' |
    sed -u -E 's/^\[[^]]*\] //; s/\([^)]*\) [A-Z]+: //' |
    sed -u -E 's/[a-z_]*(iter|forward|backward|optim_step|train)_time=[^,]*, //g' |
    sed -u -E 's/(clip|loss_scale|gpu_[A-Za-z_]*)=[^,]*, //g; /epoch results/!s/^(.{1000}).*/\1/'
