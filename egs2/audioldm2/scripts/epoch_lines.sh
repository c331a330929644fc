#!/usr/bin/env bash
# Print the main lines of a training log: epoch_lines.sh < LOG
#
# These are lines about epochs and errors, without the times of single operations and the
# counters of the optimiser, so that the values of validation fit on a screen. Lines of
# epochs are complete, however many values a model measures; lines of errors are cut.
grep --line-buffered -E 'epoch started|epoch results|newly initialised: |continues from|Error: |error: ' |
    sed -u -E 's/^\[[^]]*\] //; s/\([^)]*\) [A-Z]+: //' |
    sed -u -E 's/[a-z_]*(iter|forward|backward|optim_step|train)_time=[^,]*, //g' |
    sed -u -E 's/(clip|loss_scale|gpu_[A-Za-z_]*)=[^,]*, //g; /epoch results/!s/^(.{1000}).*/\1/'
