import { Link } from "wouter";
import { Button, Empty } from "~/ui";

/** No host at all, or none that the filter lets through. */
export function NoHosts({ some, onClear }: { some: boolean; onClear: () => void }) {
  if (some)
    return (
      <Empty
        title="No host matches the filter"
        actions={<Button onClick={onClear}>Clear the filter</Button>}
      />
    );
  return (
    <Empty
      title="No host has reported in the last three hours"
      actions={<Link href="/get-started">Get started</Link>}
    >
      Run the agent on a machine and it appears here with its tags.
    </Empty>
  );
}
