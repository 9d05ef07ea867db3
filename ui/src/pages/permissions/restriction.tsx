/** Who may view and edit one dashboard, monitor, SLO or notebook: its restriction policy. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { request } from "~/api/client";
import { useMe } from "~/api/session";
import { Async, Button, Dialog, IconButton, Notice, Segments, Select, toast, useMay } from "~/ui";
import css from "./restriction.module.css";

export type Kind = "dashboard" | "monitor" | "notebook" | "slo";

interface Props {
  kind: Kind;
  id: string | number;
  /** What the resource is called. */
  name: string;
  onClose: () => void;
}

type Relation = "viewer" | "editor";

interface Binding {
  relation: Relation;
  principals: string[];
}

interface Choice {
  value: string;
  label: string;
}

const RELATIONS: readonly { value: Relation; label: string }[] = [
  { value: "viewer", label: "Viewer" },
  { value: "editor", label: "Editor" },
];

const MODES = [
  { value: "open", label: "Everybody" },
  { value: "edit", label: "Restrict editing" },
  { value: "all", label: "Restrict viewing" },
] as const;

type Mode = (typeof MODES)[number]["value"];

export function RestrictionDialog({ kind, id, name, onClose }: Props) {
  const path = `/api/v2/restriction_policy/${kind}:${id}`;
  const query = useQuery({
    queryKey: ["restriction", kind, String(id)],
    queryFn: async ({ signal }) =>
      (await request<{ data: { attributes: { bindings: Binding[] } } }>("GET", path, { signal })).data
        .attributes.bindings,
  });
  const choices = useChoices();
  return (
    <Dialog title={`Permissions of ${name}`} open onClose={onClose} width={560}>
      <Async query={query}>
        {(bindings) => (
          <Async query={choices}>
            {(known) => (
              <Policy
                key={JSON.stringify(bindings)}
                resource={`${kind}:${id}`}
                path={path}
                bindings={bindings}
                choices={known}
                onClose={onClose}
              />
            )}
          </Async>
        )}
      </Async>
    </Dialog>
  );
}

/** Everybody who can be named: the organization, teams, roles and people. */
function useChoices() {
  return useQuery({
    queryKey: ["restriction", "principals"],
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const all = { query: { "page[size]": 1000 }, signal };
      const [me, teams, roles, users] = await Promise.all([
        request<{ data: { relationships: { org: { data: { id: string } } } } }>(
          "GET",
          "/api/v2/current_user",
          {
            signal,
          },
        ),
        request<{ data: { id: string; attributes: { name: string } }[] }>("GET", "/api/v2/team", all),
        request<{ data: { id: string; attributes: { name: string } }[] }>("GET", "/api/v2/roles", all),
        request<{ data: { id: string; attributes: { email: string; disabled: boolean } }[] }>(
          "GET",
          "/api/v2/users",
          all,
        ),
      ]);
      return [
        { value: `org:${me.data.relationships.org.data.id}`, label: "Everybody in the organization" },
        ...teams.data.map((team) => ({ value: `team:${team.id}`, label: `Team ${team.attributes.name}` })),
        ...roles.data.map((role) => ({ value: `role:${role.id}`, label: `Role ${role.attributes.name}` })),
        ...users.data
          .filter((user) => !user.attributes.disabled)
          .map((user) => ({ value: `user:${user.id}`, label: user.attributes.email })),
      ];
    },
  });
}

interface PolicyProps {
  resource: string;
  path: string;
  bindings: readonly Binding[];
  choices: readonly Choice[];
  onClose: () => void;
}

function modeOf(bindings: readonly Binding[]): Mode {
  if (bindings.some(({ relation }) => relation === "viewer")) return "all";
  return bindings.length > 0 ? "edit" : "open";
}

