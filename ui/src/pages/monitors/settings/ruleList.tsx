/** Notification rules: recipients that are added to the notifications of all monitors with certain tags. */

import { useState } from "react";
import { ask, type Column, Empty, IconButton, TagList } from "~/ui";
import { useItemChange, useItems } from "./api";
import { ItemList } from "./itemList";
import { RuleDialog } from "./ruleDialog";
import { type Rule, summary } from "./rules";

export function Rules() {
  const query = useItems<Rule>("rules");
  const remove = useItemChange("rules", "Rule deleted");
  const [edited, setEdited] = useState<Rule | "new">();
  const columns: Column<Rule>[] = [
    {
      key: "name",
      title: "Name",
      width: "minmax(160px, 1fr)",
      sort: (rule) => rule.attributes.name,
      cell: (rule) => <span className="truncate">{rule.attributes.name}</span>,
    },
    {
      key: "matches",
      title: "Monitors with",
      width: "minmax(160px, 1fr)",
      cell: (rule) => <code className="truncate">{summary(rule).matches}</code>,
    },
    {
      key: "recipients",
      title: "Notifies",
      width: "minmax(180px, 2fr)",
      cell: (rule) => <TagList tags={summary(rule).recipients.map((one) => `@${one}`)} limit={4} />,
    },
    {
      key: "actions",
      title: "",
      width: "44px",
      cell: (rule) => (
        <IconButton
          icon="trash"
          small
          label={`Delete ${rule.attributes.name}`}
          needs="monitors_write"
          onClick={async (event) => {
            event.stopPropagation();
            const title = `Delete the rule ${rule.attributes.name}?`;
            const text = "Its recipients are no longer notified unless a message mentions them.";
            if (await ask({ title, text, action: "Delete" })) remove.mutate({ id: rule.id });
          }}
        />
      ),
    },
  ];
  return (
    <>
      <ItemList
        label="Notification rules"
        hint="A rule adds recipients to the notifications of every monitor whose tags, with those of the group, match."
        add="New rule"
        needs="monitors_write"
        query={query}
        columns={columns}
        onEdit={setEdited}
        empty={
          <Empty title="No notification rules">
            A rule chooses recipients by tags such as <code>team:web</code>, in place of each monitor's
            message.
          </Empty>
        }
      />
      {edited && (
        <RuleDialog rule={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}
