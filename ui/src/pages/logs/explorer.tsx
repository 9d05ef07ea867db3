/** The log explorer; with `index` in the address, of a historical view. */
import { useMemo } from "react";
import { Link } from "wouter";
import { Explorer } from "~/explorer/explorer";
import { useUrlParams } from "~/shell/url";
import { Notice } from "~/ui";
import { LOGS, logSource } from "./source";

export default function LogExplorer() {
  const [params] = useUrlParams();
  const index = params.get("index") ?? "";
  const source = useMemo(() => (index ? logSource(index) : LOGS), [index]);
  return (
    <Explorer key={index} source={source}>
      {index
        ? () => (
            <Notice state="info">
              <span>
                These are the logs of the historical view <strong>{index}</strong>, read back from an archive.{" "}
                <Link href="/logs">Show what is stored</Link>
              </span>
            </Notice>
          )
        : undefined}
    </Explorer>
  );
}
