"""Reading posts: language, redaction, labels, offers, near-copy signatures. No database, no network."""

from nlp.encoder import describe
from nlp.errors import ModelError
from nlp.heads import ModelCard, TrainedModel, model_folder
from nlp.tagger import Tagger, TextInput

__all__ = ["ModelCard", "ModelError", "Tagger", "TextInput", "TrainedModel", "describe", "model_folder"]
