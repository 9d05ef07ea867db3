/** Adding and changing a destination. Secrets are write-only: an empty field keeps the stored one. */
import { type FormEvent, useState } from "react";
import { Button, Checkbox, Dialog, Field, Input, Select, toast } from "~/ui";
import { type ChannelKind, type Destination, useIntegrationChange } from "./api";
import css from "./integrations.module.css";

interface SettingField {
  name: string;
  label: string;
  placeholder?: string;
  hint?: string;
  options?: readonly { value: string; label: string }[];
}

const NAMES: Record<string, { label: string; placeholder: string }> = {
  "slack-account": { label: "Account name", placeholder: "acme" },
  slack: { label: "Channel", placeholder: "#alerts" },
  msteams: { label: "Name", placeholder: "ops" },
  pagerduty: { label: "Service name", placeholder: "web" },
  "opsgenie-account": { label: "Account name", placeholder: "Opsgenie" },
  opsgenie: { label: "Service name", placeholder: "web" },
  ntfy: { label: "Topic", placeholder: "alerts-k3h2" },
};

const SETTINGS: Record<string, readonly SettingField[]> = {
  "slack-account": [{ name: "api_url", label: "API address", placeholder: "https://slack.com/api" }],
  pagerduty: [
    {
      name: "api_url",
      label: "API address",
      placeholder: "https://events.pagerduty.com",
      hint: "https://events.eu.pagerduty.com in the EU region.",
    },
  ],
  "opsgenie-account": [
    {
      name: "region",
      label: "Region",
      options: [
        { value: "us", label: "US" },
        { value: "eu", label: "EU" },
      ],
    },
  ],
  opsgenie: [
    {
      name: "region",
      label: "Region",
      options: [
        { value: "us", label: "US" },
        { value: "eu", label: "EU" },
        { value: "custom", label: "Custom" },
      ],
    },
    {
      name: "custom_url",
      label: "Custom URL",
      hint: "Of the region Custom, such as Jira Service Management.",
    },
  ],
  ntfy: [{ name: "url", label: "Server", placeholder: "https://ntfy.sh" }],
};

const SECRET_HINTS: Record<string, string> = {
  "slack-account":
    "A bot token (scopes chat:write, files:write) has threads and graphs; a webhook has neither.",
  msteams: "In the channel: Workflows, “Post to a channel when a webhook request is received”.",
  pagerduty: "The integration key of an “Events API v2” integration of the service.",
  "opsgenie-account": "The key of an API integration of the account.",
  opsgenie: "The key of an API integration.",
  ntfy: "Where the topic is protected.",
};

const DISPLAY: readonly [string, string][] = [
  ["message", "Message"],
  ["notified", "Notified handles"],
  ["snapshot", "Graph"],
  ["tags", "Tags"],
  ["mute_buttons", "Mute link"],
];

interface Props {
  channel: ChannelKind;
  item?: Destination;
  accounts: readonly string[];
  onClose: () => void;
}

export function DestinationDialog({ channel, item, accounts, onClose }: Props) {
  const { kind } = channel;
  const [name, setName] = useState(item?.name ?? "");
  const [account, setAccount] = useState(item?.account || accounts[0] || "");
  const [secret, setSecret] = useState("");
  const [settings, setSettings] = useState<Record<string, unknown>>(item?.settings ?? {});
  const change = useIntegrationChange();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = {
      name,
      settings: given(settings),
      ...(item ? secret && { secret } : { kind, secret, account: kind === "slack" ? account : "" }),
    };
    try {
      await change.mutateAsync(
        item
          ? { method: "PATCH", path: `/api/ui/integrations/${item.id}`, body }
          : { method: "POST", path: "/api/ui/integrations", body },
      );
      toast("Saved");
      onClose();
    } catch {
      // Shown at the first field.
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form="destination" disabled={!name || change.isPending}>
        Save
      </Button>
    </>
  );
  const names = NAMES[kind] ?? { label: "Name", placeholder: "" };
  return (
    <Dialog
      title={item ? `Edit ${item.name}` : `Add to ${channel.label}`}
      open
      onClose={onClose}
      footer={footer}
      width={520}
    >
      <form id="destination" className={css.form} onSubmit={(event) => void submit(event)}>
        {kind === "slack" && !item && (
          <div>
            <Select
              label="Account"
              value={account}
              options={accounts.map((value) => ({ value, label: value }))}
              onChange={setAccount}
            />
          </div>
        )}
        <Field label={names.label} error={change.error?.message}>
          <Input
            autoFocus
            required
            value={name}
            placeholder={names.placeholder}
            disabled={kind === "slack-account" && item !== undefined}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={channel.secret} hint={secretHint(kind, item)}>
          <Input
            type="password"
            autoComplete="new-password"
            required={channel.secret_required && !item}
            value={secret}
            placeholder={item?.has_secret ? "stored, leave empty to keep it" : ""}
            onChange={(event) => setSecret(event.target.value)}
          />
        </Field>
        {(SETTINGS[kind] ?? []).map((field) => (
          <Setting
            key={field.name}
            field={field}
            value={String(settings[field.name] ?? "")}
            onChange={(value) => setSettings({ ...settings, [field.name]: value })}
          />
        ))}
        {kind === "slack" && <Display settings={settings} onChange={setSettings} />}
      </form>
    </Dialog>
  );
}

/** Settings without those that were left empty, which have defaults. */
function given(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== "" && value !== null));
}

function secretHint(kind: string, item: Destination | undefined): string | undefined {
  const hint = SECRET_HINTS[kind];
  return item?.has_secret ? `${hint ? `${hint} ` : ""}It is never shown again.` : hint;
}

function Setting({
  field,
  value,
  onChange,
}: {
  field: SettingField;
  value: string;
  onChange: (value: string) => void;
}) {
  if (field.options)
    return (
      <div>
        <Select
          label={field.label}
          value={value || field.options[0]?.value || ""}
          options={field.options}
          onChange={onChange}
        />
      </div>
    );
  return (
    <Field label={field.label} hint={field.hint}>
      <Input
        value={value}
        placeholder={field.placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

function Display({
  settings,
  onChange,
}: {
  settings: Record<string, unknown>;
  onChange: (settings: Record<string, unknown>) => void;
}) {
  const display = (settings.display ?? {}) as Record<string, boolean>;
  return (
    <div className={css.switches} role="group" aria-label="Messages show">
      {DISPLAY.map(([name, label]) => (
        <Checkbox
          key={name}
          checked={display[name] ?? name !== "mute_buttons"}
          onChange={(checked) => onChange({ ...settings, display: { ...display, [name]: checked } })}
        >
          {label}
        </Checkbox>
      ))}
    </div>
  );
}
