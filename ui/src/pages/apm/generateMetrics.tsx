/** APM > Generate Metrics: metrics made of spans as they arrive. */
import { SPAN_METRICS } from "~/pages/logs/configApi";
import { DerivedMetrics } from "~/pages/logs/generateMetrics";

export default function GenerateSpanMetrics() {
  return <DerivedMetrics kind={SPAN_METRICS} />;
}
