/** Controls: buttons, inputs, choices, tags, states. All sizes and colors are tokens. */
import {
  type ButtonHTMLAttributes,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type TextareaHTMLAttributes,
  useState,
} from "react";
import css from "./controls.module.css";
import { Icon, type IconName } from "./icons";
import { useDenied } from "./permissions";

const join = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(" ");

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "normal" | "primary" | "danger" | "ghost";
  size?: "small" | "medium" | "large";
  icon?: IconName;
  /** The permission that it takes: without it the button is disabled and says why. */
  needs?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  kind = "normal",
  size = "medium",
  icon,
  needs,
  children,
  className,
  ...rest
}: ButtonProps) {
  const style = join(css.button, kind !== "normal" && css[kind], size !== "medium" && css[size], className);
  const denied = useDenied(needs);
  return (
    <button
      type="button"
      className={style}
      data-main={kind === "primary" || undefined}
      {...rest}
      {...(denied && { disabled: true, title: denied })}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** Said by screen readers and shown on hover. */
  label: string;
  small?: boolean;
  /** The permission that it takes: without it the button is disabled and says why. */
  needs?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, small, needs, className, ...rest }: IconButtonProps) {
  const denied = useDenied(needs);
  return (
    <button
      type="button"
      className={join(css.iconButton, className)}
      aria-label={label}
      title={label}
      data-small={small || undefined}
      {...rest}
      {...(denied && { disabled: true, title: denied })}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Input({
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input className={join(css.input, className)} autoComplete="off" spellCheck={false} {...rest} />;
}

export function TextArea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea className={join(css.input, className)} spellCheck={false} {...rest} />;
}

interface SearchInputProps {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  /** Reached by `/`. One a page. */
  main?: boolean;
  autoFocus?: boolean;
  className?: string;
}

export function SearchInput({ value, onChange, placeholder, main, autoFocus, className }: SearchInputProps) {
  return (
    <div className={join(css.search, className)}>
      <Icon name="search" />
      <Input
        type="search"
        autoFocus={autoFocus}
        value={value}
        placeholder={placeholder}
        aria-label={placeholder}
        data-main-search={main || undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {main && value === "" && <kbd>/</kbd>}
    </div>
  );
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  children: ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  return (
    <div className={css.field}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
      <label>
        <span>{label}</span>
        {children}
      </label>
      {error ? <small role="alert">{error}</small> : hint && <small>{hint}</small>}
    </div>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: IconName }[];
  onChange: (value: T) => void;
}

export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <div className={css.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.icon && <Icon name={option.icon} />}
          {option.label}
        </button>
      ))}
    </div>
  );
}

interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

export function Checkbox({ checked, onChange, children }: CheckboxProps) {
  return (
    <label className={css.checkbox}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}

export function Tag({ children, onClick }: { children: string; onClick?: () => void }) {
  const text = <span title={children}>{children}</span>;
  if (!onClick) return <span className={css.tag}>{text}</span>;
  return (
    <button type="button" className={css.tag} onClick={onClick}>
      {text}
    </button>
  );
}

interface TagListProps {
  tags: readonly string[];
  onPick?: (tag: string) => void;
  /** Show this many and say how many more there are. */
  limit?: number;
}

export function TagList({ tags, onPick, limit = Number.POSITIVE_INFINITY }: TagListProps) {
  const rest = tags.length - limit;
  return (
    <div className={css.tags} data-tags="" title={tags.join("\n")}>
      {tags.slice(0, limit).map((tag) => (
        <Tag key={tag} onClick={onPick && (() => onPick(tag))}>
          {tag}
        </Tag>
      ))}
      {rest > 0 && <span className="muted num">+{rest}</span>}
    </div>
  );
}

export type State = "ok" | "warn" | "alert" | "nodata" | "info";

const SHAPES: Record<State, string> = { ok: "●", warn: "▲", alert: "◆", nodata: "○", info: "●" };

/** A state is always a shape and a word, never color alone. */
export function Status({ state, children }: { state: State; children: ReactNode }) {
  return (
    <span className={css.status} data-state={state}>
      <span aria-hidden="true">{SHAPES[state]}</span>
      {children}
    </span>
  );
}

export function Swatch({ color }: { color: string }) {
  return (
    <i className={css.swatch} style={{ background: color.startsWith("--") ? `var(${color})` : color }} />
  );
}

export function CopyButton({
  text,
  label = "Copy",
  small,
}: {
  text: string;
  label?: string;
  small?: boolean;
}) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <IconButton icon={done ? "check" : "copy"} label={done ? "Copied" : label} small={small} onClick={copy} />
  );
}

interface CodeBlockProps {
  code: string;
  copy?: string;
  /** Break long lines, for text that is read rather than run. */
  wrap?: boolean;
}

export function CodeBlock({ code, copy = code, wrap }: CodeBlockProps) {
  return (
    <div className={css.code} data-wrap={wrap || undefined}>
      <pre>
        <code>{code}</code>
      </pre>
      <CopyButton text={copy} small />
    </div>
  );
}
