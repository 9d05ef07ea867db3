import { Keys } from "./keys";

export default function AppKeys() {
  return <Keys kind="app" />;
}
