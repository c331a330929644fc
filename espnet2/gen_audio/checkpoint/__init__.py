"""Weights in and out: safe to load, every name accounted for.

In reading order: ``experiment`` (the model of a folder that training left).
"""
