"""The ask line: question → names and plan → candidates → fused ranking → passages with their paths → answer.

``finding`` leads from a question to passages, ``short_answers`` from passages to a few words, ``asker`` puts them
together with the answers of several sentences.
"""

from graphrag.asking.asker import Asker, events_of
from graphrag.asking.finding import Found
from graphrag.asking.modes import MODE_WEIGHTS, OVERVIEWS

__all__ = ["MODE_WEIGHTS", "OVERVIEWS", "Asker", "Found", "events_of"]
