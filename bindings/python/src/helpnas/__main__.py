"""``python -m helpnas``."""

import sys

from .cli import main

sys.exit(main())
