/** Somebody else saved the dashboard meanwhile: neither work is lost, whatever is chosen. */
import { formatMoment } from "~/core/time";
import { Button, Dialog } from "~/ui";
import { useDashboard, useVersions } from "./api";

interface Props {
  id: string;
  onOverwrite: () => void;
  onClose: () => void;
}

export function ConflictDialog({ id, onOverwrite, onClose }: Props) {
  const theirs = useDashboard(id);
  const versions = useVersions(id);
  const latest = versions.data?.[0];
  const footer = (
    <>
      <Button onClick={onClose}>Continue editing</Button>
      <Button onClick={() => window.open(window.location.pathname, "_blank", "noopener")}>
        View their version
      </Button>
      <Button kind="danger" onClick={onOverwrite}>
        Overwrite
      </Button>
    </>
  );
  return (
    <Dialog title="This dashboard was changed" open onClose={onClose} footer={footer} width={520}>
      <p>
        {latest
          ? `${latest.author_handle} saved it ${formatMoment(Date.parse(latest.saved))}`
          : "Somebody saved it"}{" "}
        while you were editing{theirs.data ? ` (“${theirs.data.title}”)` : ""}. Overwrite replaces their
        version, which stays in the version history. Your changes stay in this browser until you save or
        discard them.
      </p>
    </Dialog>
  );
}