function Policy({ resource, path, bindings, choices, onClose }: PolicyProps) {
  const me = useMe();
  const client = useQueryClient();
  const [mode, setMode] = useState(modeOf(bindings));
  const [named, setNamed] = useState<ReadonlyMap<string, Relation>>(() => {
    // Editors are often named as viewers too.
    const ordered = [...bindings].sort((a) => (a.relation === "viewer" ? -1 : 1));
    const pairs = ordered.flatMap((binding) =>
      binding.principals.map((principal) => [principal, binding.relation] as const),
    );
    return new Map(pairs);
  });
  const [adding, setAdding] = useState("");
  const manages = useMay("user_access_manage");
  const save = useMutation({
    mutationFn: () => {
      if (mode === "open") return request("DELETE", path);
      const editors = [...named].filter(([, relation]) => relation === "editor").map(([who]) => who);
      // Without viewers everybody may view: those who edit are named as viewers too.
      const all: Binding[] = [
        { relation: "viewer", principals: [...named.keys()] },
        { relation: "editor", principals: editors },
      ];
      const listed = all.filter(
        ({ relation, principals }) => principals.length > 0 && (mode === "all" || relation === "editor"),
      );
      const body = {
        data: { id: resource, type: "restriction_policy", attributes: { bindings: listed } },
      };
      return request("POST", path, { body });
    },
    onSuccess: () => {
      toast("Permissions saved");
      onClose();
      return client.invalidateQueries({ queryKey: ["restriction"] });
    },
  });
  const choose = (next: Mode) => {
    setMode(next);
    const own = `user:${me.data?.id}`;
    // Whoever restricts something goes on editing it.
    if (next !== "open" && named.size === 0) setNamed(new Map([[own, "editor"]]));
  };
  const label = new Map(choices.map(({ value, label }) => [value, label]));
  const shown = [...named].filter(([, relation]) => mode === "all" || relation === "editor");
  const rest = choices.filter(
    ({ value }) => !named.has(value) || (mode === "edit" && named.get(value) !== "editor"),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className={css.policy} onSubmit={submit}>
      <Segments label="Who has access" value={mode} options={MODES} onChange={choose} />
      <p className="muted">{ABOUT[mode]}</p>
      {mode !== "open" && (
        <>
          <ul className={css.named}>
            {shown.map(([principal, relation]) => (
              <li key={principal}>
                <span className="truncate">{label.get(principal) ?? principal}</span>
                {mode === "all" ? (
                  <Segments
                    label={`Access of ${label.get(principal) ?? principal}`}
                    value={relation}
                    options={RELATIONS}
                    onChange={(next) => setNamed(new Map(named).set(principal, next))}
                  />
                ) : (
                  <span className="muted">Editor</span>
                )}
                <IconButton
                  small
                  icon="trash"
                  label={`Remove ${label.get(principal) ?? principal}`}
                  onClick={() => setNamed(new Map([...named].filter(([other]) => other !== principal)))}
                />
              </li>
            ))}
          </ul>
          <div className={css.add}>
            <Select
              label="Add"
              value={adding}
              options={[{ value: "", label: "Choose a team, role or person" }, ...rest]}
              onChange={setAdding}
            />
            <Button
              icon="plus"
              disabled={!adding}
              onClick={() => {
                setNamed(new Map(named).set(adding, mode === "edit" ? "editor" : "viewer"));
                setAdding("");
              }}
            >
              Add
            </Button>
          </div>
        </>
      )}
      {save.error && <Notice state="alert">{save.error.message}</Notice>}
      <footer className={css.footer}>
        <small className="muted">
          {manages ? "You manage access, so you can change any policy." : "Editors can change this policy."}
        </small>
        <Button
          kind="primary"
          type="submit"
          disabled={save.isPending || (mode !== "open" && shown.length === 0)}
        >
          Save
        </Button>
      </footer>
    </form>
  );
}

const ABOUT: Record<Mode, string> = {
  open: "Whoever has the permission for all of its kind may view and edit it.",
  edit: "Everybody may view it; only those named here may edit it.",
  all: "Only those named here may view it, and the editors among them may edit it. It is in no list or search of others.",
};
