"""What all tests share: garbage is looked for rarely, since moto and botocore fill the heap for good."""

from __future__ import annotations

import gc

gc.set_threshold(100_000, 50, 100)
