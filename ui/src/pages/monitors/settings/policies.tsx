/** Tag policies: tags that whoever creates or changes a monitor has to give it. */

import { useState } from "react";
import {
  ask,
  Button,
  Checkbox,
  type Column,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  TagList,
} from "~/ui";
import { useItemChange, useItems } from "./api";
import { ItemList } from "./itemList";

interface Policy {
  id: string;
  attributes: {
    policy: { tag_key: string; tag_key_required: boolean; valid_tag_values: string[] };
  };
}

const NEEDED = "monitor_config_policy_write";

export function Policies() {
  const query = useItems<Policy>("policies");
  const remove = useItemChange("policies", "Policy deleted");
  const [edited, setEdited] = useState<Policy | "new">();
  const columns: Column<Policy>[] = [
    {
      key: "key",
      title: "Tag",
      width: "minmax(140px, 1fr)",
      sort: ({ attributes: { policy } }) => policy.tag_key,
      cell: ({ attributes: { policy } }) => <code>{policy.tag_key}</code>,
    },
    {
      key: "required",
      title: "Required",
      width: "110px",
      cell: ({ attributes: { policy } }) => (policy.tag_key_required ? "yes" : "no"),
    },
    {
      key: "values",
      title: "Values",
      width: "minmax(160px, 2fr)",
      cell: ({ attributes: { policy } }) =>
        policy.valid_tag_values.length > 0 ? (
          <TagList tags={policy.valid_tag_values} limit={6} />
        ) : (
          <span className="muted">any</span>
        ),
    },
    {
      key: "actions",
      title: "",
      width: "44px",
      cell: (policy) => (
        <IconButton
          icon="trash"
          small
          label={`Delete ${policy.attributes.policy.tag_key}`}
          needs={NEEDED}
          onClick={async (event) => {
            event.stopPropagation();
            const title = `Delete the policy of ${policy.attributes.policy.tag_key}?`;
            const text = "Monitors may then be saved without the tag.";
            if (await ask({ title, text, action: "Delete" })) remove.mutate({ id: policy.id });
          }}
        />
      ),
    },
  ];
  return (
    <>
      <ItemList
        label="Tag policies"
        hint="A policy binds whoever creates or changes a monitor. Monitors that are there already keep alerting."
        add="New policy"
        needs={NEEDED}
        query={query}
        columns={columns}
        onEdit={setEdited}
        empty={<Empty title="No tag policies">Require, for example, that every monitor has a team.</Empty>}
      />
      {edited && (
        <PolicyDialog policy={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}

function PolicyDialog({ policy, onClose }: { policy?: Policy; onClose: () => void }) {
  const given = policy?.attributes.policy;
  const [key, setKey] = useState(given?.tag_key ?? "");
  const [required, setRequired] = useState(given?.tag_key_required ?? true);
  const [values, setValues] = useState(given?.valid_tag_values.join(", ") ?? "");
  const [problem, setProblem] = useState<string>();
  const save = useItemChange("policies", "Saved");
  const submit = async () => {
    const listed = values.split(",").map((value) => value.trim());
    const body = {
      tag_key: key.trim(),
      tag_key_required: required,
      valid_tag_values: listed.filter(Boolean),
    };
    try {
      const attributes = { policy_type: "tag", policy: body };
      await save.mutateAsync({ ...(policy && { id: policy.id }), attributes });
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Dialog
      title={policy ? "Edit policy" : "New tag policy"}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            needs={NEEDED}
            disabled={save.isPending || !key.trim()}
            onClick={() => void submit()}
          >
            Save
          </Button>
        </>
      }
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        <Field label="Tag key">
          <Input
            className="mono"
            placeholder="team"
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Checkbox checked={required} onChange={setRequired}>
          Every monitor must have it
        </Checkbox>
        <Field label="Allowed values" hint="Separated by commas. Empty allows all.">
          <Input
            className="mono"
            placeholder="web, shop, data"
            value={values}
            onChange={(event) => setValues(event.target.value)}
          />
        </Field>
      </div>
    </Dialog>
  );
}
