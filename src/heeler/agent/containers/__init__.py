"""Containers of this machine, from cgroups and, where available, the Docker socket."""
