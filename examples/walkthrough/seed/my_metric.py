import random

from datadog_checks.checks import AgentCheck


class MyMetric(AgentCheck):
    def check(self, instance):
        self.gauge('my_metric', random.randint(1, 1000))
