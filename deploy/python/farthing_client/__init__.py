"""A client of Farthing's HTTP API: typed, and of Python's own library alone."""

from .connection import Answer, Connection, Problem
from .generated import Farthing

__all__ = ["Answer", "Connection", "Farthing", "Problem"]
