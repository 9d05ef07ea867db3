/** The log explorer. */
import { Explorer } from "~/explorer/explorer";
import { LOGS } from "./source";

export default function LogExplorer() {
  return <Explorer source={LOGS} />;
}
