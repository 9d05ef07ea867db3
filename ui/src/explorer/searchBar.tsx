/** The search of an explorer: completes fields, values and syntax, underlines what is wrong. Enter searches. */
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { TimeRange } from "~/core/time";
import { Button, Icon } from "~/ui";
import { fetchValues, useFields, useProblem } from "./api";
import css from "./explorer.module.css";
import { formatWhole as formatCount } from "./format";
import { completingAt, writeValue } from "./terms";

interface SearchBarProps {
  source: string;
  value: string;
  range: TimeRange;
  placeholder: string;
  onSearch: (query: string) => void;
  /** As a field of a form: its label. What was typed counts when the field is left; there is no button. */
  label?: string;
  /** As a field of a form: what is typed counts at once, as it is. */
  live?: boolean;
}

interface Choice {
  text: string;
  hint: string;
  /** What replaces the word; `:` stays open for a value. */
  insert: string;
}

const SYNTAX: readonly Choice[] = [
  { text: "AND", hint: "both", insert: "AND " },
  { text: "OR", hint: "either", insert: "OR " },
  { text: "NOT", hint: "not", insert: "NOT " },
];
/** The pause after which half a word counts as a mistake. */
const PAUSE_MS = 600;

export function SearchBar({ source, value, range, placeholder, onSearch, label, live }: SearchBarProps) {
  const [text, setText] = useState(value);
  const [place, setPlace] = useState<number | null>(null);
  const [marked, setMarked] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => setText(value), [value]);
  const choices = useChoices(source, range, text, place);
  const problem = useMistake(source, text);
  const open = place !== null && choices.length > 0;

  const move = () => setPlace(input.current?.selectionStart ?? null);
  const search = (query: string) => {
    setPlace(null);
    if (label === undefined) remember(source, query);
    onSearch(query.trim());
  };
  const choose = (choice: Choice) => {
    const { from, to } = completingAt(text, place ?? text.length);
    const next = text.slice(0, from) + choice.insert + text.slice(to);
    const end = from + choice.insert.length;
    setText(next);
    if (live) onSearch(next);
    setMarked(-1);
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(end, end);
      setPlace(choice.insert.endsWith(" ") || choice.insert.endsWith(":") ? end : null);
    });
  };
  const press = (event: KeyboardEvent) => {
    if (live && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return; // submits the form
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && place === null) return move();
    if (step !== 0 && open) {
      event.preventDefault();
      setMarked((marked + step + choices.length + (marked < 0 && step < 0 ? 1 : 0)) % choices.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const choice = open ? choices[marked] : undefined;
      if (choice) choose(choice);
      else search(text);
    } else if (event.key === "Tab" && open && !event.shiftKey) {
      event.preventDefault();
      choose(choices[Math.max(marked, 0)]!);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setPlace(null);
    }
  };

  return (
    <div className={css.searchBar} data-grow>
      <div className={css.searchField} data-wrong={problem ? true : undefined}>
        <Icon name="search" />
        <span className={css.searchText}>
          {problem && (
            <span className={css.underline} aria-hidden="true">
              {text.slice(0, problem.position)}
              <u>{text.slice(problem.position) || " "}</u>
            </span>
          )}
          <input
            ref={input}
            value={text}
            placeholder={placeholder}
            aria-label={label ?? "Search query"}
            aria-invalid={problem ? true : undefined}
            role="combobox"
            aria-expanded={open}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={open && marked >= 0 ? `${list}-${marked}` : undefined}
            data-main-search={label === undefined || undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value);
              if (live) onSearch(event.target.value);
              setMarked(-1);
              setPlace(event.target.selectionStart);
            }}
            onKeyDown={press}
            onClick={move}
            onBlur={() => {
              setPlace(null);
              if (label !== undefined && text.trim() !== value) onSearch(text.trim());
            }}
          />
        </span>
        {text !== "" && (
          <button type="button" aria-label="Clear query" title="Clear query" onClick={() => search("")}>
            <Icon name="close" size={14} />
          </button>
        )}
      </div>
      {label === undefined && <Button onClick={() => search(text)}>Search</Button>}
      {open && (
        <div className={css.choices} role="listbox" id={list} aria-label="Suggestions">
          {choices.map((choice, index) => (
            <div
              key={`${choice.text} ${choice.hint}`}
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === marked}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(choice)}
            >
              <span className="truncate mono">{choice.text}</span>
              <span className="muted num">{choice.hint}</span>
            </div>
          ))}
        </div>
      )}
      {problem && (
        <p className={css.problem} role="alert">
          ◆ {problem.message}
        </p>
      )}
    </div>
  );
}

function useMistake(source: string, text: string) {
  const [still, setStill] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setStill(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useProblem(source, still);
  return still === text && text.trim() !== "" ? (found.data ?? null) : null;
}

function useChoices(source: string, range: TimeRange, text: string, place: number | null): Choice[] {
  const { data } = useFields(source, range);
  const at = place === null ? null : completingAt(text, place);
  const field = at?.field;
  const recent = { from: Math.max(range.from, range.to - 15 * 60_000), to: range.to, live: false };
  const values = useQuery({
    queryKey: ["explorer", source, "values", field, at?.text, Math.floor(range.to / 60_000)],
    enabled: field !== undefined && /^[^<>[{*]*$/.test(at?.text ?? ""),
    staleTime: 30_000,
    retry: false,
    queryFn: ({ signal }) => fetchValues(source, "*", recent, field!, at?.text ?? "", signal),
  });
  if (!at) return [];
  if (field !== undefined) {
    return (values.data?.values ?? []).slice(0, 12).map(({ value, count }) => ({
      text: value,
      hint: formatCount(count),
      insert: `${writeValue(value)} `,
    }));
  }
  const wanted = at.text.toLowerCase();
  const bare = wanted.replace(/^@/, "");
  const fields = (data?.fields ?? [])
    .filter((one) => one.field.toLowerCase().includes(wanted || bare))
    .sort((a, b) => rank(a.field, bare) - rank(b.field, bare))
    .slice(0, 10)
    .map((one) => ({ text: one.field, hint: one.kind, insert: `${quotedName(one.field)}:` }));
  const words = SYNTAX.filter((one) => at.text !== "" && one.text.startsWith(at.text));
  const past = recentSearches(source)
    .filter((one) => one !== text && (text.trim() === "" ? true : one.startsWith(text)))
    .slice(0, 4)
    .map((one) => ({ text: one, hint: "recent", insert: one }));
  return text.trim() === "" ? [...past, ...fields] : [...fields, ...words];
}

const rank = (field: string, wanted: string) =>
  field.replace(/^@/, "").toLowerCase().startsWith(wanted) ? 0 : 1;
const quotedName = (field: string) => (/\s/.test(field) ? `"${field}"` : field);

const KEPT = 100;

function recentSearches(source: string): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(`explorer.${source}.searches`) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function remember(source: string, query: string) {
  const text = query.trim();
  if (text === "") return;
  const all = [text, ...recentSearches(source).filter((one) => one !== text)].slice(0, KEPT);
  localStorage.setItem(`explorer.${source}.searches`, JSON.stringify(all));
}
