import { Dialog } from "~/ui";
import { useAllShortcuts } from "./keys";
import css from "./shell.module.css";

/** Every shortcut that works on the page shown. */
export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const shortcuts = useAllShortcuts();
  return (
    <Dialog title="Keyboard shortcuts" open={open} onClose={onClose} width={420}>
      <div className={css.keys}>
        {open &&
          shortcuts().map((one) => [
            <span key={`${one.keys}-does`}>{one.does}</span>,
            <kbd key={one.keys}>{one.keys}</kbd>,
          ])}
      </div>
    </Dialog>
  );
}
