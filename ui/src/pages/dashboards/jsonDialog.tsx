/** The dashboard as JSON: read, copy, change, save. */

import { useState } from "react";
import { Button, CopyButton, Dialog, Field, TextArea, toast } from "~/ui";
import type { Dashboard } from "~/widgets/types";
import { useSaveDashboard } from "./api";

export function JsonDialog({ board, onClose }: { board: Dashboard; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(board, null, 2));
  const [problem, setProblem] = useState<string>();
  const save = useSaveDashboard();
  const store = async () => {
    try {
      await save.mutateAsync({
        board: { ...(JSON.parse(text) as Dashboard), id: board.id },
        unless: board.modified_at,
      });
      toast("Saved");
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <>
      <CopyButton text={text} />
      <Button kind="primary" disabled={save.isPending} onClick={() => void store()}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title="Dashboard JSON" open onClose={onClose} footer={footer} width={900}>
      <Field label="Definition" error={problem}>
        <TextArea className="mono" rows={26} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
    </Dialog>
  );
}
