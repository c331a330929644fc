"""Systems of parts that belong together: in memory, in a folder, in one packed file.

In reading order: ``system`` (nets and encoders in memory), ``tensor_writer`` (their
weights as safetensors), ``provenance`` with ``licences`` (where weights come from and
under which terms), ``encoder_fit`` (encoders against the class of transformers that
they name), ``folder`` (a folder a part, and the index), ``trained`` (parts of trained
experiments), ``packed`` (one archive in ESPnet's form),
``report_table`` (what a conversion found).
"""
