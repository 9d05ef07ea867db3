"""Endpoints of monitors, by subject; :mod:`heeler.monitors.routes` lists them."""
