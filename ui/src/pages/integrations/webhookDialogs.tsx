/** Adding and changing webhooks and their custom variables. */
import { type FormEvent, useState } from "react";
import { Button, Checkbox, Dialog, Field, Input, Select, TextArea, toast } from "~/ui";
import { useIntegrationChange, type Variable, type Webhook } from "./api";
import css from "./integrations.module.css";

const BASE = "/api/v1/integration/webhooks/configuration";

const PAYLOAD = `{
  "title": "$EVENT_TITLE",
  "body": "$EVENT_MSG",
  "state": "$ALERT_TRANSITION",
  "group": "$ALERT_SCOPE",
  "link": "$LINK"
}`;

export function WebhookDialog({ item, onClose }: { item?: Webhook; onClose: () => void }) {
  const [hook, setHook] = useState({
    name: item?.name ?? "",
    url: item?.url ?? "",
    payload: item?.payload ?? (item ? "" : PAYLOAD),
    custom_headers: item?.custom_headers ?? "",
    encode_as: item?.encode_as ?? "json",
  });
  const change = useIntegrationChange();
  const set = (part: Partial<typeof hook>) => setHook({ ...hook, ...part });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { ...hook, payload: hook.payload || null, custom_headers: hook.custom_headers || null };
    const path = `${BASE}/webhooks${item ? `/${encodeURIComponent(item.name)}` : ""}`;
    try {
      await change.mutateAsync({ method: item ? "PUT" : "POST", path, body });
      toast("Saved");
      onClose();
    } catch {
      // Shown at the first field.
    }
  };
  return (
    <Dialog
      title={item ? `Edit ${item.name}` : "Add webhook"}
      open
      onClose={onClose}
      footer={<Footer form="webhook" valid={Boolean(hook.name && hook.url)} onClose={onClose} />}
      width={600}
    >
      <form id="webhook" className={css.form} onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          hint={`Notified as @webhook-${hook.name || "name"}`}
          error={change.error?.message}
        >
          <Input
            autoFocus
            required
            value={hook.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        </Field>
        <Field label="URL">
          <Input
            required
            value={hook.url}
            placeholder="https://example.org/hook"
            onChange={(event) => set({ url: event.target.value })}
          />
        </Field>
        <Field
          label="Payload"
          hint="Empty sends the default one. $EVENT_TITLE and other variables are filled in."
        >
          <TextArea
            rows={8}
            className="mono"
            value={hook.payload}
            onChange={(event) => set({ payload: event.target.value })}
          />
        </Field>
        <Field
          label="Custom headers"
          hint='JSON, such as {"Authorization": "Bearer $TOKEN"}. Values are never shown again; leave ******** to keep one.'
        >
          <Input
            className="mono"
            value={hook.custom_headers}
            onChange={(event) => set({ custom_headers: event.target.value })}
          />
        </Field>
        <div>
          <Select
            label="Encode as"
            value={hook.encode_as}
            options={[
              { value: "json", label: "JSON" },
              { value: "form", label: "Form" },
            ]}
            onChange={(encode_as) => set({ encode_as })}
          />
        </div>
      </form>
    </Dialog>
  );
}

export function VariableDialog({ item, onClose }: { item?: Variable; onClose: () => void }) {
  const [name, setName] = useState(item?.name ?? "");
  const [value, setValue] = useState(item?.value ?? "");
  const [secret, setSecret] = useState(item?.is_secret ?? true);
  const change = useIntegrationChange();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { name, is_secret: secret, ...((value || !item) && { value }) };
    const path = `${BASE}/custom-variables${item ? `/${item.name}` : ""}`;
    try {
      await change.mutateAsync({ method: item ? "PUT" : "POST", path, body });
      toast("Saved");
      onClose();
    } catch {
      // Shown at the first field.
    }
  };
  return (
    <Dialog
      title={item ? `Edit $${item.name}` : "Add variable"}
      open
      onClose={onClose}
      footer={<Footer form="variable" valid={Boolean(name)} onClose={onClose} />}
      width={480}
    >
      <form id="variable" className={css.form} onSubmit={(event) => void submit(event)}>
        <Field label="Name" hint="Capital letters, digits and underscores." error={change.error?.message}>
          <Input
            autoFocus
            required
            className="mono"
            value={name}
            placeholder="TOKEN"
            onChange={(event) => setName(event.target.value.toUpperCase())}
          />
        </Field>
        <Field label="Value" hint={item?.is_secret ? "Leave it empty to keep the stored one." : undefined}>
          <Input
            type={secret ? "password" : "text"}
            autoComplete="new-password"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </Field>
        <Checkbox checked={secret} onChange={setSecret}>
          Secret: never shown again
        </Checkbox>
      </form>
    </Dialog>
  );
}

function Footer({ form, valid, onClose }: { form: string; valid: boolean; onClose: () => void }) {
  return (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form={form} disabled={!valid}>
        Save
      </Button>
    </>
  );
}
