"""What lies in the cache is compared with its sums: runs, images, results, jobs, window maps and others."""

from coreset_engine.verification.cache import verify_all, verify_run
from coreset_engine.verification.finding import Finding

__all__ = ["Finding", "verify_all", "verify_run"]
