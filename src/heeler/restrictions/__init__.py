"""Restriction policies: access control of single dashboards, monitors, SLOs and notebooks."""
