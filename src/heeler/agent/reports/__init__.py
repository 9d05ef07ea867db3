"""Text reports of ``heeler agent check``, ``status``, ``configcheck`` and ``diagnose``."""
