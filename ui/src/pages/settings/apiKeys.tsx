import { Keys } from "./keys";

export default function ApiKeys() {
  return <Keys kind="api" />;
}
