/** Notification rules as the form has them, and as the API does. */

export interface Condition {
  /** `transition_type:is_alert` or one `key:value`. */
  scope: string;
  recipients: string[];
}

export interface Rule {
  id: string;
  attributes: {
    name: string;
    filter?: { tags?: string[]; scope?: string };
    recipients?: string[];
    conditional_recipients?: { conditions: Condition[]; fallback_recipients?: string[] };
    modified?: string;
  };
}

export interface RuleDraft {
  name: string;
  /** `tags`: all of a list; `scope`: an expression. */
  by: "tags" | "scope";
  filter: string;
  /** With conditions these are the fallback. */
  recipients: string;
  conditions: { scope: string; recipients: string }[];
}

export const TRANSITIONS: readonly { value: string; label: string }[] = [
  { value: "is_alert", label: "it alerts" },
  { value: "is_warning", label: "it warns" },
  { value: "is_no_data", label: "data are missing" },
  { value: "is_recovery", label: "it recovers" },
  { value: "is_alert_recovery", label: "it recovers from an alert" },
  { value: "is_warning_recovery", label: "it recovers from a warning" },
  { value: "is_no_data_recovery", label: "data are back" },
  { value: "is_alert_to_warning", label: "an alert becomes a warning" },
  { value: "is_renotify", label: "it renotifies" },
  { value: "is_unknown", label: "it is unknown" },
];

const TRANSITION = "transition_type:";

export const NEW_RULE: RuleDraft = { name: "", by: "tags", filter: "", recipients: "", conditions: [] };

/** The transition of a condition; empty where it is a tag. */
export const transitionOf = (scope: string): string =>
  scope.startsWith(TRANSITION) ? scope.slice(TRANSITION.length) : "";

export const scopeOf = (transition: string): string => `${TRANSITION}${transition}`;

/** The handles in a text of mentions, without their @. */
export function handlesIn(text: string): string[] {
  const words = text.split(/[\s,]+/).map((word) => word.replace(/^@/, ""));
  return [...new Set(words.filter(Boolean))];
}

const mentions = (handles: readonly string[] = []) => handles.map((handle) => `@${handle}`).join(" ");

export function draftOf({ attributes }: Rule): RuleDraft {
  const { name, filter, recipients, conditional_recipients: conditional } = attributes;
  return {
    name,
    by: filter?.scope === undefined ? "tags" : "scope",
    filter: filter?.scope ?? filter?.tags?.join(", ") ?? "",
    recipients: mentions(recipients ?? conditional?.fallback_recipients),
    conditions: (conditional?.conditions ?? []).map((one) => ({
      scope: one.scope,
      recipients: mentions(one.recipients),
    })),
  };
}

/** The filter of a draft; undefined where it matches everything. */
export function filterOf({ by, filter }: RuleDraft): Rule["attributes"]["filter"] {
  const text = filter.trim();
  if (!text) return undefined;
  if (by === "scope") return { scope: text };
  return { tags: [...new Set(text.split(",").map((tag) => tag.trim()))].filter(Boolean) };
}

/** What is sent of a draft. */
export function attributesOf(draft: RuleDraft): Rule["attributes"] {
  const filter = filterOf(draft);
  const recipients = handlesIn(draft.recipients);
  const named = { name: draft.name.trim(), ...(filter && { filter }) };
  if (draft.conditions.length === 0) return { ...named, recipients };
  const conditions = draft.conditions.map((one) => ({
    scope: one.scope.trim(),
    recipients: handlesIn(one.recipients),
  }));
  return {
    ...named,
    conditional_recipients: {
      conditions,
      ...(recipients.length > 0 && { fallback_recipients: recipients }),
    },
  };
}

/** What is missing, for the reader; undefined where the rule can be saved. */
export function ruleProblem(draft: RuleDraft): string | undefined {
  if (!draft.name.trim()) return "The rule needs a name.";
  if (draft.conditions.length === 0 && handlesIn(draft.recipients).length === 0)
    return "The rule needs a recipient.";
  if (draft.conditions.some((one) => !one.scope.includes(":") || handlesIn(one.recipients).length === 0))
    return "Each condition needs a tag such as team:web, and a recipient.";
  return undefined;
}

/** A rule in a sentence: whom it adds to what. */
export function summary({ attributes }: Rule): { matches: string; recipients: string[] } {
  const { filter, recipients, conditional_recipients: conditional } = attributes;
  const all = [
    ...(recipients ?? []),
    ...(conditional?.conditions.flatMap((one) => one.recipients) ?? []),
    ...(conditional?.fallback_recipients ?? []),
  ];
  return {
    matches: filter?.scope ?? filter?.tags?.join(", ") ?? "all monitors",
    recipients: [...new Set(all)],
  };
}
