/** A button that mutes all monitors in a scope for a while, and says that they are: of a host, of a service. */
import { useState } from "react";
import { Button, Status, toast, useMay } from "~/ui";
import { useDowntimeChange, useDowntimes } from "./api";
import { muteLabel, mutesOf } from "./mute";
import { MuteDialog } from "./muteDialog";

interface Props {
  /** What is muted, as people call it. */
  name: string;
  /** Its tags, joined by commas. */
  scope: string;
  small?: boolean;
  /** Whether it is muted by whatever downtime: also by one of a wider scope, which is not ended here. */
  muted?: boolean;
}

export function MuteScope({ name, scope, small, muted }: Props) {
  const [open, setOpen] = useState(false);
  const mutes = mutesOf(useDowntimes(useMay("monitors_read")).data ?? [], scope);
  const change = useDowntimeChange();
  const unmute = async () => {
    try {
      for (const one of mutes)
        await change.mutateAsync({ method: "DELETE", path: `/api/v1/downtime/${one.id}` });
      toast("Unmuted");
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  return (
    <>
      {(mutes[0] || muted) && <Status state="nodata">{mutes[0] ? muteLabel(mutes[0]) : "Muted"}</Status>}
      <Button
        icon="mute"
        size={small ? "small" : "medium"}
        needs="monitors_downtime"
        disabled={change.isPending}
        onClick={() => (mutes.length > 0 ? void unmute() : setOpen(true))}
      >
        {mutes.length > 0 ? "Unmute" : "Mute"}
      </Button>
      {open && <MuteDialog name={name} scopes={[scope]} onClose={() => setOpen(false)} />}
    </>
  );
}

/** That all monitors of something are muted, where it is listed; nothing where they are not. */
export function MutedBadge({ scope }: { scope: string }) {
  const [mute] = mutesOf(useDowntimes(useMay("monitors_read")).data ?? [], scope);
  return mute ? <Status state="nodata">{muteLabel(mute)}</Status> : null;
}
