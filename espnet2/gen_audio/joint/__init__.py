"""Fine-tuning GPT-2 and U-Net together, so that each fits what the other does.

In reading order: ``espnet_model`` (true or predicted LOA by a drawn switch, the sum of
both losses), ``build`` (the model of a config).
"""
