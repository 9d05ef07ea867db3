"""The server process: application assembly, startup, health probes, migrations."""
