/** Settings of all monitors: notification rules, tag policies, templates. */

import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Segments } from "~/ui";
import { Policies } from "./policies";
import { Rules } from "./ruleList";
import { Templates } from "./templates";

const TABS = [
  { value: "rules", label: "Notification Rules" },
  { value: "policies", label: "Tag Policies" },
  { value: "templates", label: "Templates" },
] as const;

export default function MonitorSettings() {
  const [tab, setTab] = useUrlState("tab", "rules");
  const Shown = tab === "policies" ? Policies : tab === "templates" ? Templates : Rules;
  return (
    <Page title="Monitor settings" crumbs={[{ label: "Monitors", href: "/monitors/manage" }]}>
      <div style={{ display: "grid", gap: "var(--s-4)", maxWidth: 1100 }}>
        <div>
          <Segments label="Settings of" value={tab as "rules"} options={TABS} onChange={setTab} />
        </div>
        <Shown />
      </div>
    </Page>
  );
}
