"""Where agents fetch the configuration of tracers, and report which tracers have it."""

from __future__ import annotations

import orjson

from heeler.apm.tracer_configs import Configurations, TracerReports, reports_of
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Reply
from heeler.metric_usage.key_usage import sender
from heeler.wire.json_codec import load_object


async def tracer_configurations(intake: Intake, delivery: Delivery) -> Reply:
    """``/api/v0.1/tracer_configurations``: JSON, of this project's own agent."""
    if not await intake.services.part(Configurations).may_read(sender()):
        return Reply(403, orjson.dumps({"errors": ["Forbidden", "This API key may not read remote_config."]}))
    agent = delivery.head.header(b"dd-agent-hostname") or delivery.client
    reports = await delivery.decode(lambda body: reports_of(load_object(body)))
    intake.services.part(TracerReports).put(agent[:200], reports)
    found = await intake.services.part(Configurations).current()
    return Reply(200, orjson.dumps({"configurations": found}))


ENDPOINTS: dict[str, Endpoint] = {"/api/v0.1/tracer_configurations": tracer_configurations}
