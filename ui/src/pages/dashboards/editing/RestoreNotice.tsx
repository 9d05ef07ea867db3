/** Offers unsaved work of earlier. */
import { formatMoment } from "~/core/time";
import { Button, Notice } from "~/ui";
import type { Editing } from "./useEditing";

export function RestoreNotice({ editing }: { editing: Editing }) {
  const { stored, restore, discard } = editing;
  if (!stored) return null;
  return (
    <Notice state="info">
      <span>Unsaved changes of {formatMoment(stored.at)} are in this browser.</span>
      <Button size="small" onClick={restore}>
        Restore
      </Button>
      <Button size="small" onClick={discard}>
        Discard
      </Button>
    </Notice>
  );
}
