"""Command line interface: ``heeler`` and its subcommands."""
