/** The query editor on CodeMirror; loaded when a page first shows one. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeCompletion,
  completionKeymap,
  pickedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { QueryFunction } from "~/api/metrics";
import { AGGREGATORS, MODIFIERS, rank, type Wanted, wantedAt, wordEnd } from "~/core/query/complete";
import { tokenize } from "~/core/query/lexer";

export interface Source {
  metrics: () => Promise<readonly string[]>;
  tags: (metric: string) => Promise<Record<string, readonly string[]>>;
  functions: () => Promise<readonly QueryFunction[]>;
}

interface EditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  hint: string;
  source: Source;
  /** After each change of text or place. */
  onChange: (text: string, place: number) => void;
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
    passScope,
    highlight,
    problemField,
    EditorView.lineWrapping,
    placeholder(options.hint),
    EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false" }),
    autocompletion({
      override: [(context) => complete(context, options.source)],
      icons: false,
      activateOnTyping: true,
      activateOnCompletion: (chosen) => chosen.type === "goes-on",
    }),
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      // Only the list closes, not the dialog that the editor stands in.
      { key: "Escape", run: closeCompletion, stopPropagation: true },
      ...completionKeymap,
      { key: "Enter", run },
      { key: "Mod-Enter", run },
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged && !update.selectionSet) return;
      options.onChange(update.state.doc.toString(), update.state.selection.main.head);
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

const setProblem = StateEffect.define<number | null>();

/** The word at which a query goes wrong, underlined until the text changes. */
const problemField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setProblem)) return marked(transaction.state.doc.toString(), effect.value);
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marked(text: string, position: number | null): DecorationSet {
  if (position === null || position < 0 || text === "") return Decoration.none;
  const token = tokenize(text).find((one) => one.to > position);
  const [from, to] = token ? [token.from, token.to] : [text.length - 1, text.length];
  return Decoration.set(Decoration.mark({ class: "q-problem" }).range(from, to));
}

/** Underlines the word at `position`; null takes the mark away. */
export function showProblem(view: EditorView, position: number | null) {
  view.dispatch({ effects: setProblem.of(position) });
}

async function complete(context: CompletionContext, source: Source): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const wanted = wantedAt(text, context.pos);
  const begins = context.pos === 0 || /[(:]/.test(text[context.pos - 1]!);
  if (!wanted || (wanted.word === "" && wanted.kind === "expression" && !begins && !context.explicit)) {
    return null;
  }
  const to = wordEnd(text, context.pos);
  const options = await proposals(wanted, source, text[to] ?? "");
  return { from: wanted.from, to, options, filter: false };
}

/** `next` is the character after the word: what stands there already is not written again. */
async function proposals(wanted: Wanted, source: Source, next: string): Promise<Completion[]> {
  const named = (names: readonly string[], detail: string, apply?: (name: string) => string): Completion[] =>
    rank(names, wanted.word).map((label) => {
      const written = apply?.(label);
      return { label, detail, apply: written, type: written?.endsWith(":") ? "goes-on" : undefined };
    });
  const metricsOf = (names: readonly string[], before: string) =>
    rank(names, wanted.word).map((name) => chosenMetric(name, before, next));
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
      const colon = next === ":" ? "" : ":";
      return [...named(keys, "tag", (key) => `${key}${colon}`), ...named(pairs, "value").slice(0, 20)];
    }
    case "word":
      return wanted.words
        .filter((label) => label.toLowerCase().startsWith(wanted.word.toLowerCase()))
        .map((label) => ({ label, detail: `of ${wanted.of}` }));
    case "grouping":
      return "by".startsWith(wanted.word.toLowerCase()) ? [GROUPING] : [];
    case "expression": {
      const metrics = await source.metrics();
      if (wanted.aggregated) return metricsOf(metrics, "");
      const functions = new Map((await source.functions()).map((one) => [one.name, one]));
      const aggregators = AGGREGATORS.filter((name) => wanted.word !== "" && name.startsWith(wanted.word));
      const names = [...functions.keys()];
      return ordered(wanted.word, [
        ...aggregators.map((name) => ({
          label: `${name}:`,
          detail: "aggregator",
          type: "goes-on",
          apply: next === ":" ? name : undefined,
        })),
        ...metricsOf(metrics, "avg:"),
        ...rank(names, wanted.word, names.length).map((name) => called(functions.get(name)!, next)),
      ]);
    }
  }
}

/** The best of all kinds first; without a word each kind in its own order. */
function ordered(word: string, options: readonly Completion[]): Completion[] {
  const byLabel = new Map(options.map((option) => [option.label, option]));
  return rank([...byLabel.keys()], word, options.length).map((label) => byLabel.get(label)!);
}

const GROUPING: Completion = {
  label: "by {…}",
  detail: "a line for each value of a tag",
  type: "goes-on",
  apply: (view, completion, from, to) =>
    view.dispatch({
      changes: { from, to, insert: "by {}" },
      selection: { anchor: from + "by {".length },
      annotations: pickedCompletion.of(completion),
      userEvent: "input.complete",
    }),
};

/** A metric is written with the scope of everything, whose star is selected: the next letters are a filter. */
function chosenMetric(name: string, before: string, next: string): Completion {
  const insert = `${before}${name}${next === "{" ? "" : "{*}"}`;
  return {
    label: name,
    detail: "metric",
    apply: (view, completion, from, to) => {
      const end = from + insert.length;
      view.dispatch({
        changes: { from, to, insert },
        selection: next === "{" ? { anchor: end } : { anchor: end - 2, head: end - 1 },
        annotations: pickedCompletion.of(completion),
        userEvent: "input.complete",
      });
    },
  };
}

/** Typing over the selected star of a scope: what cannot begin a filter goes behind the braces. */
const passScope = EditorView.inputHandler.of((view, from, to, text) => {
  // Braces do not nest: one that is there already is not written again.
  if (text === "}" && from === to && view.state.sliceDoc(to, to + 1) === "}") {
    view.dispatch({ selection: { anchor: to + 1 }, userEvent: "select" });
    return true;
  }
  const around = view.state.sliceDoc(from - 1, to + 1);
  if (around !== "{*}" || !/^[{} .,)+*/-]$/.test(text)) return false;
  // The scope may be typed as a whole: its brace turns the selection round, and its star is then the one there is.
  const { anchor, head } = view.state.selection.main;
  if (text === "{" || (text === "*" && head < anchor)) {
    view.dispatch({ selection: text === "{" ? { anchor: to, head: from } : { anchor: from, head: to } });
    return true;
  }
  const insert = text === "}" ? "" : text;
  view.dispatch({
    changes: { from: to + 1, insert },
    selection: { anchor: to + 1 + insert.length },
    userEvent: "input.type",
  });
  return true;
});

function called(one: QueryFunction, next: string): Completion {
  return {
    label: one.name,
    detail: one.category,
    type: "goes-on",
    info: () => described(one),
    apply: next === "(" ? one.name : `${one.name}(`,
  };
}

/** Signature, summary and example, beside the list. */
function described(one: QueryFunction): HTMLElement {
  const box = document.createElement("div");
  const line = (tag: "code" | "p", text: string) => {
    box.append(Object.assign(document.createElement(tag), { textContent: text }));
  };
  line("code", one.signature);
  line("p", one.summary);
  line("code", one.example);
  return box;
}
