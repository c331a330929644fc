"""Benchmark of speed and memory against diffusers' AudioLDM2Pipeline, on equal weights.

In reading order: ``prompts`` and ``random_models`` (random weights of the published
sizes), ``pair`` (both systems, loaded), ``equal_jobs`` and ``whole_sounds`` (equal work
for both systems), ``timing`` (alternating measurements; medians, intervals),
``peak_speed`` (peak speed of the machine), ``memory`` (peak memory of a new process),
``training_step`` (a training step with dumped features, and one with all encoders),
``report`` (the results as text and as a file), ``picture`` (time and memory relative to
diffusers' pipeline).
"""
