"""What GPT-2 and the U-Net are conditioned on, as types without networks.

In reading order: ``condition`` (embedding and mask: the type of every condition),
``spec`` (name, role, width, null value and drop probability of a condition),
``dropout`` (drop masks in training).
"""
