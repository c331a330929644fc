#!/usr/bin/env bash
# Set up the environment of the recipe, unless path.sh finds one. Call scripts/set_up.sh
# in the folder of the recipe. If the recipe is linked into a checkout of ESPnet, path.sh
# finds the environment of this checkout.
set -euo pipefail

# shellcheck source=/dev/null
if ! (. ./path.sh) 2> /dev/null; then
    "$(cd -P ../.. && pwd)/tools/setup_env.sh"
fi
