"""What ``heeler agent check``, ``status``, ``configcheck`` and ``diagnose`` print: state in, text out."""
