/** Widgets that show what something is and where it leads: workflows, apps, frames of other sites. */
import type { ReactNode } from "react";
import { useWidgetScope } from "../context";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

const text = (value: unknown) => (typeof value === "string" ? value : "");

function Card({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.card}>
      <b>{title}</b>
      {children}
    </div>
  );
}

/** `run_workflow`: workflows of the service that the dashboard comes from cannot run here. */
export function RunWorkflow({ definition }: { definition: WidgetDefinition }) {
  const inputs = (definition.inputs as { name: string; value: string }[] | undefined) ?? [];
  return (
    <Card title="Workflow">
      <p className="muted">Workflow {text(definition.workflow_id) || "without id"} does not run here.</p>
      {inputs.length > 0 && (
        <dl>
          {inputs.map((input) => (
            <div key={input.name}>
              <dt>{input.name}</dt>
              <dd>{input.value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

/** `custom` and `embedded_app`: an app of a vendor, which its own site draws. */
export function EmbeddedApp({ definition }: { definition: WidgetDefinition }) {
  const names = [definition.custom_widget_key, definition.app_id, definition.app_name]
    .map(text)
    .filter(Boolean);
  return (
    <Card title={definition.type === "custom" ? "Custom widget" : "Embedded app"}>
      <p className="muted">
        {names.length > 0 ? `${names.join(", ")}: this` : "This"} widget is drawn by an app of its vendor and
        is not available here. Its definition is stored unchanged.
      </p>
    </Card>
  );
}

/** Types of products whose data are not collected here: funnels of user sessions, cohorts, flows. */
export function NoSuchData({ definition }: { definition: WidgetDefinition }) {
  const name = definition.type.replaceAll("_", " ");
  return (
    <Card title={name.charAt(0).toUpperCase() + name.slice(1)}>
      <p className="muted">
        The data of this widget are not collected here. Its definition is stored unchanged.
      </p>
    </Card>
  );
}

/** A powerpack that is not stored here; those that are stand as groups. */
export function MissingPowerpack({ definition }: { definition: WidgetDefinition }) {
  return (
    <Card title="Powerpack">
      <p className="muted">Powerpack {text(definition.powerpack_id) || "without id"} not found.</p>
    </Card>
  );
}

/** `iframe`: another site, without access to this page; a site that refuses frames shows its link. */
export function IFrame({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const url = substitute(text(definition.url), variables, chosen);
  const safe = /^https:\/\//i.test(url);
  if (!safe) {
    return (
      <Card title="Frame">
        <p className="muted">
          Only addresses that begin with https:// are shown in a frame: {url || "none given"}
        </p>
      </Card>
    );
  }
  return (
    <div className={css.iframe}>
      <iframe
        src={url}
        title={definition.title || hostOf(url)}
        sandbox="allow-scripts allow-forms allow-popups"
        referrerPolicy="no-referrer"
        loading="lazy"
      />
      <a href={url} target="_blank" rel="noreferrer noopener">
        {hostOf(url)}
      </a>
    </div>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
