"""Containers of this machine: from cgroups, and from the Docker socket where there is one."""
