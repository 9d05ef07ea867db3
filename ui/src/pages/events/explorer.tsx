/** The event explorer: deploys, changes of monitors, what people and agents wrote. */
import { Explorer } from "~/explorer/explorer";
import { EVENTS } from "./source";

export default function EventExplorer() {
  return <Explorer source={EVENTS} />;
}
