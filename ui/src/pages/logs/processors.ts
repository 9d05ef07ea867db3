/** The processors of log pipelines: their fields, and how a new one begins. Pure. */

export type Processor = Record<string, unknown> & { type: string; name?: string; is_enabled?: boolean };

export type FieldKind =
  | "text"
  | "paths"
  | "flag"
  | "choice"
  | "rules"
  | "query"
  | "categories"
  | "table"
  | "json"
  | "processors"
  | "samples";

export interface ProcessorField {
  /** Dotted where it lies in an object: `grok.match_rules`. */
  name: string;
  label: string;
  kind: FieldKind;
  hint?: string;
  placeholder?: string;
  options?: readonly string[];
  /** Of `processors`: the types that may stand there. */
  types?: readonly string[];
  /** Shown only where another field has this value. */
  when?: readonly [field: string, value: unknown];
}

export interface ProcessorKind {
  label: string;
  about: string;
  fields: readonly ProcessorField[];
  /** What a new one begins with, beside type, name and state. */
  initial: Record<string, unknown>;
}

const sources = (hint = "The first attribute that exists is used."): ProcessorField => ({
  name: "sources",
  label: "Attributes",
  kind: "paths",
  hint,
});
const target = (hint?: string): ProcessorField => ({
  name: "target",
  label: "Target attribute",
  kind: "text",
  hint,
});
const REPLACE: ProcessorField = {
  name: "is_replace_missing",
  label: "Replace missing attributes (by 0 or an empty string)",
  kind: "flag",
};
const PRESERVE: ProcessorField = { name: "preserve_source", label: "Preserve the source", kind: "flag" };
const OVERRIDE: ProcessorField = {
  name: "override_on_conflict",
  label: "Override the target on conflict",
  kind: "flag",
};

export const ELEMENT_TYPES = [
  "attribute-remapper",
  "string-builder-processor",
  "arithmetic-processor",
  "category-processor",
];

