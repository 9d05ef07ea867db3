/** The dashboard's template variables: what is chosen stands in the address as `tpl_var_NAME`. */

import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { useUrlParams } from "~/shell/url";
import { Combobox, Toolbar } from "~/ui";
import type { Chosen, TemplateVariable } from "~/widgets/types";
import { defaultsOf } from "~/widgets/variables";

const PREFIX = "tpl_var_";

export function useChosen(
  variables: readonly TemplateVariable[],
): [Chosen, (name: string, value: string | null) => void] {
  const [params, change] = useUrlParams();
  const chosen: Chosen = {};
  for (const variable of variables) {
    const given = params.getAll(PREFIX + variable.name).flatMap((value) => value.split(","));
    chosen[variable.name] = given.length ? given.filter((value) => value !== "*") : defaultsOf(variable);
  }
  return [chosen, (name, value) => change({ [PREFIX + name]: value ?? "*" })];
}

interface Props {
  variables: readonly TemplateVariable[];
  chosen: Chosen;
  onChoose: (name: string, value: string | null) => void;
}

export function VariableBar({ variables, chosen, onChoose }: Props) {
  if (variables.length === 0) return null;
  return (
    <Toolbar>
      {variables.map((variable) => (
        <Variable
          key={variable.name}
          variable={variable}
          values={chosen[variable.name] ?? []}
          onChoose={onChoose}
        />
      ))}
    </Toolbar>
  );
}

interface VariableProps {
  variable: TemplateVariable;
  values: string[];
  onChoose: (name: string, value: string | null) => void;
}

function Variable({ variable, values, onChoose }: VariableProps) {
  const listed = variable.available_values ?? [];
  const query = useQuery({
    queryKey: ["tag-values", variable.prefix],
    enabled: listed.length === 0 && Boolean(variable.prefix) && !variable.prefix?.startsWith("@"),
    queryFn: ({ signal }) =>
      request<{ values: string[] }>("GET", "/api/ui/tag_values", { query: { key: variable.prefix }, signal }),
    staleTime: 60_000,
    retry: false,
  });
  const options = ["*", ...(listed.length ? listed : (query.data?.values ?? []))];
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the combobox is the control
    <label style={{ display: "flex", alignItems: "center", gap: "var(--s-3)" }}>
      <span className="muted">${variable.name}</span>
      <Combobox
        label={variable.name}
        value={values.join(",") || "*"}
        options={options}
        onChange={(value) => onChoose(variable.name, value)}
      />
    </label>
  );
}
