/** Saved views: choose, save, share, make the default, delete. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button, Checkbox, Confirm, Dialog, Field, Input, Menu, MenuItem, MenuSeparator, toast } from "~/ui";
import { deleteView, type SavedView, saveView, useViews, viewsKey } from "./api";
import { useVisibilityName, VisibilityField } from "./visibility";

interface ViewsMenuProps {
  source: string;
  selected: string;
  /** What the address holds now. */
  state: () => Record<string, string>;
  onSelect: (view: SavedView | null) => void;
}

export function ViewsMenu({ source, selected, state, onSelect }: ViewsMenuProps) {
  const views = useViews(source);
  const client = useQueryClient();
  const visibility = useVisibilityName();
  const [naming, setNaming] = useState<Partial<SavedView>>();
  const [deleting, setDeleting] = useState<SavedView>();
  const current = views.data?.find((one) => String(one.id) === selected);
  const store = async (view: Partial<SavedView>, done: string) => {
    try {
      const saved = await saveView(source, view);
      await client.invalidateQueries({ queryKey: viewsKey(source) });
      toast(done);
      setNaming(undefined);
      if (view.id === undefined) onSelect(saved);
    } catch (error) {
      toast(`Could not save the view. ${(error as Error).message}`, "alert");
    }
  };
  const remove = async (view: SavedView) => {
    try {
      await deleteView(source, view.id);
      await client.invalidateQueries({ queryKey: viewsKey(source) });
      if (view === current) onSelect(null);
      setDeleting(undefined);
    } catch (error) {
      toast(`Could not delete the view. ${(error as Error).message}`, "alert");
    }
  };
  return (
    <>
      <Menu trigger={<Button icon="star">{current?.name ?? "Views"}</Button>}>
        {(views.data ?? []).map((view) => (
          <MenuItem key={view.id} checked={view === current} onSelect={() => onSelect(view)}>
            {view.name}
            {view.is_default && " (default)"}
            {view.shared && ` · shared${view.own ? "" : ` by ${view.owner}`}`}
            {view.team && ` · ${visibility(view)}`}
          </MenuItem>
        ))}
        {(views.data ?? []).length > 0 && <MenuSeparator />}
        <MenuItem icon="plus" onSelect={() => setNaming({ state: state() })}>
          Save as new view
        </MenuItem>
        {current && (
          <>
            <MenuItem icon="check" onSelect={() => store({ ...current, state: state() }, "View updated")}>
              Update “{current.name}”
            </MenuItem>
            <MenuItem icon="edit" onSelect={() => setNaming({ ...current })}>
              Edit “{current.name}”
            </MenuItem>
            <MenuItem icon="trash" danger onSelect={() => setDeleting(current)}>
              Delete “{current.name}”
            </MenuItem>
            <MenuItem onSelect={() => onSelect(null)}>Leave view</MenuItem>
          </>
        )}
      </Menu>
      {naming && (
        <ViewDialog
          view={naming}
          onSave={(view) => store(view, "View saved")}
          onClose={() => setNaming(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title="Delete view?"
          action="Delete"
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          “{deleting.name}” will be deleted
          {deleting.shared ? " for everyone" : deleting.team ? " for the team" : ""}.
        </Confirm>
      )}
    </>
  );
}

interface ViewDialogProps {
  view: Partial<SavedView>;
  onSave: (view: Partial<SavedView>) => void;
  onClose: () => void;
}

function ViewDialog({ view, onSave, onClose }: ViewDialogProps) {
  const [name, setName] = useState(view.name ?? "");
  const [visible, setVisible] = useState({ shared: view.shared ?? false, team: view.team ?? null });
  const [isDefault, setDefault] = useState(view.is_default ?? false);
  const save = () => onSave({ ...view, name: name.trim(), ...visible, is_default: isDefault });
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={name.trim() === ""} onClick={save}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog
      title={view.id === undefined ? "Save view" : "Edit view"}
      open
      onClose={onClose}
      footer={footer}
      width={440}
    >
      <form
        style={{ display: "grid", gap: "var(--s-5)" }}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) save();
        }}
      >
        <Field label="Name">
          <Input value={name} autoFocus onChange={(event) => setName(event.target.value)} />
        </Field>
        <VisibilityField value={visible} onChange={setVisible} />
        <Checkbox checked={isDefault} onChange={setDefault}>
          Open by default
        </Checkbox>
      </form>
    </Dialog>
  );
}
