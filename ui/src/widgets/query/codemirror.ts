/** The query editor on CodeMirror; loaded when a page first shows one. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, type Extension, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { AGGREGATORS, MODIFIERS, rank, type Wanted, wantedAt } from "~/core/query/complete";
import { tokenize } from "~/core/query/lexer";

export interface Source {
  metrics: () => Promise<readonly string[]>;
  tags: (metric: string) => Promise<Record<string, readonly string[]>>;
  functions: () => Promise<readonly { name: string; signature: string; summary: string }[]>;
}

interface EditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  hint: string;
  source: Source;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function createEditor(options: EditorOptions): EditorView {
  const run = () => {
    options.onRun();
    return true;
  };
  const extensions: Extension[] = [
    history(),
    oneLine,
    highlight,
    EditorView.lineWrapping,
    placeholder(options.hint),
    EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false" }),
    autocompletion({
      override: [(context) => complete(context, options.source)],
      icons: false,
      activateOnTyping: true,
    }),
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...completionKeymap,
      { key: "Enter", run },
      { key: "Mod-Enter", run },
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
    }),
    EditorView.domEventHandlers({
      focus: (_, view) => {
        if (view.state.doc.length === 0) setTimeout(() => startCompletion(view), 0);
        return false;
      },
      blur: () => {
        options.onRun();
        return false;
      },
    }),
  ];
  return new EditorView({
    parent: options.parent,
    state: EditorState.create({ doc: options.text, extensions }),
  });
}

/** A query is one line; line ends that are pasted become spaces. */
const oneLine = EditorState.transactionFilter.of((transaction) => {
  if (transaction.newDoc.lines === 1) return transaction;
  const text = transaction.newDoc.toString().replace(/\s*\n\s*/g, " ");
  return {
    changes: { from: 0, to: transaction.startState.doc.length, insert: text },
    selection: { anchor: Math.min(text.length, transaction.newSelection.main.head) },
  };
});

const highlight = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = paint(view);
    }

    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = paint(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function paint(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenize(view.state.doc.toString())) {
    builder.add(token.from, token.to, Decoration.mark({ class: `q-${token.kind}` }));
  }
  return builder.finish();
}

async function complete(context: CompletionContext, source: Source): Promise<CompletionResult | null> {
  const wanted = wantedAt(context.state.doc.toString(), context.pos);
  if (
    !wanted ||
    (wanted.word === "" && !context.explicit && wanted.kind === "expression" && context.pos > 0)
  ) {
    return null;
  }
  const options = await proposals(wanted, source);
  return { from: wanted.from, options, filter: false };
}

async function proposals(wanted: Wanted, source: Source): Promise<Completion[]> {
  const named = (names: readonly string[], detail: string, apply?: (name: string) => string): Completion[] =>
    rank(names, wanted.word).map((label) => ({ label, detail, apply: apply?.(label) }));
  switch (wanted.kind) {
    case "modifier":
      return named(MODIFIERS, "modifier");
    case "value":
      return named([...((await source.tags(wanted.metric))[wanted.key] ?? []), "*"], wanted.key);
    case "group":
      return named(Object.keys(await source.tags(wanted.metric)).filter(Boolean), "tag");
    case "tag": {
      const tags = await source.tags(wanted.metric);
      const keys = Object.keys(tags).filter(Boolean);
      const pairs =
        wanted.word.length > 1 ? keys.flatMap((key) => tags[key]!.map((value) => `${key}:${value}`)) : [];
      return [...named(keys, "tag", (key) => `${key}:`), ...named(pairs, "value").slice(0, 20)];
    }
    case "expression": {
      const metrics = await source.metrics();
      if (wanted.aggregated) return named(metrics, "metric", (name) => `${name}{*}`);
      const functions = await source.functions();
      const summary = new Map(functions.map((one) => [one.name, one]));
      const aggregators = AGGREGATORS.filter((name) => wanted.word !== "" && name.startsWith(wanted.word));
      return [
        ...aggregators.map((label) => ({ label: `${label}:`, detail: "aggregator" })),
        ...named(metrics, "metric", (name) => `avg:${name}{*}`),
        ...(wanted.word === "" ? [] : rank([...summary.keys()], wanted.word, 15)).map((label) => ({
          label,
          detail: "function",
          info: summary.get(label)?.summary,
          apply: `${label}(`,
        })),
      ];
    }
  }
}