export const PROCESSORS: Readonly<Record<string, ProcessorKind>> = {
  "grok-parser": {
    label: "Grok parser",
    about: "Extracts attributes from text with rules.",
    initial: { source: "message", samples: [], grok: { match_rules: "", support_rules: "" } },
    fields: [
      { name: "source", label: "Extract from", kind: "text" },
      {
        name: "grok.match_rules",
        label: "Parsing rules",
        kind: "rules",
        hint: "One rule per line: a name, a space, a pattern. The first rule that matches is used.",
        placeholder: "access %{word:http.method} %{notSpace:http.url} %{integer:http.status_code}",
      },
      {
        name: "grok.support_rules",
        label: "Helper rules",
        kind: "rules",
        hint: "Referenced in parsing rules by %{name}.",
      },
      { name: "samples", label: "Log samples", kind: "samples", hint: "One per line, at most 5." },
    ],
  },
  "date-remapper": {
    label: "Log date remapper",
    about: "Makes an attribute the official date of the log.",
    initial: { sources: ["timestamp"] },
    fields: [sources("ISO 8601, UNIX milliseconds or RFC 3164.")],
  },
  "status-remapper": {
    label: "Log status remapper",
    about: "Makes an attribute the official status of the log.",
    initial: { sources: ["level"] },
    fields: [sources()],
  },
  "service-remapper": {
    label: "Service remapper",
    about: "Makes an attribute the official service of the log.",
    initial: { sources: ["service"] },
    fields: [sources()],
  },
  "message-remapper": {
    label: "Log message remapper",
    about: "Makes an attribute the official message of the log.",
    initial: { sources: ["msg"] },
    fields: [sources()],
  },
  "attribute-remapper": {
    label: "Remapper",
    about: "Renames or copies an attribute or a tag.",
    initial: { sources: [], source_type: "attribute", target: "", target_type: "attribute" },
    fields: [
      { name: "source_type", label: "From", kind: "choice", options: ["attribute", "tag"] },
      { name: "sources", label: "Sources", kind: "paths", hint: "The first that exists is used." },
      { name: "target_type", label: "To", kind: "choice", options: ["attribute", "tag"] },
      { name: "target", label: "Target", kind: "text" },
      {
        name: "target_format",
        label: "Target format",
        kind: "choice",
        options: ["auto", "string", "integer", "double"],
        when: ["target_type", "attribute"],
      },
      PRESERVE,
      OVERRIDE,
    ],
  },
  "url-parser": {
    label: "URL parser",
    about: "Splits a URL into host, path and query.",
    initial: { sources: ["http.url"], target: "http.url_details" },
    fields: [
      sources(),
      target(),
      { name: "normalize_ending_slashes", label: "Normalize ending slashes", kind: "flag" },
    ],
  },
  "user-agent-parser": {
    label: "User-Agent parser",
    about: "Recognizes browser, operating system and device.",
    initial: { sources: ["http.useragent"], target: "http.useragent_details", is_encoded: false },
    fields: [
      sources(),
      target(),
      { name: "is_encoded", label: "Decode the URL encoding first", kind: "flag" },
    ],
  },
  "category-processor": {
    label: "Category processor",
    about: "Sets an attribute by the first matching search.",
    initial: { target: "", categories: [{ filter: { query: "" }, name: "" }] },
    fields: [target(), { name: "categories", label: "Categories", kind: "categories" }],
  },
  "arithmetic-processor": {
    label: "Arithmetic processor",
    about: "Computes a number from attributes.",
    initial: { expression: "", target: "", is_replace_missing: false },
    fields: [
      {
        name: "expression",
        label: "Formula",
        kind: "text",
        hint: "+ - * / and parentheses; a minus has spaces around it.",
        placeholder: "duration / 1000000",
      },
      target(),
      REPLACE,
    ],
  },
  "string-builder-processor": {
    label: "String builder",
    about: "Builds text from attributes.",
    initial: { template: "", target: "", is_replace_missing: false },
    fields: [
      { name: "template", label: "Template", kind: "text", placeholder: "%{http.method} %{http.url}" },
      target(),
      REPLACE,
    ],
  },
  "geo-ip-parser": {
    label: "GeoIP parser",
    about: "Adds the place of an IP address. Needs a database (HEELER_GEOIP_DATABASE).",
    initial: { sources: ["network.client.ip"], target: "network.client.geoip" },
    fields: [sources(), target()],
  },
  "lookup-processor": {
    label: "Lookup processor",
    about: "Maps values by a table.",
    initial: { source: "", target: "", lookup_table: [] },
    fields: [
      { name: "source", label: "Source attribute", kind: "text" },
      target(),
      { name: "lookup_table", label: "Mapping table", kind: "table", hint: "One pair per line: key,value" },
      { name: "default_lookup", label: "Default value", kind: "text" },
    ],
  },
  "trace-id-remapper": {
    label: "Trace ID remapper",
    about: "Links the log to the trace with this ID.",
    initial: { sources: ["dd.trace_id"] },
    fields: [sources()],
  },
  "span-id-remapper": {
    label: "Span ID remapper",
    about: "Links the log to the span with this ID.",
    initial: { sources: ["dd.span_id"] },
    fields: [sources()],
  },
  "array-processor": {
    label: "Array processor",
    about: "Appends to an array, counts it, or selects from it.",
    initial: { operation: { type: "length", source: "", target: "" } },
    fields: [
      {
        name: "operation.type",
        label: "Operation",
        kind: "choice",
        options: ["append", "length", "select", "key-value"],
      },
      { name: "operation.source", label: "Source", kind: "text" },
      { name: "operation.target", label: "Target", kind: "text" },
      {
        name: "operation.preserve_source",
        label: "Preserve the source",
        kind: "flag",
        when: ["operation.type", "append"],
      },
      {
        name: "operation.filter",
        label: "Filter",
        kind: "text",
        placeholder: "name:Referrer",
        when: ["operation.type", "select"],
      },
      {
        name: "operation.value_to_extract",
        label: "Value to extract",
        kind: "text",
        when: ["operation.type", "select"],
      },
      {
        name: "operation.key_to_extract",
        label: "Key to extract",
        kind: "text",
        when: ["operation.type", "key-value"],
      },
      {
        name: "operation.value_to_extract",
        label: "Value to extract",
        kind: "text",
        when: ["operation.type", "key-value"],
      },
      {
        name: "operation.override_on_conflict",
        label: "Override the target on conflict",
        kind: "flag",
        when: ["operation.type", "key-value"],
      },
    ],
  },
  "array-map-processor": {
    label: "Array map processor",
    about: "Runs processors on each element of an array.",
    initial: { source: "", target: "", preserve_source: true, processors: [] },
    fields: [
      { name: "source", label: "Source array", kind: "text" },
      { name: "target", label: "Target array", kind: "text" },
      PRESERVE,
      {
        name: "processors",
        label: "Processors of each element",
        kind: "processors",
        types: ELEMENT_TYPES,
        hint: "Read the element by $sourceElem, write to $targetElem.",
      },
    ],
  },
  "decoder-processor": {
    label: "Decoder processor",
    about: "Decodes base64 or base16 text.",
    initial: {
      source: "",
      target: "",
      binary_to_text_encoding: "base64",
      input_representation: "utf_8",
    },
    fields: [
      { name: "source", label: "Source attribute", kind: "text" },
      target(),
      {
        name: "binary_to_text_encoding",
        label: "Encoding",
        kind: "choice",
        options: ["base64", "base16"],
      },
      {
        name: "input_representation",
        label: "Input representation",
        kind: "choice",
        options: ["utf_8", "integer"],
        hint: "integer only for base16.",
      },
    ],
  },
  "schema-processor": {
    label: "Schema processor",
    about: "Maps attributes to an OCSF schema.",
    initial: {
      schema: { schema_type: "ocsf", version: "1.5.0", class_uid: 3002, class_name: "Authentication" },
      mappers: [],
    },
    fields: [
      { name: "schema", label: "Schema", kind: "json" },
      { name: "mappers", label: "Mappers", kind: "json" },
    ],
  },
  "exclude-attribute": {
    label: "Exclude attribute",
    about: "Removes an attribute.",
    initial: { attribute_to_exclude: "" },
    fields: [{ name: "attribute_to_exclude", label: "Attribute", kind: "text" }],
  },
  pipeline: {
    label: "Nested pipeline",
    about: "A pipeline in this one, with a filter of its own.",
    initial: { filter: { query: "" }, processors: [] },
    fields: [
      { name: "filter.query", label: "Filter", kind: "query" },
      { name: "description", label: "Description", kind: "text" },
      { name: "processors", label: "Processors", kind: "processors" },
    ],
  },
};

