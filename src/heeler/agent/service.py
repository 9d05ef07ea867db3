"""``heeler agent install-service``: a systemd unit with least privileges."""

from __future__ import annotations

from pathlib import Path

UNIT_FILE = Path("/etc/systemd/system/heeler-agent.service")


def unit(program: str, config: Path, user: str, writable: tuple[Path, ...]) -> str:
    """Text of the unit. ``program`` is the absolute path of ``heeler``; ``writable`` are folders for state
    and logs.

    The agent reads the whole machine (``/proc``, logs), writes only its own folders, and never gains
    privileges.
    """
    folders = " ".join(f"-{folder}" for folder in writable)
    return f"""\
[Unit]
Description=Heeler Agent
Documentation=https://github.com/heeler/heeler
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User={user}
ExecStart={program} agent -c {config} run
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=5
TimeoutStopSec=20
KillMode=mixed
LimitNOFILE=65536
Environment=PYTHONUNBUFFERED=1
Environment=DD_LOG_TO_CONSOLE=false

# Read the machine, write only what is named.
ProtectSystem=strict
ReadWritePaths={folders}
RuntimeDirectory=datadog
RuntimeDirectoryPreserve=yes
ProtectHome=read-only
PrivateTmp=no
NoNewPrivileges=yes
AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0027

[Install]
WantedBy=multi-user.target
"""
