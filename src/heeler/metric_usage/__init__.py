"""Who uses a metric: the dashboards and monitors whose queries name it."""
