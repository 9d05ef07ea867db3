/** Where notifications go: Slack, Microsoft Teams, PagerDuty, Opsgenie, ntfy and webhooks, each with a test. */
import { useState } from "react";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import { Async, Button, Confirm, Notice, Panel, Status, toast } from "~/ui";
import {
  type ChannelKind,
  type Destination,
  type Integrations,
  sendTest,
  useIntegrationChange,
  useIntegrations,
  type Variable,
  type Webhook,
} from "./api";
import { DestinationDialog } from "./destinationDialog";
import css from "./integrations.module.css";
import { VariableDialog, WebhookDialog } from "./webhookDialogs";

const WEBHOOKS = "/api/v1/integration/webhooks/configuration";

const ABOUT: Record<string, string> = {
  "slack-account": "A workspace, with a bot token or an incoming webhook.",
  slack: "Channels of an account, notified as @slack-account-channel.",
  msteams: "Channels with a workflow that takes webhooks, notified as @teams-name.",
  pagerduty: "Services with an Events API v2 integration: one alert a group, resolved by the recovery.",
  "opsgenie-account": "The account, notified as @opsgenie: its own rules say who is paged.",
  opsgenie: "Services with an API integration: one alert a group, closed by the recovery.",
  ntfy: "Push messages to telephones, on ntfy.sh or a server of your own.",
};

type Editing =
  | { what: "destination"; kind: string; item?: Destination }
  | { what: "webhook"; item?: Webhook }
  | { what: "variable"; item?: Variable };

type Removing = { name: string; path: string };

export default function IntegrationsPage() {
  const query = useIntegrations();
  return (
    <Page title="Integrations">
      <Async query={query}>{(found) => <Loaded found={found} />}</Async>
    </Page>
  );
}

