"""Built-in checks of the host, databases and services. Each module defines one ``AgentCheck``."""
