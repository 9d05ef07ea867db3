/** The guide of the first run: its steps turn green as data arrives; gone when all are, or when dismissed. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/client";
import { Button, Panel, Status } from "~/ui";
import css from "./sources.module.css";

const STEPS: Record<string, { title: string; href: string }> = {
  host: { title: "Run the agent on a host", href: "/integrations?integration=agent" },
  metric: { title: "Send a metric of your own", href: "/integrations?integration=dogstatsd" },
  logs: { title: "Send logs", href: "/integrations?integration=logs" },
  traces: { title: "Trace an application", href: "/integrations?integration=python" },
  dashboard: { title: "Create a dashboard", href: "/dashboard/lists" },
  monitor: { title: "Create a monitor", href: "/monitors/create" },
  people: { title: "Invite people", href: "/settings/users" },
};

const DISMISSED = "heeler.first-run.dismissed";

export function FirstRun() {
  const [dismissed, setDismissed] = useState(() => localStorage.getItem(DISMISSED) === "1");
  const query = useQuery({
    queryKey: ["integrations"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/sources", { signal })).data!,
    refetchInterval: 15_000,
    enabled: !dismissed,
  });
  const steps = query.data?.steps ?? [];
  const done = steps.filter((step) => step.done).length;
  if (dismissed || steps.length === 0 || done === steps.length) return null;
  const dismiss = () => {
    localStorage.setItem(DISMISSED, "1");
    setDismissed(true);
  };
  return (
    <Panel
      title="First steps"
      hint={`${done} of ${steps.length} done`}
      actions={
        <Button size="small" kind="ghost" onClick={dismiss}>
          Dismiss
        </Button>
      }
      className={css.firstRun}
    >
      <ol className={css.steps}>
        {steps.map((step) => {
          const { title, href } = STEPS[step.id] ?? { title: step.id, href: "/get-started" };
          return (
            <li key={step.id} data-done={step.done}>
              <Status state={step.done ? "ok" : "nodata"}>{step.done ? "Done" : "To do"}</Status>
              <Link href={href}>{title}</Link>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
