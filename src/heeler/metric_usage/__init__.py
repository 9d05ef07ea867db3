"""Usage of metrics: the dashboards, monitors, notebooks and SLOs that query them, and stored volumes."""
