"""Logging of the agent: each process writes to standard error and to the rotated file ``logs/<name>.log``."""

from __future__ import annotations

import logging
import logging.handlers
import sys

from heeler.agent.config import Config

LEVELS = {
    "trace": 7,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "off": logging.CRITICAL + 1,
}
_FORMAT = "%(asctime)s | {name} | %(levelname)s | (%(filename)s:%(lineno)d) | %(message)s"


def open_journal(config: Config, name: str, *, console: bool = True) -> logging.Logger:
    """Configure the root logger of this process and return the component's logger."""
    root = logging.getLogger()
    root.setLevel(LEVELS.get(config.text("log_level").lower(), logging.INFO))
    for handler in list(root.handlers):
        root.removeHandler(handler)
    formatter = logging.Formatter(_FORMAT.format(name=name.upper()))
    if console and config.flag("log_to_console"):
        _add(root, logging.StreamHandler(sys.stderr), formatter)
    if not config.flag("disable_file_logging"):
        try:
            config.log_dir.mkdir(parents=True, exist_ok=True)
            rolling = logging.handlers.RotatingFileHandler(
                config.log_dir / f"{name}.log",
                maxBytes=config.integer("log_file_max_size"),
                backupCount=config.integer("log_file_max_rolls"),
                delay=True,
            )
        except OSError as error:
            logging.getLogger(name).warning("No log file in %s: %s", config.log_dir, error)
        else:
            _add(root, rolling, formatter)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    return logging.getLogger(f"heeler.agent.{name}")


def _add(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    root.addHandler(handler)