function Loaded({ found }: { found: Integrations }) {
  const [editing, setEditing] = useState<Editing>();
  const [removing, setRemoving] = useState<Removing>();
  const change = useIntegrationChange();
  const close = () => setEditing(undefined);
  const remove = async ({ path }: Removing) => {
    try {
      await change.mutateAsync({ method: "DELETE", path });
      toast("Deleted");
    } catch (error) {
      toast((error as Error).message, "alert");
    }
    setRemoving(undefined);
  };
  const accounts = found.destinations.filter((item) => item.kind === "slack-account");
  return (
    <div className={css.panels}>
      {!found.mail_server && (
        <Notice>
          No mail server is configured: email is queued in the notification log. Start the server with
          HEELER_SMTP to send it.
        </Notice>
      )}
      {found.channels.map((channel) => (
        <Channel
          key={channel.kind}
          channel={channel}
          items={found.destinations.filter((item) => item.kind === channel.kind)}
          blocked={
            channel.kind === "slack" && accounts.length === 0 ? "Add a Slack account first" : undefined
          }
          onEdit={(item) => setEditing({ what: "destination", kind: channel.kind, item })}
          onRemove={setRemoving}
        />
      ))}
      <Panel
        title="Webhooks"
        actions={
          <Button size="small" icon="plus" onClick={() => setEditing({ what: "webhook" })}>
            Add webhook
          </Button>
        }
      >
        <p className={css.about}>Any URL, with variables in its payload; notified as @webhook-name.</p>
        {found.webhooks.map((hook) => (
          <Row
            key={hook.name}
            name={hook.name}
            handle={hook.handle}
            detail={hook.url}
            test={`/api/ui/integrations/webhooks/${encodeURIComponent(hook.name)}`}
            onEdit={() => setEditing({ what: "webhook", item: hook })}
            onRemove={() =>
              setRemoving({ name: hook.name, path: `${WEBHOOKS}/webhooks/${encodeURIComponent(hook.name)}` })
            }
          />
        ))}
        {found.webhooks.length === 0 && <p className={css.none}>No webhooks</p>}
      </Panel>
      <Panel
        title="Custom variables of webhooks"
        actions={
          <Button size="small" icon="plus" onClick={() => setEditing({ what: "variable" })}>
            Add variable
          </Button>
        }
      >
        <p className={css.about}>Written $NAME in payloads, headers and URLs of webhooks.</p>
        {found.variables.map((item) => (
          <Row
            key={item.name}
            name={`$${item.name}`}
            detail={item.is_secret ? "secret" : (item.value ?? "")}
            onEdit={() => setEditing({ what: "variable", item })}
            onRemove={() =>
              setRemoving({ name: item.name, path: `${WEBHOOKS}/custom-variables/${item.name}` })
            }
          />
        ))}
        {found.variables.length === 0 && <p className={css.none}>No variables</p>}
      </Panel>
      {editing?.what === "destination" && (
        <DestinationDialog
          channel={found.channels.find((one) => one.kind === editing.kind) as ChannelKind}
          item={editing.item}
          accounts={accounts.map((one) => one.name)}
          onClose={close}
        />
      )}
      {editing?.what === "webhook" && <WebhookDialog item={editing.item} onClose={close} />}
      {editing?.what === "variable" && <VariableDialog item={editing.item} onClose={close} />}
      {removing && (
        <Confirm
          title={`Delete ${removing.name}?`}
          action="Delete"
          busy={change.isPending}
          onConfirm={() => void remove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          Messages that mention it reach nobody there any more.
        </Confirm>
      )}
    </div>
  );
}

interface ChannelProps {
  channel: ChannelKind;
  items: readonly Destination[];
  /** Why none can be added. */
  blocked?: string;
  onEdit: (item?: Destination) => void;
  onRemove: (what: Removing) => void;
}

function Channel({ channel, items, blocked, onEdit, onRemove }: ChannelProps) {
  const title = channel.kind === "slack-account" ? "Slack accounts" : labelOf(channel);
  return (
    <Panel
      title={title}
      actions={
        <Button size="small" icon="plus" disabled={Boolean(blocked)} title={blocked} onClick={() => onEdit()}>
          Add
        </Button>
      }
    >
      <p className={css.about}>{ABOUT[channel.kind]}</p>
      {items.map((item) => (
        <Row
          key={item.id}
          name={item.account ? `${item.account} ${item.name}` : item.name}
          handle={item.handle}
          detail={addressOf(item)}
          last={item}
          test={item.kind === "slack-account" ? undefined : `/api/ui/integrations/${item.id}`}
          onEdit={() => onEdit(item)}
          onRemove={() => onRemove({ name: item.name, path: `/api/ui/integrations/${item.id}` })}
        />
      ))}
      {items.length === 0 && <p className={css.none}>None</p>}
    </Panel>
  );
}

/** Where it leads, if not to the service itself. */
function addressOf({ settings }: Destination): string {
  const address = String(settings.url ?? settings.custom_url ?? settings.api_url ?? "");
  return ["https://slack.com/api", "https://events.pagerduty.com"].includes(address) ? "" : address;
}

const labelOf = (channel: ChannelKind) => (channel.kind === "slack" ? "Slack channels" : channel.label);

interface RowProps {
  name: string;
  handle?: string;
  detail: string;
  last?: Destination;
  /** The path that tests are sent to. */
  test?: string;
  onEdit: () => void;
  onRemove: () => void;
}

function Row({ name, handle, detail, last, test, onEdit, onRemove }: RowProps) {
  const [result, setResult] = useState<{ ok: boolean; answer: string }>();
  const [busy, setBusy] = useState(false);
  const send = async (state: string) => {
    setBusy(true);
    try {
      setResult(test ? await sendTest(test, state) : undefined);
    } catch (error) {
      setResult({ ok: false, answer: (error as Error).message });
    }
    setBusy(false);
  };
  return (
    <div className={css.row}>
      <div className={css.name}>
        <b className="truncate">{name}</b>
        {handle && <code>@{handle}</code>}
        <span className="muted truncate">{detail}</span>
        {last?.time && (
          <span title={last.error}>
            <Status state={last.state === "sent" ? "ok" : last.state === "failed" ? "alert" : "info"}>
              {last.state} {formatAgo(last.time * 1000, Date.now())}
            </Status>
          </span>
        )}
      </div>
      <div className={css.actions}>
        {test && (
          <Button size="small" disabled={busy} onClick={() => void send("Alert")}>
            Test
          </Button>
        )}
        {test && result?.ok && (
          <Button size="small" disabled={busy} onClick={() => void send("OK")}>
            Test recovery
          </Button>
        )}
        <Button size="small" onClick={onEdit}>
          Edit
        </Button>
        <Button size="small" onClick={onRemove}>
          Delete
        </Button>
      </div>
      {result && (
        <p className={css.result} role="status">
          <Status state={result.ok ? "ok" : "alert"}>{result.ok ? "Sent" : "Not sent"}</Status>{" "}
          {result.answer}
        </p>
      )}
    </div>
  );
}
