"""Fine-tune GPT-2 and the U-Net together, to adapt them to each other.

In reading order: ``espnet_model`` (random choice of true or predicted LOA, the sum of
both losses), ``build`` (the model of a config).
"""
