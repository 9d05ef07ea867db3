/** The restriction query of a role: which logs its users may read. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { Async, Button, Field, Input, toast } from "~/ui";
import css from "./settings.module.css";

interface RestrictionQuery {
  id: string;
  attributes: { restriction_query: string; role_count: number };
}

const ROOT = "/api/v2/logs/config/restriction_queries";

export function RoleLogs({ role }: { role: string }) {
  const query = useQuery({
    queryKey: ["settings", "roles", "logs", role],
    queryFn: async ({ signal }) =>
      (await request<{ data: RestrictionQuery[] }>("GET", `${ROOT}/role/${role}`, { signal })).data,
  });
  return (
    <section className={css.change}>
      <h3>Logs that this role may read</h3>
      <Async query={query}>{([found]) => <Form key={found?.id ?? ""} role={role} found={found} />}</Async>
    </section>
  );
}

/** Changes the query of the role alone: one that other roles have too is left as it is. */
async function save(role: string, text: string, found: RestrictionQuery | undefined) {
  const own = found?.attributes.role_count === 1 ? found : undefined;
  const link = { data: { id: role, type: "roles" } };
  if (!text) {
    if (own) await request("DELETE", `${ROOT}/${own.id}`);
    else if (found) await request("DELETE", `${ROOT}/${found.id}/roles`, { body: link });
    return;
  }
  const body = { data: { type: "logs_restriction_queries", attributes: { restriction_query: text } } };
  if (own) {
    await request("PATCH", `${ROOT}/${own.id}`, { body });
    return;
  }
  const made = await request<{ data: RestrictionQuery }>("POST", ROOT, { body });
  await request("POST", `${ROOT}/${made.data.id}/roles`, { body: link });
}

function Form({ role, found }: { role: string; found: RestrictionQuery | undefined }) {
  const before = found?.attributes.restriction_query ?? "";
  const [text, setText] = useState(before);
  const client = useQueryClient();
  const saving = useMutation({
    mutationFn: () => save(role, text.trim(), found),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["settings", "roles"] });
      toast(text.trim() ? "Restriction query saved" : "The role reads all logs", "ok");
    },
  });
  const shared = found !== undefined && found.attributes.role_count > 1;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <Field
        label="Restriction query"
        hint={`Tags, reserved fields and words of the message; empty for all logs. Users with several roles read what any of them may read.${
          shared ? " Other roles have the same query, which they keep." : ""
        }`}
        error={saving.error?.message}
      >
        <Input
          value={text}
          placeholder="team:payments -service:vault"
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Button
        kind="primary"
        type="submit"
        needs="user_access_manage"
        disabled={text.trim() === before || saving.isPending}
      >
        Save query
      </Button>
    </form>
  );
}