export const labelOf = (type: string) => PROCESSORS[type]?.label ?? type;

export function newProcessor(type: string): Processor {
  const kind = PROCESSORS[type];
  return { type, name: kind?.label ?? type, is_enabled: true, ...structuredClone(kind?.initial ?? {}) };
}

/** A field of a document by its dotted name. */
export function readField(document: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = document;
  for (const step of name.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

/** The document with another value; undefined takes the field out. */
export function writeField<Doc extends Record<string, unknown>>(
  document: Doc,
  name: string,
  value: unknown,
): Doc {
  const [step = "", ...rest] = name.split(".");
  if (rest.length > 0) {
    const inner = (document[step] as Record<string, unknown> | undefined) ?? {};
    return { ...document, [step]: writeField(inner, rest.join("."), value) };
  }
  const { [step]: _, ...others } = document;
  return (value === undefined ? others : { ...document, [step]: value }) as Doc;
}

/** A list with one of its elements at another place. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const left = items.filter((_, at) => at !== from);
  const item = items[from];
  return item === undefined ? left : [...left.slice(0, to), item, ...left.slice(to)];
}

export const linesOf = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
export const pathsOf = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

/** Fields that a processor needs and a new one has none of, except for those that may stay empty. */
const NEEDED_KINDS: ReadonlySet<FieldKind> = new Set<FieldKind>(["text", "rules", "paths"]);
const OPTIONAL = new Set(["grok.support_rules", "template"]);
/** Pairs of an array's values may go beside it. */
const mayBeEmpty = (one: Processor, name: string) =>
  OPTIONAL.has(name) || (name === "operation.target" && readField(one, "operation.type") === "key-value");

/** What has to be written before processors can run: a sentence about the first gap; undefined without one. */
export function missingIn(processors: readonly Processor[]): string | undefined {
  for (const one of processors) {
    const kind = PROCESSORS[one.type];
    for (const { name, label, kind: control, when } of kind?.fields ?? []) {
      if (when && (readField(one, when[0]) ?? "attribute") !== when[1]) continue;
      if (control === "processors") {
        const inner = missingIn((readField(one, name) ?? []) as Processor[]);
        if (inner) return inner;
      }
      const begins = readField(kind!.initial, name);
      const empty = (value: unknown) => value === "" || (Array.isArray(value) && value.length === 0);
      if (
        NEEDED_KINDS.has(control) &&
        !mayBeEmpty(one, name) &&
        empty(begins) &&
        empty(readField(one, name) ?? "")
      )
        return `“${one.name || labelOf(one.type)}” has no ${label.toLowerCase()} yet.`;
    }
  }
  return undefined;
}
