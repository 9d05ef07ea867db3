/** A button that mutes all monitors in a scope for a while: of a host, of a service. */
import { useState } from "react";
import { Button } from "~/ui";
import { MuteDialog } from "./muteDialog";

interface Props {
  /** What is muted, as people call it. */
  name: string;
  /** Its tags, joined by commas. */
  scope: string;
  small?: boolean;
}

export function MuteScope({ name, scope, small }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon="mute"
        size={small ? "small" : "medium"}
        needs="monitors_downtime"
        onClick={() => setOpen(true)}
      >
        Mute
      </Button>
      {open && <MuteDialog name={name} scopes={[scope]} onClose={() => setOpen(false)} />}
    </>
  );
}
