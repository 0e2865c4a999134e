"""Token rows for other languages under the English encoder's frozen body: `python -m nlp.training.table`.

A translation learns to have the sentence vector of its English original (Artetxe et al. 2020; Reimers, Gurevych 2020). The
English rows and the body stay as they are, so one body, one adapter and one set of heads serve all languages.
"""
