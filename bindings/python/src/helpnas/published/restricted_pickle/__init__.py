"""Reads PyTorch's files and plain pickles without PyTorch and without running what they say.

A pickle is a program; unpickling runs it, calls and all.  Here ``pickletools`` only
decodes it, and a small interpreter builds plain data from an allow-list of opcodes.
The few globals that such files name stand for handlers of this package.  Anything else,
and any size that the file itself does not back, is a ``FormatError``.
"""

from .files import read_pickle_file, read_torch_file
from .interpreter import describe

__all__ = ["read_pickle_file", "read_torch_file", "describe"]
