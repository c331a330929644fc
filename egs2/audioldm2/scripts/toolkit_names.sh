# shellcheck shell=bash
# Source this before utils/parse_options.sh: options that the toolkit's recipes call by other
# names get the names of this recipe.
#   --skip_data_prep  --skip_data          --download_model TAG  --pretrained TAG
#   --test_sets NAME  --test_set NAME

toolkit_words=()
for toolkit_word in "$@"; do
    case ${toolkit_word//-/_} in
        __skip_data_prep) toolkit_word=--skip_data ;;
        __test_sets) toolkit_word=--test_set ;;
        __download_model) toolkit_word=--pretrained ;;
    esac
    toolkit_words+=("${toolkit_word}")
done
set -- "${toolkit_words[@]}"
unset toolkit_word toolkit_words
